"""What every provider promises (contracts/provider.py), held against those that ship."""

from collections.abc import Callable
from typing import NoReturn

import pytest

from audobon_cli.contracts.clauses import Clause, try_clauses
from audobon_cli.contracts.provider import PROVIDER_CLAUSES, ProviderRig
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.remote import RemoteContext, resolve_remote
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.providers.protocol import ProviderFailure, RemoteJob, RemoteRequest
from audobon_cli.providers.services.comfyui import ComfyUI
from audobon_cli.providers.services.replicate import Replicate
from audobon_cli.providers.services.vertex_endpoint import VertexEndpoint
from audobon_cli.settings.settings import Settings

pytestmark = pytest.mark.loopback

MAKERS = {"comfyui": ComfyUI, "replicate": Replicate, "vertex-endpoint": VertexEndpoint}
"""Those that speak plain HTTP. SDKs move their addresses each in its own way: tests/providers tries them on doubles."""


def nowhere(*_: object) -> NoReturn:
    raise AssertionError("nothing of this machine is needed")


def rig_of(name: str, make: Callable[..., object]) -> ProviderRig:
    presets = Presets((("built-in", shipped_presets()),))
    places = RemoteContext(presets, Settings(), nowhere, nowhere)
    preset = presets.provider(name)
    request = resolve_remote(GenerationRequest("a castle"), preset, places)
    own = {"VERTEX_ENDPOINT": "projects/p/locations/r/endpoints/1"}
    return ProviderRig(make, preset, request, own)  # type: ignore[arg-type]


@pytest.fixture(params=MAKERS, scope="module")
def rig(request: pytest.FixtureRequest) -> ProviderRig:
    return rig_of(request.param, MAKERS[request.param])


@pytest.mark.parametrize("clause", PROVIDER_CLAUSES, ids=lambda clause: clause.__name__)
def test_it_keeps_what_providers_promise(clause: Clause[ProviderRig], rig: ProviderRig) -> None:
    clause(rig)


class Stubborn(Replicate):
    """Tries again by itself, and shows its key."""

    def submit(self, job: RemoteRequest, server: str) -> RemoteJob:
        try:
            return super().submit(job, server)
        except ProviderFailure:
            return super().submit(job, server)

    def credentials(self) -> str | None:
        key = self._access.key()
        return key.reveal() if key else None


def test_one_that_does_not_keep_it_is_told_what_and_why() -> None:
    found = {one.clause: one.why for one in try_clauses(PROVIDER_CLAUSES, rig_of("replicate", Stubborn))}
    assert found["nothing-is-asked-for-twice"].startswith("after 500 it sent /v1/models/")
    assert found["it-says-where-its-key-comes-from"] == "it gives the key away"
    assert found["nobody-there-is-unreachable"] == ""
