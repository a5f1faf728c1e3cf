"""What a pipeline's call takes: options it lacks are errors, never ignored."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported, SizeNotAllowed
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers.arguments import accepted_arguments, call_arguments
from tests.tiny_models import opaque_model, resolved_request

MODEL = replace(opaque_model(Path("nowhere"), "AnyPipeline"), calling=None)


class BarePipeline:
    """The least a text-to-image pipeline takes."""

    def __call__(
        self,
        prompt: str,
        height: int,
        width: int,
        num_inference_steps: int,
        generator: Any,
        output_type: str = "pil",
    ) -> None: ...


class GuidedPipeline(BarePipeline):
    vae_scale_factor = 32

    def __call__(  # type: ignore[override]
        self,
        prompt: str,
        height: int,
        width: int,
        num_inference_steps: int,
        generator: Any,
        guidance_scale: float,
        negative_prompt: str | None = None,
        true_cfg_scale: float = 1.0,
        output_type: str = "pil",
    ) -> None: ...


class RepaintingPipeline(BarePipeline):
    def __call__(self, prompt: str, image: object = None) -> None: ...  # type: ignore[override]


class ShapelessPipeline(BarePipeline):
    def __call__(self, prompt: str) -> None: ...  # type: ignore[override]


@pytest.mark.parametrize(
    ("pipeline", "words"), [(RepaintingPipeline(), "image"), (ShapelessPipeline(), "height")]
)
def test_pipelines_that_make_something_else_are_refused(pipeline: object, words: str) -> None:
    with pytest.raises(ModelUnsupported, match=words):
        accepted_arguments(pipeline)


def test_only_what_is_taken_is_passed() -> None:
    pipeline = BarePipeline()
    arguments = call_arguments(pipeline, accepted_arguments(pipeline), resolved_request(MODEL, guidance=1.0))
    assert set(arguments) == {"prompt", "width", "height", "num_inference_steps", "output_type"}


def test_guidance_that_is_not_taken_is_an_error() -> None:
    pipeline = BarePipeline()
    with pytest.raises(InvalidInput, match="guidance"):
        call_arguments(pipeline, accepted_arguments(pipeline), resolved_request(MODEL, guidance=4.0))


@pytest.mark.parametrize("pipeline", [BarePipeline(), GuidedPipeline()])
def test_a_negative_prompt_that_would_be_ignored_is_an_error(pipeline: object) -> None:
    request = resolved_request(MODEL, guidance=1.0, resolved_negative="red")
    with pytest.raises(InvalidInput, match="negative"):
        call_arguments(pipeline, accepted_arguments(pipeline), request)


def test_the_models_own_multiple_holds() -> None:
    pipeline = GuidedPipeline()
    with pytest.raises(SizeNotAllowed, match="multiples of 32") as caught:
        call_arguments(
            pipeline, accepted_arguments(pipeline), resolved_request(MODEL, render_size=Size(40, 90))
        )
    assert caught.value.hint == "give --size 32x96"
