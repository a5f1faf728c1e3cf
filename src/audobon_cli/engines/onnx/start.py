"""What a picture is drawn on from: noise, or the latents of a picture or composition under noise.

As diffusers' StableDiffusionImg2ImgPipeline begins, with all four channels of a sprite: see image_to_image.py of
engines/diffusers/inputs/.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from audobon_cli.domain.inputs import steps_run
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.diffusers.inputs.input_pixels import fit_picture, premultiplied_planes, read_picture
from audobon_cli.engines.onnx.noise import seed_noise
from audobon_cli.engines.onnx.runtime import Network
from audobon_cli.engines.onnx.solver import Latents, Solver

LOWEST, HIGHEST = -30.0, 20.0
"""Logarithms of variances are held between these: diffusers' DiagonalGaussianDistribution."""


def picture_before(request: ResolvedRequest, seed: int) -> Image.Image:
    """The picture that the one of ``seed`` is drawn on from, RGBA in the size that the model draws. Raises
    InvalidInput for a file that cannot be read, and what composing raises."""
    started = request.inputs.init_image
    if started is not None:
        picture = read_picture(started.path, "of --init-image", started.content)
        return fit_picture(picture, request.model, request.render_size)
    from audobon_cli.exemplars.plan import picture_of

    return picture_of(request, seed)


def latents_of(
    encoder: Network, picture: Image.Image, noise: NDArray[np.float32], scaling: float
) -> NDArray[np.float32]:
    """The latents of ``picture``, float32 (1, channels, height, width): one of the autoencoder's distribution, chosen
    by ``noise`` of that shape."""
    mean, spread = np.split(encoder(pictures=premultiplied_planes(picture)), 2, axis=1)
    deviation = np.exp(np.float32(0.5) * np.clip(spread, np.float32(LOWEST), np.float32(HIGHEST)))
    found: NDArray[np.float32] = np.float32(scaling) * (mean + deviation * noise)
    return found


def started_latents(
    encoder: Network,
    request: ResolvedRequest,
    seed: int,
    solver: Solver,
    shape: tuple[int, ...],
    scaling: float,
) -> tuple[Latents, int]:
    """The latents that the picture of ``seed`` begins with, and the first step that is run on them."""
    assert request.start_strength is not None
    first = request.steps - steps_run(request.steps, request.start_strength)
    # One generator gives both, one after the other.
    chosen, noise = np.split(seed_noise(seed, (2, *shape[1:])), 2)
    clean = latents_of(encoder, picture_before(request, seed), chosen, scaling)
    return solver.noisy(clean, noise, first), first
