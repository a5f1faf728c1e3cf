"""Schedulers in place of a pipeline's own.

A scheduler's name says how steps are taken and on which levels; the model says the rest, for which it was trained:
its noise and what it predicts, the shift of its levels, how time steps are spaced and where they end.
"""

import copy
import functools
import inspect
from collections.abc import Mapping
from typing import Any

import torch

from audobon_cli.domain.components import SchedulerChoice
from audobon_cli.domain.errors import ModelUnsupported

NAMED = (
    "use_karras_sigmas",
    "use_exponential_sigmas",
    "use_beta_sigmas",
    "use_lu_lambdas",
    "use_flow_sigmas",
    "algorithm_type",
    "solver_order",
    "solver_type",
    "solver_p",
    "predict_x0",
    "disable_corrector",
    "stochastic_sampling",
    "variance_type",
)
"""Settings that the name of a scheduler says, all of them: where it sets none, the class's default counts, never
what the model's own scheduler had."""

SHIFTS = ("shift", "flow_shift")
"""One quantity: flow-matching schedulers call it by the first name, the others that know flows by the second."""


def scheduler_for(own: Any, choice: SchedulerChoice | None) -> Any:
    """A fresh scheduler: a copy of ``own``, or the one of ``choice`` for the model that ``own`` was published with.
    It begins with its first step. Raises ModelUnsupported if the installed diffusers has no such class."""
    return beginning_with_first(copy.deepcopy(own) if choice is None else _chosen(own, choice))


def beginning_with_first(scheduler: Any) -> Any:
    """``scheduler``, which begins with the first of two steps at one time.

    Some of diffusers' schedulers (0.42.1: both DPM-Solvers, DEIS, UniPC, SASolver) round times to whole ones and find
    their first step by its time: of two alike the second, so that they leave out a level and are past the last one too
    early. The first are alike where levels are dense: beta levels from 32 steps on, Karras' from 21 on where the
    schedule ends in noise alone.
    """
    if hasattr(scheduler, "set_begin_index"):
        scheduler.__class__ = _beginning_with_first(type(scheduler))
    return scheduler


def _beginning_with_first(scheduler_class: type[Any]) -> type[Any]:
    """A class like ``scheduler_class``, also by name."""

    @functools.wraps(scheduler_class.set_timesteps)  # pipelines look at what it takes
    def set_timesteps(self: Any, *arguments: Any, **named: Any) -> None:
        scheduler_class.set_timesteps(self, *arguments, **named)
        if len(self.timesteps) > 1 and self.timesteps[0] == self.timesteps[1]:
            self.set_begin_index(0)

    about = {"__module__": scheduler_class.__module__, "__qualname__": scheduler_class.__qualname__}
    return type(scheduler_class.__name__, (scheduler_class,), {**about, "set_timesteps": set_timesteps})


def _chosen(own: Any, choice: SchedulerChoice) -> Any:
    import diffusers

    scheduler_class = getattr(diffusers, choice.class_name, None)
    if scheduler_class is None:
        raise ModelUnsupported(
            f"diffusers {diffusers.__version__} has no scheduler {choice.class_name}.",
            hint="update it (`pip install --upgrade diffusers`) or choose another --scheduler",
        )
    settings = {name: value for name, value in own.config.items() if name not in NAMED}
    known = inspect.signature(scheduler_class.__init__).parameters
    changes = dict(choice.config)
    shift = _shift_of(own)
    if shift is not None:
        changes |= {name: shift for name in SHIFTS if name in known}
    if "clip_sample" in known and "clip_sample" not in settings:
        # The default of DDIM and DDPM is for pixels; latents lie beyond 1, and pipelines of latents switch it off.
        changes["clip_sample"] = False
    if settings.get("rescale_betas_zero_snr") and "rescale_betas_zero_snr" not in known:
        changes["trained_betas"] = _zero_snr_betas(settings)
    return scheduler_class.from_config(settings, **changes)


def with_settings(own: Any, wanted: Mapping[str, Any]) -> Any:
    """``own``, or a scheduler like it that differs in what is ``wanted`` of prediction_type and
    rescale_betas_zero_snr."""
    config = {**own.config, **wanted}
    changes = {name: value for name, value in wanted.items() if own.config.get(name, value) != value}
    known = inspect.signature(type(own).__init__).parameters
    if wanted.get("rescale_betas_zero_snr") and "rescale_betas_zero_snr" not in known:
        changes["trained_betas"] = _zero_snr_betas(config)
    return type(own).from_config(own.config, **changes) if changes else own


def _shift_of(own: Any) -> float | None:
    """The shift of the levels of a flow-matching model; None for others."""
    if "shift" in own.config:
        return float(own.config["shift"])
    if own.config.get("use_flow_sigmas"):
        return float(own.config.get("flow_shift", 1.0))
    return None


def _zero_snr_betas(settings: dict[str, Any]) -> list[float]:
    """The betas of a schedule that ends in noise alone, for schedulers that cannot rescale it themselves: those of
    Euler's, which leaves 2^-24 of the picture, so that no level is infinite."""
    from diffusers import EulerDiscreteScheduler

    rescaled = EulerDiscreteScheduler.from_config(settings).alphas_cumprod.double()
    before = torch.cat([torch.ones(1, dtype=torch.float64), rescaled[:-1]])
    found: list[float] = (1 - rescaled / before).tolist()
    return found
