"""The rigs of services over SDKs, set up for a test: ``with at(AzureRig, monkeypatch) as rig``."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest
from PIL import Image

from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.remote import RemoteContext, resolve_remote
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.providers.access import ProviderAccess
from audobon_cli.providers.protocol import RemoteJob, RemoteRequest
from audobon_cli.providers.services.registry import create_provider
from audobon_cli.settings.settings import Settings
from tests.conftest import Audobon, Ran
from tests.providers.rigs import AzureRig, BedrockRig, HuggingFaceRig, Rig, VertexRig

SDK_RIGS = (HuggingFaceRig, BedrockRig, AzureRig, VertexRig)

R = TypeVar("R", bound=Rig)


@contextmanager
def at(kind: type[R], monkeypatch: pytest.MonkeyPatch) -> Iterator[R]:
    """A rig on its double, found by the variables; skips where its SDK is not installed."""
    pytest.importorskip(kind.needs)
    rig = kind()
    with rig.double:
        for name, value in rig.variables(rig.double.address).items():
            monkeypatch.setenv(name, value)
        yield rig


def submit(rig: Rig, seconds: float = 600.0) -> RemoteJob:
    """One picture asked of the provider itself, without the mechanism around it. Raises Trouble."""
    presets = Presets((("built-in", shipped_presets()),))
    preset = presets.provider(rig.name)
    places = RemoteContext(presets, Settings(), nowhere, nowhere)
    model = rig.arguments[1] if rig.arguments else None
    job = RemoteRequest(
        resolve_remote(GenerationRequest("a castle", model=model), preset, places), 5, "key", seconds
    )
    provider = create_provider(ProviderAccess(preset, os.environ, lambda name: None))
    return provider.submit(job, provider.servers[0])


def nowhere(*_: object) -> NoReturn:
    """In place of what is of this machine."""
    raise AssertionError("nothing of this machine is needed")


def draw(audobon: Audobon, rig: Rig, *more: str) -> Ran:
    """``generate`` at the rig's provider, without questions; the picture is kept small."""
    return audobon("generate", "a castle", "--provider", rig.name, "--size", "64", "--yes", "--json", *more)


def code(ran: Ran) -> str:
    """The code of the error that a run ended with."""
    found: str = ran.json["error"]["code"]
    return found


def dry_run(audobon: Audobon, rig: Rig, *more: str) -> dict[str, Any]:
    """The request that ``providers test --dry-run`` shows."""
    ran = audobon("providers", "test", rig.name, "--dry-run", "--prompt", "a castle", "--json", *more)
    assert ran.status == 0, ran.out
    found: dict[str, Any] = ran.data["request"]
    return found


def receipt(ran: Ran) -> dict[str, Any]:
    """What the recipe in the first picture's file says of its call."""
    with Image.open(ran.data["assets"][0]["path"]) as image:
        found: dict[str, Any] = json.loads(image.info["audobon"])["receipt"]
        return found


def all_written(*folders: Path) -> bytes:
    """Everything in all files below ``folders``."""
    return b"\n".join(file.read_bytes() for folder in folders for file in folder.rglob("*") if file.is_file())
