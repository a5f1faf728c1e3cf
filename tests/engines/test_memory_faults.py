"""Memory that runs out at any stage of any strategy: a lower rung makes the picture it would have made."""

import gc
import io
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from audobon_cli.domain.events import Event, ImageFailed, SteppedDown, ignore
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers import engine as diffusion
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.engines.diffusers.loading import assembly
from audobon_cli.generation.context import GenerationContext
from audobon_cli.generation.report import GenerationReport
from audobon_cli.generation.run import generate
from audobon_cli.library.store.library import Library
from audobon_cli.vram.step_down import StrategyFallbacks, fallback_chain
from audobon_cli.vram.strategies import strategy_named
from tests.tiny_models import clip_folder, opaque_model, resolved_request

RUNGS = tuple(
    strategy_named(name)
    for name in (
        "full",
        "float8",
        "model-offload",
        "group-block-stream",
        "group-leaf-stream",
        "sequential",
        "sequential+tiles-64",
    )
)
STAGES = ("load", "text encoding", "first step", "last step", "decoding")
STEPS = 2
WHERE = {"load": "", "first step": "denoising", "last step": "denoising"}


def request_on(rung: int, **changes: Any) -> ResolvedRequest:
    model = opaque_model(clip_folder(), "StableDiffusionPipeline")
    size = Size(96, 64)
    fields = {"steps": STEPS, "size": size, "render_size": size, "strategy": RUNGS[rung]}
    return resolved_request(model, **{**fields, **changes})


class Faults:
    """Raises torch's own error where it is told to: ``at`` maps names of strategies to stages."""

    def __init__(self, error: type[Exception] = torch.OutOfMemoryError) -> None:
        self.at: dict[str, str] = {}
        self.error = error
        self.pipelines: list[weakref.ref[Any]] = []

    def fail(self, *_: Any) -> None:
        raise self.error("CUDA out of memory. Tried to allocate 20.00 MiB.")

    def arm(self, pipeline: Any, strategy: str) -> None:
        self.pipelines.append(weakref.ref(pipeline))
        stage = self.at.get(strategy)
        calls = {"text encoding": (pipeline.text_encoder, 1), "first step": (pipeline.unet.conv_in, 1)}
        calls["last step"] = (pipeline.unet.conv_in, STEPS)
        calls["decoding"] = (pipeline.vae.decoder, 1)
        if stage in calls:
            part, number = calls[stage]
            seen: list[int] = []

            def hook(*_: Any) -> None:
                seen.append(1)
                if len(seen) >= number:
                    self.fail()

            part.register_forward_pre_hook(hook)


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    made = Faults()
    apply, assemble = assembly.apply_strategy, diffusion.assemble

    def applied(pipeline: Any, strategy: Any, placement: Any) -> None:
        if made.at.get(strategy.name) == "load":
            made.fail()
        apply(pipeline, strategy, placement)

    def assembled(*arguments: Any) -> Any:
        pipeline = assemble(*arguments)
        made.arm(pipeline, arguments[-1].name)
        return pipeline

    monkeypatch.setattr(assembly, "apply_strategy", applied)
    monkeypatch.setattr(diffusion, "assemble", assembled)
    return made


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.create(tmp_path / "library")


def run(
    library: Library, request: ResolvedRequest, listen: Callable[[Event], None] = ignore
) -> GenerationReport:
    strategy_fallbacks = StrategyFallbacks(fallback_chain(RUNGS))
    context = GenerationContext(
        LocalEngine(device="cpu"), library, None, 0, strategy_fallbacks=strategy_fallbacks, listen=listen
    )
    return generate([request], context)


def pixels(library: Library, report: GenerationReport, number: int = 0) -> NDArray[np.uint8]:
    blobs = library.blobs
    return np.asarray(Image.open(io.BytesIO(blobs.read(report.pictures[number].asset.blob))))


@pytest.fixture(scope="module")
def undisturbed() -> dict[str, NDArray[np.uint8]]:
    engine = LocalEngine(device="cpu")
    return {
        rung.name: np.asarray(engine.render(request_on(number), 7, 0, ignore, lambda: False).image)
        for number, rung in enumerate(RUNGS)
    }


@pytest.mark.parametrize(
    ("stage", "rung"),
    [
        pytest.param(
            stage,
            number,
            marks=()
            if (place + number) % 3 == 0
            else (pytest.mark.slow,),  # each stage and rung often, all seldom
            id=f"{rung.name}-{stage}",
        )
        for place, stage in enumerate(STAGES)
        for number, rung in enumerate(RUNGS[:-1])
    ],
)
def test_the_next_rung_makes_the_picture(
    faults: Faults, library: Library, undisturbed: dict[str, NDArray[np.uint8]], stage: str, rung: int
) -> None:
    failing, lower = RUNGS[rung].name, RUNGS[rung + 1].name
    faults.at = {failing: stage}
    events: list[Event] = []
    report = run(library, request_on(rung), events.append)
    assert report.error() is None
    (stepped,) = [event for event in events if isinstance(event, SteppedDown)]
    assert (stepped.strategy, stepped.next_strategy) == (failing, lower)
    assert stepped.stage == WHERE.get(stage, stage)
    recipe = report.pictures[0].asset.recipe
    assert recipe is not None
    assert recipe.strategy == lower
    assert np.array_equal(pixels(library, report), undisturbed[lower])


def test_it_goes_down_to_the_last_rung(
    faults: Faults, library: Library, undisturbed: dict[str, NDArray[np.uint8]]
) -> None:
    stages = dict(zip((rung.name for rung in RUNGS[:-1]), STAGES * 2, strict=False))
    faults.at = stages
    events: list[Event] = []
    report = run(library, request_on(0, count=2), events.append)
    assert report.error() is None
    assert len(report.pictures) == 2
    # The second picture begins where the first ended.
    assert sum(isinstance(event, SteppedDown) for event in events) == len(RUNGS) - 1
    assert np.array_equal(pixels(library, report), undisturbed[RUNGS[-1].name])


def test_when_the_last_rung_fails_the_picture_fails_and_the_run_goes_on(
    faults: Faults, library: Library
) -> None:
    faults.at = {rung.name: "decoding" for rung in RUNGS}
    events: list[Event] = []
    report = run(library, request_on(len(RUNGS) - 2, count=2), events.append)
    error = report.error()
    assert error is not None
    assert int(error.exit_status) == 30
    assert [event.seed for event in events if isinstance(event, ImageFailed)] == [7, 8]
    assert [failure.seed for failure in report.failed] == [7, 8]


@pytest.mark.parametrize("error", [MemoryError, torch.OutOfMemoryError, RuntimeError])
def test_what_the_processor_raises_counts_too(
    faults: Faults, library: Library, error: type[Exception]
) -> None:
    faults.error = error
    faults.at = {"full": "decoding"}
    assert run(library, request_on(0)).error() is None


def test_what_failed_is_freed_before_the_next_is_loaded(
    faults: Faults, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults.at = {"full": "decoding", "float8": "load"}
    alive: list[int] = []
    inspect = diffusion.inspect_model

    def counted(folder: Path) -> Any:
        gc.collect()
        alive.append(sum(reference() is not None for reference in faults.pipelines))
        return inspect(folder)

    monkeypatch.setattr(diffusion, "inspect_model", counted)
    assert run(library, request_on(0)).error() is None
    assert alive == [0, 0, 0]
