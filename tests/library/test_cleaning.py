"""Old assets that nothing uses go to the trash together, and come back together; used ones stay."""

from audobon_cli.domain.asset import AssetKind
from tests.conftest import Audobon


def _made(audobon: Audobon, *prompts: str) -> dict[str, str]:
    made = audobon("generate", *prompts, "--json").data["assets"]
    return {prompt: one["id"] for prompt, one in zip(prompts, made, strict=True)}


def test_what_is_used_stays(audobon: Audobon, fake_engine: object) -> None:
    ids = _made(audobon, "committed")
    audobon("version", "commit", "-m", "first")
    ids |= _made(audobon, "plain", "rated", "noted", "parent", "child", "part", "whole")
    audobon("assets", "rate", ids["rated"], "--stars", "4")
    audobon("assets", "note", ids["noted"], "-m", "for the second level")
    audobon("assets", "link", ids["child"], "derived-from", ids["parent"])
    audobon("assets", "link", ids["part"], "part-of-sheet", ids["whole"])
    assert audobon("assets", "clean", "--older", "1d", "--unrated", "--json").data["assets"] == []
    would = audobon("assets", "clean", "--older", "0", "--unrated", "--dry-run", "--json").data
    assert ({one["id"] for one in would["assets"]}, would["kept"]) == ({ids["plain"], ids["child"]}, 5)
    assert audobon("assets", "list", "--json").data["total"] == 8
    audobon("assets", "clean", "--older", "0", "--unrated")
    assert audobon("assets", "list", "--json").data["total"] == 6
    assert audobon("undo", "--yes").status == 0
    assert audobon("assets", "list", "--json").data["total"] == 8
    both = audobon("assets", "clean", "--older", "0", "--dry-run", "--json").data
    assert ids["rated"] in {one["id"] for one in both["assets"]}


def test_every_kind_is_cleaned_or_kept_by_choice() -> None:
    from audobon_cli.library.trash import CLEANED_KINDS

    kept = {kind.value for kind in AssetKind} - set(CLEANED_KINDS)
    assert kept == {"sheet", "style", "lora", "embedding", "input"}
