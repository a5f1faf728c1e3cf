"""Whatever bytes lie at the destination, even well sealed ones, reading ends in one of four errors, and ends."""

import contextlib
import hashlib
import json
import random
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import pytest

from audobon_cli.backup.opener import find_point
from audobon_cli.backup.point_contents import PointContents
from audobon_cli.backup.repository import config, deletion_marks, index, inventory, key_slots, lease
from audobon_cli.backup.repository.catalogue import load_catalogue
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.backup.repository.key_slots import UnlockSecret
from audobon_cli.backup.repository.packs import pack_key, parse_pack, read_contents
from audobon_cli.backup.repository.repository import Repository, StoredPoint
from audobon_cli.backup.retention import Retention, points_to_keep
from audobon_cli.domain.errors import BackupDamaged, BackupKeyRefused, BackupNewer
from audobon_cli.library.store.library import Library
from tests.backup.mutations import mutated_bytes, mutated_json
from tests.backup.workshop import SECRET, add_pictures, back_up, new_repository
from tests.fakes.memory_remote import MemoryRemote

ALLOWED = (BackupDamaged, BackupNewer, BackupKeyRefused)
SLOW_SECONDS = 60  # a case takes a millisecond; this is a hang
CHEAP = {"n": 2, "r": 1, "p": 1}


class Bench:
    """A repository with a point, a mark and a roster, and each of its objects as it can be changed."""

    def __init__(self, folder: Path) -> None:
        library = Library.create(folder / "library")
        add_pictures(library, 12, seed=1)
        self.remote = MemoryRemote()
        self.repository = new_repository(self.remote)
        self.keys = self.repository.keys
        back_up(self.repository, library)
        self.stored = find_point(self.repository)
        self.objects = {stat.key: self.remote.get(stat.key) for stat in self.remote.list()}
        self.packs = [key for key in self.objects if key.startswith("packs/")]
        library.close()

    def with_objects(self, *without: str, **changed: bytes) -> MemoryRemote:
        """The repository less what is under ``without``, with ``changed``."""
        remote = MemoryRemote()
        for key, content in self.objects.items():
            if not key.startswith(without or ("-",)):
                remote.put(key, content)
        for key, content in changed.items():
            remote.put(key, content)
        return remote

    def first(self, prefix: str) -> bytes:
        """The first object under ``prefix``."""
        return next(content for key, content in self.objects.items() if key.startswith(prefix))

    def sealed(self, kind: RecordKind, prefix: str, content: bytes) -> dict[str, bytes]:
        """A well sealed object of this content, whatever it is."""
        sealed = self.keys.seal(kind, content)
        return {prefix + self.keys.name(sealed): sealed}


def _raw_pack(bench: Bench, draw: random.Random) -> None:
    content = mutated_bytes(bench.objects[draw.choice(bench.packs)], draw)
    name = bench.keys.name(content)
    remote = MemoryRemote()
    remote.put(pack_key(name), content)
    try:
        parse_pack(bench.keys, name, content)
    except ALLOWED:
        read_contents(remote, bench.keys, name, len(content))


def _sealed_trailer(bench: Bench, draw: random.Random) -> None:
    content = bench.objects[draw.choice(bench.packs)]
    listed = parse_pack(bench.keys, "", content).listed
    trailer = bench.keys.seal(RecordKind.TRAILER, mutated_bytes(bytes(4) + listed, draw))
    body = content[: len(content) - int.from_bytes(content[-4:], "little") - 4]
    whole = body + trailer + len(trailer).to_bytes(4, "little")
    name = bench.keys.name(whole)
    remote = bench.with_objects("index/", **{pack_key(name): whole})
    _read_everything(bench, remote)
    parse_pack(bench.keys, name, whole)


def _sealed_index(bench: Bench, draw: random.Random) -> None:
    content = mutated_bytes(bench.keys.open(RecordKind.INDEX, bench.first("index/")), draw)
    remote = bench.with_objects("index/", **bench.sealed(RecordKind.INDEX, "index/", content))
    _read_everything(bench, remote)
    list(index.decode_index(content))


def _read_everything(bench: Bench, remote: MemoryRemote) -> None:
    catalogue = load_catalogue(remote, bench.keys)
    repository = Repository(remote, bench.repository.config, bench.keys)
    contents = PointContents(repository.reader(catalogue), bench.stored.point)
    for kind, find in (
        (RecordKind.FILE, lambda: [file.digest for file in contents.blobs()]),
        (RecordKind.EXTENT, contents.extents),
    ):
        with contextlib.suppress(*ALLOWED):
            for digest in find()[:3]:
                repository.reader(catalogue).read(kind, digest)


