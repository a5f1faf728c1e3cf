"""Shipped presets are parsed once, and again when a file is another."""

import os
import shutil
from pathlib import Path

import pytest

from audobon_cli.domain.errors import SettingInvalid
from audobon_cli.presets import catalog
from audobon_cli.presets.catalog import Presets, shipped_presets

OLD = 1_700_000_000
KINDS = (
    "qualities",
    "styles",
    "sizes",
    "models",
    "families",
    "sounds",
    "sound_words",
    "capabilities",
    "schedulers",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Presets that were there long before they are read."""
    made = tmp_path / "shipped"
    shutil.copytree(shipped_presets(), made)
    monkeypatch.setattr("time.time_ns", lambda: 2**62)  # no change time can be set back
    return made


def presets(folder: Path, cache: Path | None) -> Presets:
    return Presets((("built-in", folder), ("own", folder.parent / "own")), cache=cache)


def test_what_is_kept_is_what_was_parsed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    parsed = presets(folder, None)
    first = presets(folder, cache)
    assert [getattr(first, kind) for kind in KINDS] == [getattr(parsed, kind) for kind in KINDS]
    monkeypatch.setattr(catalog, "parse_toml", None)  # nothing is parsed any more
    again = presets(folder, cache)
    assert [getattr(again, kind) for kind in KINDS] == [getattr(parsed, kind) for kind in KINDS]


def test_a_file_that_is_another_is_parsed_again(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    style = folder / "styles" / "outline.toml"
    assert presets(folder, cache).style("outline").description
    text = style.read_text("utf-8")
    style.write_text(text.replace('description = "', 'description = "X', 1)[:-1], "utf-8")
    os.utime(style, (OLD, OLD))  # size and modification time tell nothing
    assert presets(folder, cache).styles == presets(folder, None).styles
    (folder / "styles" / "another.toml").write_text(text, "utf-8")
    assert "another" in presets(folder, cache).styles
    style.unlink()
    assert "outline" not in presets(folder, cache).styles
    (folder / "styles" / "another.toml").write_text("description = ", "utf-8")
    with pytest.raises(SettingInvalid, match="another"):
        _ = presets(folder, cache).styles


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b'{"schema":"audobon-presets/1","files":[],"tables":[]}', b"[" * 100_000, b"\xff"],
)
def test_a_damaged_cache_is_passed_over(folder: Path, tmp_path: Path, damage: bytes) -> None:
    cache = tmp_path / "cache"
    expected = presets(folder, cache).sizes
    kept = list(cache.iterdir())
    assert kept
    for file in kept:
        file.write_bytes(damage)
    assert presets(folder, cache).sizes == expected


def test_what_cannot_be_kept_is_read_all_the_same(folder: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.write_text("a file")
    assert presets(folder, blocked).sizes == presets(folder, None).sizes


def test_what_was_changed_just_now_is_not_kept(tmp_path: Path) -> None:
    folder, cache = tmp_path / "shipped", tmp_path / "cache"
    shutil.copytree(shipped_presets() / "sizes", folder / "sizes")
    assert presets(folder, cache).sizes
    assert not cache.exists()
