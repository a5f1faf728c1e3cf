"""The step loop: what is random depends on the seed and the step alone, so that a run that was killed and goes on from
its checkpoint comes to the same weights, bit for bit, on the processor with the same number of threads."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from audobon_cli.domain.errors import TrainingDiverged
from audobon_cli.training.networks.adapters import LoraLayers
from audobon_cli.training.networks.examples import Examples, chunks
from audobon_cli.training.networks.objectives import loss_of
from audobon_cli.training.networks.sampler import PictureSampler, step_generator
from audobon_cli.training.networks.token_vectors import TokenVectors
from audobon_cli.training.networks.trainable import (
    EncodedCaption,
    EncodedPicture,
    TrainableModel,
    stacked,
)
from audobon_cli.training.networks.trained_weights import TrainedWeights
from audobon_cli.training.settings import EMBEDDING, TrainingSettings

MOST_MEASURED = 32
"""Learnt pictures that losses are measured on; of more, so many are spread over all."""
STEP, MEASURE = 0, 3
"""Purposes of random numbers: see step_generator."""


@dataclass(frozen=True, slots=True)
class Losses:
    """The mean loss on fixed noise at fixed times; ``held_out`` is None where no picture is held out."""

    learnt: float
    held_out: float | None

    @property
    def judged(self) -> float:
        """What tells whether one step is better than another."""
        return self.learnt if self.held_out is None else self.held_out


@dataclass(slots=True)
class Standing:
    """Where a run stands, beside its tensors: all of it is in the checkpoint. ``stale`` counts measurements without a
    better loss; ``recent`` are the losses of the steps since the last measurement."""

    step: int = 0
    best_step: int = 0
    stale: int = 0
    untrained: Losses | None = None
    best: Losses | None = None
    recent: list[float] = field(default_factory=list)


class Trainer:
    """Trains ``trainable`` on ``examples``. ``advance`` makes a step, ``measure`` says how good it is.

    ``averages`` are the averaged weights, which are what is measured, drawn with and written; ``best`` those of the
    best measurement. Tensors by name, see trained_weights.Values.
    """

    def __init__(self, trainable: TrainableModel, examples: Examples, settings: TrainingSettings) -> None:
        self.trainable, self.examples, self.settings = trainable, examples, settings
        kind = TokenVectors if settings.method == EMBEDDING else LoraLayers
        self.layers: TrainedWeights = kind(trainable, settings)
        self.objective = trainable.objective
        self.steps = settings.steps_for(len(examples.learnt))
        self.optimizer = torch.optim.AdamW(
            self.layers.parameters, settings.rate, betas=(0.9, 0.99), weight_decay=settings.decay
        )
        self.averages = {name: value.clone() for name, value in self.layers.values().items()}
        self.best: dict[str, Tensor] = {}
        self.standing = Standing()
        shapes = [tuple(one.latents.shape) for one in examples.learnt]
        self._sampler = PictureSampler(shapes, settings.batch, settings.seed, self.steps)
        self._device = trainable.device
        denoiser = next(trainable.denoiser.parameters())
        # Tensors without content, of a forecast, know no automatic precision.
        self._mixed = denoiser.dtype is not torch.float32 and self._device.type != "meta"

    def advance(self) -> float:
        """Make one step; its loss. Raises TrainingDiverged where that is no number."""
        settings, standing = self.settings, self.standing
        step = standing.step
        loss = self.loss_of_step(step)
        value = float(loss.detach())
        if not torch.isfinite(loss.detach()):
            raise TrainingDiverged(
                f"The loss of step {step + 1} is no number.",
                hint=f"train again with a lower rate: --set rate={settings.rate / 3:.1g}",
                step=step,
            )
        self.learn(loss, step)
        standing.step += 1
        standing.recent.append(value)
        return value

    def learn(self, loss: Tensor, step: int) -> None:
        """Change the weights and their averages by the gradients of ``loss``, which ``loss_of_step`` gave."""
        settings = self.settings
        for group in self.optimizer.param_groups:
            group["lr"] = settings.rate_at(step, self.steps)
        self.optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.layers.parameters, settings.largest_gradient)
        self.optimizer.step()
        weight = 1 - min(settings.average, (1 + step) / (10 + step))
        with torch.no_grad():
            torch._foreach_lerp_(
                list(self.averages.values()), [one.detach() for one in self.layers.parameters], weight
            )

    def loss_of_step(self, step: int) -> Tensor:
        """The loss on the pictures of ``step``, with noise and times of its own."""
        settings, examples = self.settings, self.examples
        indices = self._sampler.batch(step)
        generator = step_generator(settings.seed, step, STEP)
        torch.manual_seed(settings.seed * 7919 + step)  # whatever networks draw themselves
        count = len(indices)
        places = (torch.arange(count) + torch.rand(count, generator=generator)) / count
        wordless = torch.rand(count, generator=generator) < settings.caption_dropout
        turned = torch.rand(count, generator=generator) < 0.5
        chosen = [
            (examples.mirrored if examples.mirrored and turned[k] else examples.learnt)[index]
            for k, index in enumerate(indices)
        ]
        captions = [0 if wordless[k] else examples.learnt_captions[i] for k, i in enumerate(indices)]
        noise = torch.randn((count, *chosen[0].latents.shape), generator=generator)
        whole: Tensor = self._losses(chosen, captions, noise, places)[0]
        return whole

    def _losses(
        self, pictures: Sequence[EncodedPicture], captions: Sequence[int], noise: Tensor, places: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of all, and each picture's with its weight."""
        batch = stacked(pictures, [self._caption(place) for place in captions], self._device)
        noised = self.objective.noised(batch.latents, noise.to(self._device), places, self.settings.min_snr)
        with torch.autocast(self._device.type, torch.bfloat16) if self._mixed else nullcontext():
            predicted = self.trainable.predict(noised.inputs, noised.times, batch.states)
        parts = loss_of(predicted, noised, batch.weight)
        return parts.whole, parts.each * noised.weight

    def _caption(self, place: int) -> EncodedCaption:
        if self.trainable.captions_are_fixed:
            return self.examples.captions[place]
        return self.trainable.encode_caption(self.examples.texts[place])

    @torch.no_grad()
    def measure(self) -> Losses:
        """The losses of the averaged weights, on the same noise and at the same times whenever it is asked."""
        with self.layers.holding(self.averages):
            learnt = self._measured(
                _spread(self.examples.learnt), _spread(self.examples.learnt_captions), purpose=MEASURE
            )
            held = self.examples.held_out
            if not held:
                return Losses(learnt, None)
            return Losses(learnt, self._measured(held, self.examples.held_out_captions, MEASURE + 1))

    def _measured(self, pictures: Sequence[EncodedPicture], captions: Sequence[int], purpose: int) -> float:
        times = self.settings.measure_times
        shapes: dict[Any, list[int]] = {}
        for index, one in enumerate(pictures):
            shapes.setdefault(tuple(one.latents.shape), []).append(index)
        total = 0.0
        for members in shapes.values():
            pairs = [(index, time) for index in members for time in range(times)]
            for part in chunks(len(pairs), self.settings.batch):
                own = [pairs[place] for place in part]
                noise = [
                    torch.randn(
                        pictures[index].latents.shape,
                        generator=step_generator(self.settings.seed, index * 64 + time, purpose),
                    )
                    for index, time in own
                ]
                places = torch.tensor([(time + 0.5) / times for _, time in own])
                _, each = self._losses(
                    [pictures[index] for index, _ in own],
                    [captions[index] for index, _ in own],
                    torch.stack(noise),
                    places,
                )
                total += float(each.double().sum())
        return total / (len(pictures) * times)

    def judge(self, losses: Losses) -> bool:
        """Take a measurement: keep the weights if they are the best, and count if they are not; whether they are."""
        standing = self.standing
        standing.recent.clear()
        if standing.untrained is None:
            standing.untrained = losses
        if standing.best is not None and losses.judged >= standing.best.judged:
            standing.stale += 1
            return False
        standing.best, standing.best_step, standing.stale = losses, standing.step, 0
        self.best = {name: value.clone() for name, value in self.averages.items()}
        return True

    @property
    def over(self) -> bool:
        """Whether all steps are made, or none got better for as long as the settings bear."""
        patience = self.settings.patience
        return self.standing.step >= self.steps or bool(patience and self.standing.stale >= patience)


def _spread(items: Sequence[Any]) -> Sequence[Any]:
    """``items``, or of more than MOST_MEASURED so many spread over all."""
    if len(items) <= MOST_MEASURED:
        return items
    return [items[place * len(items) // MOST_MEASURED] for place in range(MOST_MEASURED)]
