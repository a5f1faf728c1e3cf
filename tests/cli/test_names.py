"""Several pictures of one name: each can be named, and what is ambiguous lists what it could mean."""

import pytest

from tests.conftest import Audobon


@pytest.fixture
def ghosts(audobon: Audobon, fake_engine: object) -> Audobon:
    """Three ghosts of a run, and one of a later run."""
    audobon("init")
    audobon("generate", "ghost", "--count", "3", "--seed", "3", "--library-only")
    audobon("generate", "ghost", "--seed", "40", "--library-only")
    return audobon


def _seed(audobon: Audobon, name: str) -> int:
    seed: int = audobon("assets", "show", name, "--json").data["asset"]["seed"]
    return seed


def test_every_picture_of_a_run_has_a_name(ghosts: Audobon) -> None:
    assert [_seed(ghosts, name) for name in ("ghost-2", "ghost-3")] == [4, 5]


def test_the_latest_of_a_name(ghosts: Audobon) -> None:
    assert _seed(ghosts, "ghost@latest") == 40
    ghosts("assets", "trash", "ghost@latest")
    assert _seed(ghosts, "ghost@latest") == _seed(ghosts, "ghost") == 3
    missing = ghosts("assets", "show", "nobody@latest", "--json")
    assert (missing.status, missing.json["error"]["code"]) == (11, "asset.not_found")


def test_what_is_ambiguous_lists_the_candidates(ghosts: Audobon) -> None:
    ran = ghosts("assets", "show", "ghost")
    assert ran.status == 12
    first, hint, *lines, rename = ran.err.splitlines()
    assert "assets rename" in rename
    assert first == "error: 'ghost' matches 2 assets."
    assert hint == "hint: name one by its id, or take the newest: ghost@latest"
    assert ["seed 40" in lines[0], "seed 3" in lines[1], len(lines)] == [True, True, 2]
    assert all("today" in line for line in lines)
    for line in lines:
        assert ghosts("assets", "show", line.split()[0]).status == 0


def test_no_more_than_five_are_listed(audobon: Audobon, fake_engine: object) -> None:
    audobon("init")
    for seed in range(7):
        audobon("generate", "cat", "--seed", str(seed), "--library-only")
    ran = audobon("assets", "show", "cat")
    assert ran.err.splitlines()[0] == "error: 'cat' matches 7 assets."
    assert sum("seed" in line for line in ran.err.splitlines()) == 5
    assert "and 2 more" in ran.err
    trashed = audobon("assets", "trash", "name:cat")
    assert trashed.status == 0
    assert "matches 7 assets in the trash" in audobon("assets", "restore", "cat").err
