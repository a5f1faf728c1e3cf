"""`audobon providers`, and what `generate` says of providers."""

from datetime import date
from pathlib import Path

import pytest

from audobon_cli.domain.capabilities import Option
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.providers.services.registry import PROVIDERS
from tests.cli.test_contract import validator
from tests.conftest import Audobon
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault
from tests.providers.rigs import RIGS

SHIPPED = Presets((("built-in", shipped_presets()),)).providers


def test_every_provider_has_code_a_rig_and_a_page() -> None:
    assert set(SHIPPED) == set(PROVIDERS) == set(RIGS)
    page = (Path(__file__).parents[2] / "docs" / "providers.md").read_text(encoding="utf-8")
    assert all(f"## {preset.title}" in page for preset in SHIPPED.values())


@pytest.mark.parametrize("name", SHIPPED)
def test_every_figure_has_a_source_and_a_date(name: str) -> None:
    preset = SHIPPED[name]
    figures = [preset.rate.origin] if preset.rate else []
    for model in preset.models.values():
        if not model.price.is_free:
            figures.append(model.price.origin)
        if model.lifecycle is not None:
            figures.append(model.lifecycle.origin)
            successor = model.lifecycle.successor
            assert not successor or successor in preset.models, f"{successor} is not known"
    for figure in figures:
        assert figure.source
        assert date.fromisoformat(figure.checked) >= date(2026, 1, 1)
    usual = preset.models[preset.default_model]
    assert usual.lifecycle is None or not usual.lifecycle.is_over(date.today())


RETIRED = """
title = "Old paintings"
default_model = "new"
[models.new]
id = "new-1"
family = "x"
native = "64x64"
price = { per_picture = 0.5, source = "a page", checked = "2026-11-21" }
[models.old]
id = "old-1"
family = "x"
native = "64x64"
price = { per_picture = 0.5, source = "a page", checked = "2026-11-21" }
lifecycle = { ends = 2026-05-12, successor = "new", source = "the page of the end", checked = "2026-11-21" }
"""


def own_provider(text: str) -> None:
    folder = Path.home() / ".config" / "audobon" / "presets" / "providers"
    folder.mkdir(parents=True)
    (folder / "paintings.toml").write_text(text, encoding="utf-8")


def test_a_retired_model_names_its_successor(audobon: Audobon) -> None:
    own_provider(RETIRED)
    for name in ("old", "old-1"):
        ran = audobon("generate", "x", "--provider", "paintings", "--model", name, "--json")
        assert ran.status == 43
        assert ran.json["error"]["details"]["successor"] == "new"
        assert "2026-05-12" in ran.json["error"]["message"]
    rows = audobon("providers", "models", "paintings").out.splitlines()
    assert [row.split("\t")[1] for row in rows] == ["new", "old"]
    assert "retired 2026-05-12, use new" in rows[1]
    assert "$" not in rows[1], "what cannot be bought has no price"


def test_a_provider_without_code_says_so(audobon: Audobon) -> None:
    own_provider(RETIRED)
    assert audobon("generate", "x", "--provider", "paintings").status == 2
    found = audobon("providers", "list", "--json").data["providers"]
    assert (
        "cannot speak to Old paintings" in next(one for one in found if one["name"] == "paintings")["missing"]
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('default_model = "new"', 'default_model = "gone"'), "default_model"),
        (("ends = 2026-05-12", 'ends = "soon"'), "ends must be a date"),
        (('native = "64x64"', 'native = "large"'), "is not a size"),
        (('source = "a page", ', ""), "lacks 'source'"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(audobon: Audobon, change: tuple[str, str], words: str) -> None:
    own_provider(RETIRED.replace(*change))
    ran = audobon("providers", "list")
    assert ran.status == 2
    assert words in ran.err
    assert "paintings.toml" in ran.err


def test_a_provider_may_not_honour_an_option_that_its_model_has_no_name_for() -> None:
    replicate = SHIPPED["replicate"].models
    assert replicate["flux-schnell"].options == {Option.SEED, Option.STEPS, Option.SIZE}
    assert Option.INIT_IMAGE in replicate["flux-dev"].options


@pytest.mark.loopback
def test_json_keeps_to_its_schema(audobon: Audobon, replicate: ReplicateDouble) -> None:
    for argv in (
        ("list",),
        ("check",),
        ("models",),
        ("test", "replicate", "--dry-run"),
        ("test", "replicate"),
    ):
        ran = audobon("providers", *argv, "--json")
        assert ran.status == 0, ran.out
        validator(f"providers-{argv[0]}").validate(ran.data)
    validator("usage").validate(audobon("usage", "--json").data)
    planned = audobon("generate", "x", "--provider", "replicate", "--plan", "--json")
    validator("generate").validate(planned.data)


@pytest.mark.loopback
def test_a_dry_run_shows_the_request_and_sends_nothing(audobon: Audobon, replicate: ReplicateDouble) -> None:
    shown = audobon("providers", "test", "replicate", "--dry-run", "--prompt", "a fox", "--json").data[
        "request"
    ]
    assert shown["method"] == "POST"
    assert shown["headers"]["Authorization"] == "Bearer ***"
    assert shown["body"]["input"]["prompt"] == "a fox"
    assert replicate.log == []
    audobon("providers", "test", "replicate", "--prompt", "a fox", "--quality", "draft")
    sent = replicate.asked_in("submit")[0].json["input"]
    assert {**sent, "seed": 0} == {**shown["body"]["input"], "seed": 0}
    assert "POST " in audobon("providers", "test", "comfyui", "--dry-run").out


@pytest.mark.loopback
def test_check_tells_working_refused_and_unreachable_apart(
    audobon: Audobon, replicate: ReplicateDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probe() -> tuple[bool, bool | None]:
        (found,) = audobon("providers", "check", "replicate", "--json").data["providers"]
        return found["probes"][0]["reachable"], found["probes"][0]["key_works"]

    assert probe() == (True, True)
    replicate.faults.append(Fault("status", "probe", status=401, times=1))
    assert probe() == (True, False)
    replicate.faults.append(Fault("status", "probe", status=503, times=1))
    assert probe() == (True, None)
    monkeypatch.setenv("REPLICATE_BASE_URL", "http://127.0.0.1:9")
    assert probe() == (False, None)
    assert "unreachable" in audobon("providers", "check", "replicate").out
    assert audobon("providers", "check", "--offline").status == 47
    assert audobon("providers", "check", "nobody").status == 14
    monkeypatch.setenv("REPLICATE_BASE_URL", "nonsense")
    assert audobon("generate", "x", "--provider", "replicate").status == 2


def test_list_tells_whether_a_key_is_found_and_opens_no_connection(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys() -> dict[str, str | None]:
        found = audobon("providers", "list", "--json").data["providers"]
        return {one["name"]: one["key"] for one in found}

    monkeypatch.delenv("REPLICATE_API_TOKEN", raising=False)
    assert keys()["replicate"] is None
    assert keys()["comfyui"] == "none needed"
    monkeypatch.setenv("REPLICATE_API_TOKEN", "a-key-of-mine")
    assert keys()["replicate"] == "REPLICATE_API_TOKEN"
