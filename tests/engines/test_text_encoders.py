"""Text encoders whose weights leave a small memory while pictures are drawn: the pictures are the same."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from audobon_cli.domain.events import ignore
from audobon_cli.engines.base import never
from audobon_cli.engines.diffusers import engine as diffusers_engine
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.memory import text_encoders
from audobon_cli.engines.diffusers.memory.text_encoders import TextEncoders
from tests.tiny_models import opaque_model, resolved_request, sdxl_folder

PROMPTS = ("a red cat", "a dragon", "a red cat")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The components that are read again, by name."""
    found: list[str] = []
    load = diffusers_engine.load_part

    def noted(files, name, placement):  # type: ignore[no-untyped-def]
        found.append(name)
        return load(files, name, placement)

    monkeypatch.setattr(diffusers_engine, "load_part", noted)
    return found


def free(monkeypatch: pytest.MonkeyPatch, available: int) -> None:
    machine = SimpleNamespace(available_bytes=lambda: available)
    monkeypatch.setattr(text_encoders, "current", lambda: machine)


def drawn(engine: LocalEngine, prompt: str) -> NDArray[np.uint8]:
    model = opaque_model(sdxl_folder(), "StableDiffusionXLPipeline")
    request = resolved_request(model, prompt=prompt, resolved_prompt=prompt)
    return np.asarray(engine.render(request, 1, 0, ignore, never).image)


def encoders_of(engine: LocalEngine) -> TextEncoders:
    (resident,) = engine._model_cache._kept.values()
    assert resident.encoders is not None
    return resident.encoders


def test_pictures_are_the_same_and_weights_are_read_again_for_other_words(
    monkeypatch: pytest.MonkeyPatch, reads: list[str]
) -> None:
    free(monkeypatch, 2**40)
    roomy = LocalEngine("cpu")
    expected = [drawn(roomy, prompt) for prompt in PROMPTS]
    assert reads == []
    free(monkeypatch, 1)
    small = LocalEngine("cpu")
    found = [drawn(small, prompt) for prompt in PROMPTS]
    assert all((one == other).all() for one, other in zip(found, expected, strict=True))
    assert sorted(reads) == ["text_encoder", "text_encoder_2"]
    assert encoders_of(small).size_bytes == 0


def test_what_changes_encoders_has_them_whole(monkeypatch: pytest.MonkeyPatch, reads: list[str]) -> None:
    free(monkeypatch, 1)
    engine = LocalEngine("cpu")
    drawn(engine, PROMPTS[0])
    encoders = encoders_of(engine)
    assert encoders.size_bytes == 0
    encoders.keep()
    assert encoders.size_bytes > 0
    drawn(engine, PROMPTS[1])
    assert encoders.size_bytes > 0
    assert sorted(reads) == ["text_encoder", "text_encoder_2"]
