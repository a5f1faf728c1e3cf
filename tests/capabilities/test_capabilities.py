"""The shipped capability table is what experiments give, and resolution holds requests to it."""

from dataclasses import fields
from pathlib import Path

import pytest

from audobon_cli.domain.capabilities import ASKED, Option
from audobon_cli.domain.errors import OptionUnsupported
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.check_options import ASKED_BY, ASKED_WITHIN, NEVER_OPTIONS
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.settings import Settings
from tests.capabilities.probe_parts import fitting_schedulers
from tests.capabilities.probing import all_probes, make_bench, measure, tiny_registry
from tests.tiny_models.families import ALL_FAMILIES, each_family

PRESETS = Presets((("built-in", shipped_presets()),))
SHIPPED = PRESETS.capabilities


@pytest.mark.parametrize("family", each_family(ALL_FAMILIES))
def test_the_table_is_what_the_pixels_say(family: str, tmp_path: Path) -> None:
    measured = measure(family, tmp_path)
    assert measured == SHIPPED.rows.get(family), (
        "run `python -m tests.capabilities`, and look at what changed"
    )


@pytest.mark.slow
@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_the_schedulers_are_those_that_drive_the_family(family: str, tmp_path: Path) -> None:
    measured = tuple(fitting_schedulers(make_bench(family, tmp_path)))
    assert measured == SHIPPED.schedulers.get(family, ()), "run `python -m tests.capabilities`"


@pytest.mark.parametrize("family", ALL_FAMILIES)
def test_the_table_names_schedulers_where_it_says_they_can_be_chosen(family: str) -> None:
    assert bool(SHIPPED.schedulers[family]) == SHIPPED.honours(family, Option.SCHEDULER)


def test_nothing_is_in_the_table_without_an_experiment() -> None:
    own = {name: family.honours for name, family in PRESETS.families.items() if family.engine != LOCAL_ENGINE}
    assert {name: SHIPPED.rows[name] for name in own} == own
    assert set(SHIPPED.rows) - set(own) == set(ALL_FAMILIES)
    assert set().union(*SHIPPED.rows.values()) <= set(all_probes())
    assert set(ASKED) == set(Option)


def test_every_field_of_a_request_is_an_option_or_named_as_none() -> None:
    names = {f.name for f in fields(GenerationRequest)}
    assert names == set(ASKED_BY) | set(ASKED_WITHIN) | NEVER_OPTIONS
    assert not set(ASKED_BY) & NEVER_OPTIONS


def test_a_request_is_held_to_the_table(tmp_path: Path) -> None:
    registry = tiny_registry(tmp_path)
    for family in ALL_FAMILIES:
        for option, probe in all_probes().items():
            if not probe.asks or SHIPPED.honours(family, option):
                continue
            request = GenerationRequest(**{"prompt": "cat", "model": f"tiny-{family}", **probe.asks})
            with pytest.raises(OptionUnsupported, match=option.value) as caught:
                resolve(request, Settings(), registry)
            assert caught.value.hint
