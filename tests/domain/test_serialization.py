"""Requests and events as JSON, and back."""

import json
from pathlib import Path

import pytest

from audobon_cli.domain.adapters import (
    AdapterChoices,
    ControlChoice,
    ControlKind,
    LoraChoice,
    ReferenceChoice,
    RefinerChoice,
)
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import JobEnded, event_from
from audobon_cli.domain.inputs import ImageInputs, TileAxes
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.domain.scaling import UpscaleMethod
from audobon_cli.domain.serialization import from_plain, to_plain
from audobon_cli.queue.request import QueuedRequest

FULL = GenerationRequest(
    "龙 (red:1.2) 🐉",
    negative="worm",
    model="sdxl",
    size="64x96",
    steps=7,
    guidance=2.5,
    seed=2**62,
    count=3,
    upscale=next(iter(UpscaleMethod)),
    inputs=ImageInputs("a.png", 0.4, "b.png", TileAxes.XY),
    adapters=AdapterChoices(
        loras=(LoraChoice("ink", 0.3), LoraChoice("fur")),
        embeddings=("hat",),
        controls=(ControlChoice(ControlKind.CANNY, Path("c.png"), 0.7),),
        references=(ReferenceChoice(Path("d.png")),),
        refiner=RefinerChoice("r", 0.6),
    ),
    components=("unet=x",),
)


@pytest.mark.parametrize("request_", [FULL, GenerationRequest("cat")], ids=["full", "plain"])
def test_a_request_comes_back_equal(request_: GenerationRequest) -> None:
    queued = QueuedRequest(request_, "out/", True, "full", 3.5)
    assert QueuedRequest.from_dict(json.loads(json.dumps(queued.to_dict()))) == queued


def test_a_job_of_a_version_without_compositions_is_drawn_from_words_alone() -> None:
    assert QueuedRequest.from_dict({"request": {"prompt": "cat"}}).request.inputs.strength == 1.0
    begun = {"prompt": "cat", "inputs": {"init_image": "a.png"}}
    assert QueuedRequest.from_dict({"request": begun}).request.inputs.strength is None


def test_defaults_are_left_out() -> None:
    assert to_plain(GenerationRequest("cat")) == {"prompt": "cat"}


def test_what_it_came_from_is_validated_again() -> None:
    with pytest.raises(InvalidInput):
        from_plain(GenerationRequest, {"prompt": "cat", "count": 0})


def test_events_come_back_and_unknown_ones_do_not() -> None:
    event = JobEnded(7, "cat", "done", "", "", "w")
    assert event_from(json.loads(json.dumps(event.to_dict()))) == event
    assert event_from({**event.to_dict(), "added": 1}) == event
    assert event_from({"event": "of_another_version"}) is None
