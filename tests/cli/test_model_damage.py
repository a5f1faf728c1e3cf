"""A flipped byte anywhere: found by `models verify`, refused by `generate`, whatever the file's times say."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.models.files.folder import loaded_files, shipped_digests
from audobon_cli.storage import digest_cache
from tests.conftest import Audobon
from tests.tiny_models import clip_folder

BUILT_IN = Path(__file__).parents[2] / "src" / "audobon_cli" / "builtin" / "sprite"
MADE = ("generate", "cat", "--steps", "1", "--json", "--model")


def flip(file: Path, rng: random.Random) -> bytes:
    """Change one bit, keeping size, inode and modification time; the bytes of before."""
    before, data = file.stat(), file.read_bytes()
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    with file.open("r+b") as stream:
        stream.write(changed)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    return data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(clip_folder(), tmp_path / "model"))


def test_a_flipped_bit_in_any_file_is_refused_and_found(
    audobon: Audobon, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digest_cache, "SETTLED_NANOSECONDS", -(10**18))  # all digests are remembered
    rng = random.Random(11)
    audobon("models", "add", str(folder), "--name", "mine")
    assert audobon(*MADE, "mine").status == 0
    for file in sorted(loaded_files(folder)):
        whole = flip(file, rng)
        refused = audobon(*MADE, "mine")
        assert refused.status in (23, 25), file  # damaged, if it cannot even be read
        assert audobon("models", "verify", "mine").status == 25
        file.write_bytes(whole)
        assert audobon("models", "verify", "mine").status == 0
    assert audobon(*MADE, "mine").status == 0


def test_a_model_that_ships_with_its_digests_is_held_to_them(
    audobon: Audobon, folder: Path, tmp_path: Path
) -> None:
    paths = sorted(path.relative_to(folder).as_posix() for path in loaded_files(folder))
    sums = subprocess.run(["sha256sum", *paths], cwd=folder, capture_output=True, check=True).stdout
    (folder / "SHA256SUMS").write_bytes(sums)
    presets = Path.home() / ".config" / "audobon" / "presets" / "models"
    presets.mkdir(parents=True)
    (presets / "own.toml").write_text(
        f'family = "sd15"\nfolder = "{folder}"\nlicence = "mine"\ndescription = "One of my own."\n'
    )
    assert audobon(*MADE, "own").status == 0
    assert set(audobon("models", "verify", "--json").data["models"]) == {"own", "sprite"}
    flip(folder / "vae/diffusion_pytorch_model.safetensors", random.Random(1))
    assert audobon(*MADE, "own").status == 25
    found = audobon("models", "verify", "own", "--json")
    assert [damage["path"] for damage in found.data["damaged"]] == ["vae/diffusion_pytorch_model.safetensors"]
    assert "install Audobon again" in found.json["error"]["hint"]


def test_the_built_in_model_is_the_one_that_was_listed() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "audobon_cli", "models", "verify", "sprite"],
        capture_output=True,
        text=True,
        check=False,
    )
    remedy = "a new model needs a new SHA256SUMS: write_digests in training/export.py makes it"
    assert ran.returncode == 0, f"{ran.stderr}{remedy}"
    listed = set(shipped_digests(BUILT_IN))
    assert listed == {path.relative_to(BUILT_IN).as_posix() for path in loaded_files(BUILT_IN)}, remedy
