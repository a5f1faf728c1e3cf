"""What editors and keyboards write differently is the same passphrase: marks before a text, and accents."""

import json
import unicodedata
from pathlib import Path

import pytest

from audobon_cli.backup.opener import TERMS
from audobon_cli.backup.repository.key_slots import UnlockSecret, unwrap, wrap
from audobon_cli.domain.errors import BackupKeyRefused
from audobon_cli.encryption.secret_files import read_passphrase

PASSPHRASE = "correct horse bättery"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_files_of_every_editor_hold_the_same(tmp_path: Path, encoding: str, end: str) -> None:
    file = tmp_path / "passphrase.txt"
    file.write_bytes((PASSPHRASE + end).encode(encoding))
    assert read_passphrase(file, TERMS) == PASSPHRASE


def test_a_file_with_nothing_but_a_mark_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "empty.txt"
    file.write_bytes(b"\xef\xbb\xbf\r\n")
    with pytest.raises(BackupKeyRefused):
        read_passphrase(file, TERMS)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_repositories_of_before_open_with_the_plain_passphrase(mark: str) -> None:
    master, repository = bytes(range(32)), b"repository"
    name, content = wrap(master, repository, UnlockSecret(passphrase=mark + PASSPHRASE), "")
    slots = {name: json.loads(content)}
    assert unwrap(slots, repository, UnlockSecret(passphrase=PASSPHRASE)) == (name, master)
    with pytest.raises(BackupKeyRefused):
        unwrap(slots, repository, UnlockSecret(passphrase="another"))


@pytest.mark.parametrize(("typed", "later"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_accents_open_however_they_are_written(typed: str, later: str) -> None:
    master, repository = bytes(range(32)), b"repository"
    one, other = (unicodedata.normalize(form, PASSPHRASE) for form in (typed, later))
    assert one != other
    name, content = wrap(master, repository, UnlockSecret(passphrase=one), "")
    assert unwrap({name: json.loads(content)}, repository, UnlockSecret(passphrase=other)) == (name, master)
