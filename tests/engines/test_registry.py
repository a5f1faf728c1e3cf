"""Engines by name."""

import subprocess
import sys

import pytest

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.engines import registry
from audobon_cli.engines.registry import EngineEntry, create_engine, engine_names
from audobon_cli.engines.runtimes import LocalRuntimes


def test_engines_are_found_by_name() -> None:
    assert "local" in engine_names()
    assert isinstance(create_engine("local", device="cpu"), LocalRuntimes)


def test_unknown_engines_are_named() -> None:
    with pytest.raises(InvalidInput, match="warp") as caught:
        create_engine("warp")
    assert "local" in caught.value.hint


def test_a_missing_package_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EngineEntry("cloud", "package_that_is_nowhere:Engine", "nowhere:foretell", extra="cloud")
    monkeypatch.setitem(registry.ENGINES, "cloud", entry)
    with pytest.raises(InvalidInput, match="package_that_is_nowhere") as caught:
        create_engine("cloud")
    assert "audobon-cli[cloud]" in caught.value.hint


def test_nothing_is_imported_early() -> None:
    code = (
        "import sys, audobon_cli.engines.registry;"
        "sys.exit(' '.join({'torch', 'diffusers', 'numpy', 'PIL'} & set(sys.modules)) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
