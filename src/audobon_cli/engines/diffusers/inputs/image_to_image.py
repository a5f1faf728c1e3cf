"""Drawing that begins with a picture: the sibling pipeline, what it is called with, and what is kept.

Siblings (image-to-image, inpainting) share the loaded components; making one takes milliseconds.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from PIL import Image

from audobon_cli.domain.adapters import InputImage
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.model import AlphaMode
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.diffusers.inputs.input_pixels import (
    fit_mask,
    fit_picture,
    keep_unmasked,
    premultiplied_planes,
    read_picture,
)

DERIVED = ("width", "height")
"""Arguments that some siblings take from the picture instead."""

TensorsChange = Callable[[Any, int, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ImageStart:
    """How to draw on from a picture: call ``pipeline`` with ``arguments`` beside the usual ones.

    ``original`` is the picture as fitted; ``mask`` says what of it is redrawn (None: all);
    ``after_step`` changes a step's tensors, where the pipeline does not itself heed the mask.
    """

    pipeline: Any
    arguments: dict[str, Any]
    original: Image.Image
    mask: Image.Image | None
    after_step: TensorsChange | None = None

    def call_arguments(self, usual: dict[str, Any]) -> dict[str, Any]:
        """``usual`` and this start's own arguments, as far as the pipeline takes them.

        Raises InvalidInput rather than drop anything that was asked for.
        """
        accepted = inspect.signature(type(self.pipeline).__call__).parameters
        if "image" in usual:
            # What a ControlNet follows is called so as long as it is the only picture.
            usual = {**usual, "control_image": usual["image"]}
            del usual["image"]
        lost = [name for name in usual if name not in accepted and name not in DERIVED]
        if lost:
            raise InvalidInput(
                f"{type(self.pipeline).__name__} does not take {lost[0]}.",
                hint="leave out the option that it comes from, or --init-image",
            )
        return {**{name: value for name, value in usual.items() if name in accepted}, **self.arguments}

    def finish(self, drawn: Image.Image) -> Image.Image:
        """``drawn`` with the original pixels wherever nothing was to be redrawn."""
        return drawn if self.mask is None else keep_unmasked(drawn, self.original, self.mask)


def _read(picture: InputImage, name: str) -> Image.Image:
    return read_picture(picture.path, name, picture.content)


def start_from_picture(pipeline: Any, request: ResolvedRequest) -> ImageStart:
    """The start for ``request``, whose ``inputs.init_image`` is set.

    Raises InvalidInput if the family has no such pipeline, the mask marks nothing, or a picture cannot be
    read.
    """
    inputs, model, size = request.inputs, request.model, request.render_size
    assert inputs.init_image is not None
    original = fit_picture(_read(inputs.init_image, "of --init-image"), model, size)
    mask = None
    if inputs.mask is not None:
        mask = fit_mask(_read(inputs.mask, "of --mask"), model, size)
        if not mask.getbbox():
            raise InvalidInput(
                f"The mask marks less than a pixel of the picture in {size}.",
                hint="paint a larger place white, or ask for a larger --size",
            )
    if model.alpha is AlphaMode.PREMULTIPLIED:
        assert inputs.strength is not None
        return _start_from_sprite(pipeline, inputs.strength, original, mask)
    sibling = sibling_of(pipeline, masked=mask is not None)
    arguments: dict[str, Any] = {"image": original, "strength": inputs.strength}
    if mask is not None:
        arguments["mask_image"] = mask
    return ImageStart(sibling, arguments, original, mask)


def start_of(pipeline: Any, request: ResolvedRequest, seed: int) -> ImageStart | None:
    """What the picture of ``seed`` begins with besides noise: a picture, its composition, or nothing.

    Raises what start_from_picture raises.
    """
    if request.inputs.init_image is not None:
        return start_from_picture(pipeline, request)
    if request.composition is None:
        return None
    from audobon_cli.exemplars.plan import picture_of

    return _start_from_sprite(pipeline, request.composition.strength, picture_of(request, seed), None)


def sibling_of(pipeline: Any, masked: bool) -> Any:
    """The image-to-image or inpainting pipeline of the same family, on the same components.

    Raises InvalidInput for families without one that takes a strength.
    """
    import diffusers

    auto = diffusers.AutoPipelineForInpainting if masked else diffusers.AutoPipelineForImage2Image
    needed = {"image", "strength"} | ({"mask_image"} if masked else set())
    try:
        found = auto.from_pipe(pipeline)
    except ValueError:
        found = None
    if found is None or not needed <= set(inspect.signature(type(found).__call__).parameters):
        option = "--mask" if masked else "--init-image"
        raise InvalidInput(
            f"{option} does not work with this model: diffusers has no such pipeline beside "
            f"{type(pipeline).__name__}.",
            hint="use a Stable Diffusion, SDXL, SD 3 or FLUX.1 model, or leave it out",
        )
    found.set_progress_bar_config(disable=True)
    return found


def _start_from_sprite(
    pipeline: Any, strength: float, original: Image.Image, mask: Image.Image | None
) -> ImageStart:
    """The same for models with transparency.

    Stock pipelines take a picture of four channels for latents, and the inpainting one accepts a UNet of
    4 or 9 channels alone. So image-to-image is given the autoencoder's latents at the one place where it
    would make them itself, and the mask is heeded after each step, as the inpainting pipeline does.
    """
    sibling = sibling_of(pipeline, masked=False)
    encoder = _SpriteEncoder(sibling)
    sibling.prepare_latents = encoder.prepare_latents
    planes = torch.from_numpy(premultiplied_planes(original))
    arguments = {"image": planes, "strength": strength}
    if mask is None:
        return ImageStart(sibling, arguments, original, None)
    small = torch.nn.functional.interpolate(
        torch.from_numpy(np.asarray(mask, dtype=np.float32) / 255)[None, None],
        size=(mask.height // sibling.vae_scale_factor, mask.width // sibling.vae_scale_factor),
    )
    encoder.mask = small
    return ImageStart(sibling, arguments, original, mask, encoder.blend)


@dataclass(slots=True)
class _SpriteEncoder:
    """Latents of a picture with four channels, and the blend with them under a mask."""

    pipeline: Any
    mask: torch.Tensor | None = None
    start: torch.Tensor = field(default_factory=lambda: torch.empty(0))
    noise: torch.Tensor = field(default_factory=lambda: torch.empty(0))

    def prepare_latents(
        self,
        image: torch.Tensor,
        timestep: torch.Tensor,
        batch_size: int,
        num_images_per_prompt: int,
        dtype: torch.dtype,
        device: torch.device,
        generator: torch.Generator | None = None,
    ) -> torch.Tensor:
        """As StableDiffusionImg2ImgPipeline.prepare_latents does for three channels; one picture."""
        from diffusers.utils.torch_utils import randn_tensor

        vae = self.pipeline.vae
        encoded = vae.encode(image.to(device=device, dtype=dtype)).latent_dist.sample(generator)
        self.start = vae.config.scaling_factor * encoded
        self.noise = randn_tensor(self.start.shape, generator=generator, device=device, dtype=dtype)
        return self.pipeline.scheduler.add_noise(self.start, self.noise, timestep)  # type: ignore[no-any-return]

    def blend(self, pipeline: Any, step: int, tensors: dict[str, Any]) -> dict[str, Any]:
        """The latents outside of the mask as noisy as the next step expects them, or clean after the last."""
        assert self.mask is not None
        scheduler = pipeline.scheduler
        outside, latents = self.start, tensors["latents"]
        timesteps = scheduler.timesteps[-pipeline.num_timesteps :]
        if step < len(timesteps) - 1:
            outside = scheduler.add_noise(self.start, self.noise, timesteps[step + 1][None])
        mask = self.mask.to(latents)
        return {**tensors, "latents": (1 - mask) * outside + mask * latents}
