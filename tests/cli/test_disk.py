"""``audobon disk``: what takes the space, and freeing it; models before they are pulled, and those that lie here."""

import os
import time
from pathlib import Path

import pytest

from audobon_cli.domain.units import format_bytes
from audobon_cli.settings.locations import user_locations
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.tiny_models import clip_folder

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.fixture
def filled(audobon: Audobon) -> Audobon:
    audobon("generate", "wizard", "oak", "--seed", "1")
    audobon("assets", "trash", "oak")
    opened = user_locations().cache / "opened"
    opened.mkdir(parents=True)
    (opened / "copy.png").write_bytes(b"x" * 5000)
    return audobon


def caches() -> list[int]:
    """Sizes of the files in the cache: that one, and presets as they were parsed."""
    return [path.stat().st_size for path in user_locations().cache.rglob("*") if path.is_file()]


def test_what_takes_the_space_is_named_with_what_frees_it(filled: Audobon) -> None:
    data = filled("disk", "--json").data
    uses = {one["name"]: one for one in data["uses"]}
    assert uses["caches"]["bytes"] == sum(caches()) > 5000
    assert uses["caches"]["free"] == "audobon disk free --caches"
    assert uses["trash"]["free"] == "audobon disk free --trash"
    assert uses["library"]["bytes"] > 0
    assert data["total_bytes"] == sum(one["bytes"] for one in data["uses"])
    assert filled("disk").out == filled("disk", "show").out
    assert filled("disk", "-h").out.startswith("audobon disk COMMAND")


def test_nothing_is_freed_unasked(filled: Audobon) -> None:
    refused = filled("disk", "free")
    assert refused.status == 2
    assert "the trash (1 asset," in refused.err
    assert f"caches ({len(caches())} files, {format_bytes(sum(caches()))})" in refused.err
    planned = filled("disk", "free", "--dry-run", "--json").data
    assert planned["total_bytes"] > 5000
    assert filled("assets", "trash", "--list", "--json").data["assets"]
    assert filled("disk", "free", "--caches", "--yes").status == 0
    assert not (user_locations().cache / "opened" / "copy.png").exists()
    assert filled("assets", "trash", "--list", "--json").data["assets"], "only the caches were asked for"


def test_space_is_freed_at_once_and_what_a_commit_names_stays(filled: Audobon) -> None:
    before = filled("assets", "stats", "--json").data["stored_files"]
    assert filled("disk", "free", "--yes", "--json").data["total_bytes"] > 5000
    assert filled("assets", "stats", "--json").data["stored_files"] == before - 1
    filled("version", "commit", "-m", "first")
    filled("assets", "trash", "wizard")
    filled("disk", "free", "--yes")
    assert filled("assets", "restore", "wizard", "--from", "HEAD").status == 0
    assert filled("assets", "verify").status == 0


def test_facts_of_a_model_come_before_the_pull(audobon: Audobon) -> None:
    shown = audobon("models", "show", "sdxl")
    assert shown.status == 0
    assert shown.out.startswith("sdxl: not pulled.")
    for words in ("CreativeML", "6.5 GiB", "audobon models pull sdxl", "audobon vram plan sdxl"):
        assert words in shown.out
    data = audobon("models", "show", "sdxl", "--json").data
    validator("models-show").validate(data)
    assert (data["state"], data["digest"]) == ("not pulled", "")


def test_a_folder_is_pulled_by_registering_it(audobon: Audobon) -> None:
    data = audobon("models", "pull", str(clip_folder()), "--name", "mine", "--json").data
    validator("models-pull").validate(data)
    assert (data["model"]["name"], data["fetch_bytes"]) == ("mine", 0)
    assert audobon("models", "show", "mine").status == 0
    assert audobon("models", "pull", str(clip_folder()), "--dry-run").status == 2
    assert Path(clip_folder()).is_dir()


def test_caches_are_pruned_by_age_and_size(filled: Audobon) -> None:
    opened = user_locations().cache / "opened"
    for days, name in enumerate(("new.png", "old.png", "ancient.png")):
        (opened / name).write_bytes(b"x" * 1000)
        os.utime(opened / name, (time.time() - days * 86_400 - 60,) * 2)
    listed = {one["kind"]: one for one in filled("cache", "list", "--json").data["caches"]}
    assert (listed["opened"]["files"], listed["opened"]["bytes"]) == (4, 8000)
    assert filled("cache", "prune").status == 2
    assert filled("cache", "prune", "nothing", "--all").status == 2
    dry = filled("cache", "prune", "opened", "--older", "36h", "--dry-run", "--json").data
    assert (dry["deleted"], dry["deleted_bytes"]) == (1, 1000)
    assert filled("cache", "prune", "opened", "--older", "36h", "--json").data["deleted"] == 1
    assert filled("cache", "prune", "opened", "--max-size", "0.0067MB", "--json").data["deleted"] == 0
    assert filled("cache", "prune", "opened", "--max-size", "0.0062MB", "--json").data["deleted"] == 1
    assert not (opened / "old.png").exists()
    assert filled("cache", "prune", "--all", "--json").data["deleted"] >= 2
    assert filled("assets", "list", "--json").data["total"] == 1
