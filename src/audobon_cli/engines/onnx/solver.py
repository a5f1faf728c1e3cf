"""The solver of the built-in model: DPM-Solver++ of second order (Lu et al. 2022), as diffusers runs it."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audobon_cli.engines.onnx.exports import ExportsUnusable

SOLVED = {
    "_class_name": "DPMSolverMultistepScheduler",
    "algorithm_type": "dpmsolver++",
    "solver_order": 2,
    "solver_type": "midpoint",
    "prediction_type": "v_prediction",
    "beta_schedule": "squaredcos_cap_v2",
    "timestep_spacing": "trailing",
    "final_sigmas_type": "zero",
    "lower_order_final": True,
    "euler_at_final": False,
    "thresholding": False,
    "trained_betas": None,
    "variance_type": None,
    "lambda_min_clipped": -math.inf,
    **dict.fromkeys(
        (
            "rescale_betas_zero_snr",
            "use_karras_sigmas",
            "use_exponential_sigmas",
            "use_beta_sigmas",
            "use_lu_lambdas",
            "use_flow_sigmas",
            "use_dynamic_shifting",
        ),
        False,
    ),
}
"""The configuration that this is the solver of, but for num_train_timesteps."""

Latents = NDArray[np.float32]


def check_solver(config: dict[str, Any]) -> int:
    """The number of training steps that a scheduler's ``config`` names. Raises ExportsUnusable for another solver."""
    for name, value in SOLVED.items():
        if config.get(name, value) != value:
            raise ExportsUnusable(f"its scheduler has {name} {config[name]!r}")
    return int(config["num_train_timesteps"])


@dataclass(slots=True)
class Solver:
    """One picture's way from noise: ``steps`` steps of a model trained on ``trained`` of them.

    As ``DPMSolverMultistepScheduler.step`` computes, in float32 and in its order: equal but for rounding.
    """

    steps: int
    trained: int
    times: NDArray[np.int64] = field(init=False)
    """The times at which the denoiser is asked, the noisiest first."""
    _sigmas: NDArray[np.float32] = field(init=False)
    _before: Latents | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        spacing = self.trained / self.steps
        self.times = np.round(np.arange(self.trained, 0, -spacing)).astype(np.int64) - 1
        # Torch, too, adds up in double precision.
        kept = np.cumprod(np.float32(1) - _betas(self.trained), dtype=np.float64).astype(np.float32)
        levels = np.sqrt((1 - kept) / kept)
        levels = np.interp(self.times, np.arange(self.trained), levels)
        self._sigmas = np.concatenate([levels, [0.0]]).astype(np.float32)

    def noisy(self, clean: Latents, noise: Latents, place: int) -> Latents:
        """``clean`` latents under as much ``noise`` as step ``place`` takes away first."""
        alpha, sigma = _split(self._sigmas[place])
        result: Latents = alpha * clean + sigma * noise
        return result

    def step(self, place: int, predicted: Latents, latents: Latents) -> Latents:
        """The latents after step ``place`` (from 0) of which the denoiser ``predicted`` v."""
        alpha, sigma = _split(self._sigmas[place])
        clean: Latents = alpha * latents - sigma * predicted
        next_alpha, next_sigma = _split(self._sigmas[place + 1])
        before, self._before = self._before, clean
        if place + 1 == len(self.times):
            # All noise is gone: the formula below, in its limit.
            return clean
        width = _log_ratio(next_alpha, next_sigma) - _log_ratio(alpha, sigma)
        rate = next_alpha * (np.exp(-width) - np.float32(1))
        result: Latents = (next_sigma / sigma) * latents - rate * clean
        if before is not None:
            earlier = _log_ratio(*_split(self._sigmas[place - 1]))
            ratio = (_log_ratio(alpha, sigma) - earlier) / width
            result = result - np.float32(0.5) * rate * ((clean - before) / ratio)
        return result


def _betas(count: int) -> NDArray[np.float32]:
    """The noise of each training step (Nichol and Dhariwal 2021, equation 17, capped)."""
    places = np.arange(count + 1, dtype=np.float64) / count
    kept = np.cos((places + 0.008) / 1.008 * math.pi / 2) ** 2
    betas: NDArray[np.float32] = np.minimum(1 - kept[1:] / kept[:-1], 0.999).astype(np.float32)
    return betas


def _split(level: np.float32) -> tuple[np.float32, np.float32]:
    """How much of the picture and of the noise is left at ``level``, their ratio."""
    alpha = np.float32(1) / np.sqrt(level * level + np.float32(1))
    return alpha, level * alpha


def _log_ratio(alpha: np.float32, sigma: np.float32) -> np.float32:
    return np.float32(np.log(alpha) - np.log(sigma))
