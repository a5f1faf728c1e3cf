"""Pipelines to train: loaded as the engine loads them."""

from typing import Any

from audobon_cli.domain.model import Model


def load_pipeline(model: Model, device: str | None) -> tuple[Any, str]:
    """The diffusers pipeline of ``model`` on ``device`` (None: the best), none of its weights with gradients; and the
    device.

    Raises ModelDamaged, ModelUnsupported, OutOfMemory, InvalidInput for a device that is not here.
    """
    import torch

    from audobon_cli.engines.diffusers.loading.assembly import assemble
    from audobon_cli.engines.diffusers.memory.device import choose_placement
    from audobon_cli.models.files.folder import inspect_model

    placement = choose_placement(device).for_model(model.float16)
    pipeline = assemble(inspect_model(model.folder), placement, checkpoint=model.checkpoint)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.requires_grad_(False).eval()
    return pipeline, placement.device
