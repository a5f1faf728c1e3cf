"""A model that is long in loading is told of once, and remembered."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from audobon_cli.engines.access import EngineAccess
from audobon_cli.engines.warm import server
from audobon_cli.engines.warm.long_loading import LONG_SECONDS, LongLoading, runs_unattended
from audobon_cli.engines.warm.server import WarmServer, is_memory_short
from audobon_cli.settings.locations import user_locations
from audobon_cli.settings.settings import Settings


def test_it_is_said_once_and_remembered_of_each_model(tmp_path: Path) -> None:
    known = LongLoading(tmp_path / "cache" / "long")
    assert known.note("sdxl", LONG_SECONDS - 1, kept=False) is None
    assert not known.has("sdxl")
    words = known.note("sdxl", LONG_SECONDS + 2, kept=False)
    assert words is not None
    assert words.startswith("Loading sdxl took 12 s. With --keep-warm 10m ")
    assert known.has("sdxl")
    assert known.note("flux", LONG_SECONDS + 2, kept=True) is None
    assert known.has("flux")
    assert not known.has("told")


def test_what_is_kept_by_itself_is_said_in_other_words(tmp_path: Path) -> None:
    words = LongLoading(tmp_path).note("sdxl", 60.0, kept=True)
    assert words is not None
    assert "keeps it in memory for 5 minutes" in words


def test_where_nothing_can_be_remembered_it_is_said_again(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    known = LongLoading(tmp_path / "cache" / "long")
    assert known.note("sdxl", 60.0, kept=False) is not None
    assert known.note("sdxl", 60.0, kept=False) is not None
    assert not known.has("sdxl")


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("", False), ("false", False)])
def test_continuous_integration_is_known(value: str, expected: bool) -> None:
    assert runs_unattended({"CI": value}) is expected
    assert not runs_unattended({})


@pytest.mark.parametrize(
    ("device", "keep_warm", "variables", "model", "expected"),
    [
        ("cpu", "", {}, "sdxl", True),
        ("cpu", "", {}, "flux", False),
        ("cuda", "", {}, "sdxl", False),
        ("cpu", "0", {}, "sdxl", False),
        ("cpu", "", {"CI": "true"}, "sdxl", False),
    ],
)
def test_what_took_long_to_load_is_kept_where_that_costs_nobody_anything(
    device: str, keep_warm: str, variables: dict[str, str], model: str, expected: bool
) -> None:
    settings = replace(Settings(), device=device, keep_warm=keep_warm)
    access = EngineAccess(settings, user_locations(), variables)
    access.long_loading.note("sdxl", 60.0, kept=True)
    access.keep_long_loading([model])
    assert access.keeps_warm is expected


@pytest.mark.parametrize(("available", "short"), [(0, False), (9, True), (11, False)])
def test_memory_is_short_below_a_tenth(available: int, short: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = SimpleNamespace(available_bytes=lambda: available, memory_bytes=lambda: 100)
    monkeypatch.setattr(server, "current", lambda: machine)
    assert is_memory_short() is short


def test_an_idle_process_gives_its_memory_back_when_it_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = EngineAccess(Settings(), replace(user_locations(), runtime=tmp_path), {}).warm_place
    place.socket.touch()
    warm = WarmServer(place, 600.0, None)  # type: ignore[arg-type]
    monkeypatch.setattr(server, "is_memory_short", lambda: True)
    assert not warm._over(), "whoever began it is still on the way"
    warm._visited = True
    assert warm._over()
    with warm._serving:
        assert not warm._over(), "a command is served to its end"
    monkeypatch.setattr(server, "is_memory_short", lambda: False)
    assert not warm._over()
