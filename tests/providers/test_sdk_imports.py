"""The SDKs of Azure and Vertex AI take a second each to import: who lists providers only wants to know of them."""

import subprocess
import sys

import pytest

from audobon_cli.providers.sdk_http import require_sdk


def test_services_come_without_the_sdks_they_send_with() -> None:
    code = (
        "import sys, audobon_cli.providers.services.azure, audobon_cli.providers.services.vertex;"
        "print(*sorted({'openai', 'google.genai'} & set(sys.modules)))"
    )
    pytest.importorskip("httpx2")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_an_sdk_that_is_not_installed_is_missed_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ModuleNotFoundError) as missed:
        require_sdk("openai")
    assert missed.value.name == "openai"
