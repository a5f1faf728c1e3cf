"""The memory that training will take, held to what PyTorch's own profiler counts of real steps."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from audobon_cli.domain.model import Model
from audobon_cli.training.networks.forecast import TrainingMemory, forecast_training
from audobon_cli.training.networks.steps import Trainer
from audobon_cli.training.pictures.training_set import TrainingSet
from tests.training.test_families import SETTINGS, models, pictures, settings_of, trainer_of

__all__ = ["models", "pictures"]


def recorded(trainer: Trainer) -> int:
    """The most bytes at one moment of two steps: what was there before, and the allocator's own account since."""
    trainer.judge(trainer.measure())
    parts = [
        one for one in trainer.trainable.pipeline.components.values() if isinstance(one, torch.nn.Module)
    ]
    held = {id(one): one for part in parts for one in (*part.parameters(), *part.buffers())}
    held |= {id(one): one for group in (trainer.averages, trainer.best) for one in group.values()}
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        trainer.advance()
        trainer.advance()
    results = profiler.profiler
    assert results is not None
    events = [one for one in results.kineto_results.events() if one.name() == "[memory]"]
    now = most = 0
    for event in sorted(events, key=lambda one: one.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    return most + sum(one.numel() * one.element_size() for one in held.values())


@pytest.mark.parametrize(
    ("family", "gradient_checkpointing"),
    [
        ("sd15", True),
        pytest.param("sdxl", False, marks=pytest.mark.slow),
        ("sd3", False),
        pytest.param("flux", True, marks=pytest.mark.slow),
    ],
)
def test_the_peak_is_foretold_within_a_tenth(
    models: Callable[[str], Model], pictures: TrainingSet, family: str, gradient_checkpointing: bool
) -> None:
    settings = replace(settings_of(family), batch=4, gradient_checkpointing=gradient_checkpointing)
    told = forecast_training(models(family), settings)
    assert told.peak == told.weights + told.trained + told.activations
    assert told.peak == pytest.approx(recorded(trainer_of(models(family), pictures, settings)), rel=0.1)


def test_more_pictures_take_more_and_half_precision_less(models: Callable[[str], Model]) -> None:
    from audobon_cli.domain.strategy import Precision

    def told(batch: int, rank: int = 2, precision: Precision = Precision.FLOAT32) -> TrainingMemory:
        settings = replace(SETTINGS, batch=batch, rank=rank, gradient_checkpointing=False)
        return forecast_training(models("sd15"), settings, precision)

    one, many, wide = told(1), told(4), told(1, rank=8)
    assert many.activations > 3 * one.activations
    assert (many.weights, many.trained) == (one.weights, one.trained)
    assert wide.trained == pytest.approx(4 * one.trained, rel=0.01)
    # But for whole numbers, such as places of words.
    assert told(1, precision=Precision.BFLOAT16).weights == pytest.approx(one.weights / 2, rel=0.01)
