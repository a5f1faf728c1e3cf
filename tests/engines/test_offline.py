"""No step of loading and drawing touches the network, and none of them speaks."""

import socket
from pathlib import Path

import pytest

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.domain.events import ignore
from audobon_cli.engines.diffusers.engine import LocalEngine
from tests.conftest import Audobon
from tests.tiny_models import opaque_model, resolved_request, sdxl_folder, sprite_folder, sprite_model


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every try to reach the network, each refused. Libraries may swallow the error: hence the list."""
    made: list[object] = []

    def refuse(*args: object, **kwargs: object) -> None:
        made.append(args)
        raise OSError("the network is blocked")

    for owner, name in (
        (socket.socket, "connect"),
        (socket.socket, "connect_ex"),
        (socket.socket, "sendto"),
        (socket, "getaddrinfo"),
        (socket, "create_connection"),
    ):
        monkeypatch.setattr(owner, name, refuse)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    return made


def test_loading_and_drawing_stay_on_this_machine(
    attempts: list[object], capfd: pytest.CaptureFixture[str]
) -> None:
    sprite = sprite_model(sprite_folder())
    sdxl = opaque_model(sdxl_folder(), "StableDiffusionXLPipeline")
    capfd.readouterr()
    engine = LocalEngine(device="cpu")
    for model in (sprite, sdxl):
        long_prompt = "cute dragon " * 20
        request = resolved_request(model, resolved_prompt=long_prompt, steps=1)
        engine.render(request, 7, 0, ignore, lambda: False)
    assert attempts == []
    assert capfd.readouterr() == ("", "")


def test_the_built_in_model_and_its_scorer_stay_on_this_machine(
    attempts: list[object], audobon: Audobon
) -> None:
    ran = audobon("generate", "red apple", "--candidates", "2", "--steps", "2", "--size", "100")
    assert ran.status == 0, ran.err
    assert attempts == []


def test_a_missing_file_is_not_looked_for_elsewhere(attempts: list[object], tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged):
        LocalEngine(device="cpu").load(resolved_request(sprite_model(tmp_path)), ignore)
    assert attempts == []
