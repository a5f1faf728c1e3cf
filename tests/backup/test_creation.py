"""Two processes that make a repository in one empty place at once: one makes it, and it opens with that one's key."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.backup.repository.key_slots import PREFIX, UnlockSecret
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.errors import BackupExists, BackupKeyRefused
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import check_conditions, open_remote
from audobon_cli.remotes.options import RemoteOptions
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.doubles.s3_server import S3Double, s3_variables
from tests.remotes.gcs_options import double_options
from tests.remotes.s3_options import s3_options
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback

ROUNDS = 6
"""So many places of each kind."""


Places = list[tuple[str, RemoteOptions]]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    """How places are written and opened: so many of each kind."""
    for name, value in s3_variables("").items():
        monkeypatch.setenv(name, value)
    with GcsDouble() as gcs, S3Double() as s3:
        gcs.buckets["backups"] = Bucket()
        kinds = (
            (str(tmp_path), RemoteOptions()),
            ("gs://backups", double_options(gcs)),
            ("s3://backups", s3_options(s3.address)),
        )
        yield [(f"{start}/place{number}", options) for start, options in kinds for number in range(ROUNDS)]


def make(places: Places, secret: bytes, together: Any, told: Any) -> None:
    """Make a repository in each place, as another process does at that moment; tells in which it did."""
    made = []
    for address, options in places:
        remote = open_remote(address, options, create=True)
        check_conditions(remote)
        together.wait(PATIENCE_SECONDS)
        try:
            Repository.create(remote, UnlockSecret(key_file=secret))
        except BackupExists:
            made.append(False)
        else:
            made.append(True)
        remote.close()
    told.put((secret, made))


def test_of_two_at_once_one_makes_it(places: Places) -> None:
    spawning = multiprocessing.get_context("spawn")
    together, told = spawning.Barrier(2), spawning.Queue()
    secrets = (b"a" * 40, b"b" * 40)
    processes = [spawning.Process(target=make, args=(places, secret, together, told)) for secret in secrets]
    for process in processes:
        process.start()
    made: dict[bytes, list[bool]] = dict(told.get(timeout=PATIENCE_SECONDS) for _ in processes)
    for process in processes:
        process.join(PATIENCE_SECONDS)
    for number, (address, options) in enumerate(places):
        remote = open_remote(address, options)
        is_maker = {secret: made[secret][number] for secret in secrets}
        assert list(is_maker.values()).count(True) == 1, address
        assert {secret: opens(remote, secret) for secret in secrets} == is_maker, address
        assert len(list(remote.list(PREFIX))) == 1, address
        remote.close()


def opens(remote: Remote, secret: bytes) -> bool:
    try:
        Repository.open(remote, UnlockSecret(key_file=secret))
    except BackupKeyRefused:
        return False
    return True


def test_what_a_killed_one_left_opens_nothing_and_goes(tmp_path: Path) -> None:
    remote = open_remote(str(tmp_path / "place"), create=True)
    remote.put(PREFIX + "0" * 32, b"of one that was killed")
    secret = UnlockSecret(key_file=b"a" * 40)
    Repository.create(remote, secret)
    assert len(list(remote.list(PREFIX))) == 1
    Repository.open(remote, secret)