def _point(bench: Bench, draw: random.Random) -> None:
    content = mutated_json(bench.keys.open(RecordKind.POINT, bench.first("points/")), draw)
    remote = bench.with_objects("points/", **bench.sealed(RecordKind.POINT, "points/", content))
    repository = Repository(remote, bench.repository.config, bench.keys)
    for found in repository.points():
        if not isinstance(found, StoredPoint):
            raise BackupDamaged(found.why)
        point = found.point
        json.dumps(point.summary())
        points_to_keep(Retention(last=1, daily=2), [point, bench.stored.point])
        _ = (point.time - datetime.now(UTC), point.same_content(bench.stored.point))
        contents = PointContents(repository.reader(), point)
        list(contents.wanted(contents.blobs()))
        list(contents.wanted(file for _, file in contents.others()))
        contents.extents()


def _mark(bench: Bench, draw: random.Random) -> None:
    content = json.dumps({"packs": {key[-32:]: "v" for key in bench.packs}, "salt": "ab"}).encode()
    remote = bench.with_objects(**bench.sealed(RecordKind.MARK, "marks/", mutated_json(content, draw)))
    load_catalogue(remote, bench.keys)
    for mark in deletion_marks.read_marks(remote, bench.keys):
        _ = {pack + version for pack, version in mark.packs.items()}


def _roster(bench: Bench, draw: random.Random) -> None:
    content = mutated_json(bench.keys.open(RecordKind.ROSTER, bench.first("roster/")), draw)
    remote = bench.with_objects("roster/", **bench.sealed(RecordKind.ROSTER, "roster/", content))
    found = inventory.read_roster(remote, bench.keys)
    inventory.write_roster(remote, bench.keys, ["points/x"])
    if found.damaged:
        raise BackupDamaged("said so, and gone on without")


def _key_slot(bench: Bench, draw: random.Random) -> None:
    slot = json.loads(bench.first("keys/"))
    secret = SECRET
    if draw.random() < 0.3:
        slot |= {"way": "passphrase", "scrypt": CHEAP}
        secret = UnlockSecret(passphrase="correct horse")
    content = mutated_json(json.dumps(slot, sort_keys=True, separators=(",", ":")).encode(), draw)
    remote = bench.with_objects("keys/", **{key_slots.PREFIX + key_slots.slot_name(content): content})
    for stat in remote.list(key_slots.PREFIX):
        name = stat.key.removeprefix(key_slots.PREFIX)
        key_slots.describe(name, key_slots.read_slot(remote, name))
    Repository.open(remote, secret)


def _config(bench: Bench, draw: random.Random) -> None:
    line = mutated_json(bench.objects["config"].split(b"\n")[0], draw)
    content = b"%b\n%b\n" % (line, hashlib.sha256(line).hexdigest().encode())
    Repository.open(bench.with_objects("config", config=content), SECRET)
    config.read_config(bench.with_objects("config", config=mutated_bytes(content, draw)))


def _lease(bench: Bench, draw: random.Random) -> None:
    content = json.dumps(
        {"host": "h", "boot": "b", "process": 1, "started": "1", "what": "prune", "seconds": 0.0}
    )
    remote = MemoryRemote()
    remote.put(lease.KEY, mutated_json(content.encode(), draw))
    holder = lease.find_holder(remote)
    lease.break_lease(remote)
    if holder is None or (holder.what, holder.process) != ("prune", 1):
        raise BackupDamaged("taken for what it is: nobody's")


PARSERS = (_raw_pack, _sealed_trailer, _sealed_index, _point, _mark, _roster, _key_slot, _config, _lease)


def _stop(number: int, frame: FrameType | None) -> None:
    raise TimeoutError("a parser hangs")


def check_fuzzed(bench: Bench, parse: Callable[[Bench, random.Random], None], count: int, seed: int) -> None:
    signal.signal(signal.SIGALRM, _stop)
    refused = 0
    for number in range(count):
        signal.alarm(SLOW_SECONDS)
        try:
            parse(bench, random.Random(seed + number))
        except ALLOWED:
            refused += 1
        except Exception as error:
            raise AssertionError(f"{parse.__name__} with seed {seed + number}: {error!r}") from error
        finally:
            signal.alarm(0)
    assert refused > count / 10


@pytest.mark.parametrize("parse", PARSERS)
def test_a_hundred_changes_of_each_object(
    parse: Callable[[Bench, random.Random], None], tmp_path: Path
) -> None:
    check_fuzzed(Bench(tmp_path), parse, 100, seed=0)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("parse", PARSERS)
def test_twelve_thousand_changes_of_each_object(
    parse: Callable[[Bench, random.Random], None], tmp_path: Path
) -> None:
    check_fuzzed(Bench(tmp_path), parse, 12_000, seed=1_000_000)


def test_the_objects_are_sound_before_they_are_changed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert parse_pack(bench.keys, "", bench.objects[bench.packs[0]]).count
    assert load_catalogue(bench.with_objects(), bench.keys).problems == []
