"""A library of pictures and sounds, merged in history and restored from a backup, is the same byte for byte."""

import hashlib
from pathlib import Path
from typing import Any

from tests.conftest import Audobon
from tests.media.sound_files import encoded, tone


def contents(audobon: Audobon, *library: str) -> dict[str, Any]:
    """Every asset's record by its id, with the digest of its exported bytes."""
    assets = audobon("assets", "list", "--json", *library).data["assets"]
    folder = Path(f"exported{len(list(Path().glob('exported*')))}")
    ids = [one["id"] for one in assets]
    assert audobon("assets", "export", *ids, "--out", f"{folder}/", *library).status == 0
    digests = sorted(hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*.*"))
    assert sorted(one["blob"] for one in assets) == digests
    return {one["id"]: one for one in assets}


def make(audobon: Audobon, seed: int) -> None:
    for command in (
        ("sound", "make", "coin", "laser", "--seed", str(seed), "--library-only"),
        ("generate", "red apple", "--strength", "0", "--seed", str(seed), "--library-only"),
    ):
        made = audobon(*command)
        assert made.status == 0, made.err


def test_a_mixed_library_is_merged_and_restored_whole(audobon: Audobon, tmp_path: Path) -> None:
    assert audobon("init").status == 0
    make(audobon, 1)
    for form in ("wav", "flac", "ogg"):
        Path(f"deep.{form}").write_bytes(encoded(samples=tone(0.5, 110), form=form))
        assert audobon("assets", "import", f"deep.{form}").status == 0
    assert audobon("version", "commit", "-m", "both kinds").status == 0
    assert audobon("version", "branch", "more").status == 0

    make(audobon, 20)
    assert audobon("assets", "tag", "coin seed:1", "--tag", "bright").status == 0
    assert audobon("version", "commit", "-m", "on main").status == 0
    ours = contents(audobon)
    assert audobon("version", "switch", "more").status == 0
    make(audobon, 30)
    assert audobon("assets", "tag", "laser seed:1", "--tag", "loud").status == 0
    assert audobon("assets", "tag", "apple seed:1", "--tag", "food").status == 0
    assert audobon("version", "commit", "-m", "on more").status == 0
    theirs = contents(audobon)

    assert audobon("version", "switch", "main").status == 0
    merged = audobon("version", "merge", "more")
    assert merged.status == 0, merged.err
    whole = contents(audobon)
    assert set(whole) == set(ours) | set(theirs)
    assert len(whole) == 12
    for one, record in whole.items():
        base = ours.get(one) or theirs[one]
        tags = sorted({*ours.get(one, {"tags": []})["tags"], *theirs.get(one, {"tags": []})["tags"]})
        assert record == {**base, "tags": tags}

    key = tmp_path / "backup.key"
    key.write_bytes(b"0123456789abcdef" * 4)
    assert (
        audobon("backup", "init", str(tmp_path / "usb"), "--name", "usb", "--key-file", str(key)).status == 0
    )
    assert audobon("backup", "create").status == 0
    assert audobon("backup", "restore", "--to", str(tmp_path / "new")).status == 0
    assert contents(audobon, "--library", str(tmp_path / "new")) == whole
    assert audobon("assets", "verify", "--library", str(tmp_path / "new")).status == 0
    proof = audobon("reproduce", "model:synth", "--library", str(tmp_path / "new"), "--json").data["assets"]
    assert {one["status"] for one in proof} == {"identical"}
