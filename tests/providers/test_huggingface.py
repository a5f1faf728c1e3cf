"""What only Hugging Face has: an SDK that asks the hub for more than the picture."""

import pytest

pytest.importorskip("huggingface_hub")

import httpx2
from huggingface_hub import constants

from audobon_cli.domain.request import GenerationRequest
from audobon_cli.generation.resolve.remote import RemoteContext, resolve_remote
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.providers.services import huggingface
from audobon_cli.settings.settings import Settings
from tests.providers.sdk_rigs import nowhere


def test_the_directory_answers_for_the_model_and_for_nothing_else() -> None:
    """Whatever it gave for the hub's other lists would be kept in the cache of all the user's tools."""
    presets = Presets((("built-in", shipped_presets()),))
    places = RemoteContext(presets, Settings(), nowhere, nowhere)
    model = resolve_remote(GenerationRequest("a fox"), presets.provider("huggingface"), places).model.remote
    assert model is not None
    with httpx2.Client(mounts=huggingface.directory(model)) as client:
        assert client.get(f"{constants.ENDPOINT}/api/models/{model.id}").json()["id"] == model.id
        assert client.get(f"{constants.ENDPOINT}/api/agent-harnesses").status_code == 404
