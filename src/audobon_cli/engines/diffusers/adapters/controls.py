"""ControlNets beside a pipeline: loaded from a folder or a single file, and the sibling that heeds them."""

import inspect
from collections.abc import Sequence
from typing import Any

from audobon_cli.domain.adapters import AdapterFiles, Control
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.domain.units import Size
from audobon_cli.engines.diffusers.adapters.control_maps import control_map
from audobon_cli.engines.diffusers.adapters.loading import adapter_errors
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.models.files.model_index import read_object

CLASSES = ("ControlNetModel", "SD3ControlNetModel", "FluxControlNetModel")
"""Those whose pipelines take a picture and a weight, and nothing else that would have to be asked for."""


def load_controlnet(files: AdapterFiles, pipeline: Any, placement: DevicePlacement) -> Any:
    """The network on ``placement``. Raises AdapterUnfit, naming a weight that is missing or superfluous."""
    with adapter_errors(f"The ControlNet {files.name}", placement.device):
        network = _from_folder(files, placement) if files.path.is_dir() else _from_file(files, pipeline)
    return network.to(device=placement.device, dtype=placement.dtype).eval()


def controlled(pipeline: Any, networks: Sequence[Any]) -> Any:
    """The pipeline of the same family that heeds ``networks``, on the same components."""
    import diffusers

    with adapter_errors("The ControlNet", str(pipeline.device)):
        network = networks[0] if len(networks) == 1 else list(networks)
        sibling = diffusers.AutoPipelineForText2Image.from_pipe(pipeline, controlnet=network)
    sibling.set_progress_bar_config(disable=True)
    return sibling


def control_arguments(pipeline: Any, controls: Sequence[Control], size: Size) -> dict[str, Any]:
    """What the call of ``pipeline`` takes besides, with maps of ``size``."""
    maps = [control_map(control.picture, control.kind, size) for control in controls]
    weights = [control.weight for control in controls]
    names = inspect.signature(type(pipeline).__call__).parameters
    one = len(controls) == 1
    return {
        "control_image" if "control_image" in names else "image": maps[0] if one else maps,
        "controlnet_conditioning_scale": weights[0] if one else weights,
    }


def _from_folder(files: AdapterFiles, placement: DevicePlacement) -> Any:
    import diffusers

    config = read_object(files.path, "config.json")
    class_name = config.get("_class_name")
    if class_name not in CLASSES:
        raise AdapterUnfit(
            f"The ControlNet {files.name} is a {class_name}, which this version does not run.",
            hint=f"use one of {', '.join(CLASSES)}",
            adapter=files.name,
        )
    if config.get("extra_conditioning_channels"):
        raise AdapterUnfit(
            f"The ControlNet {files.name} wants a mask besides its picture, which this version does not give.",
            hint="use a ControlNet that takes a map alone",
            adapter=files.name,
        )
    infixes = [path.name.split(".")[1:-1] for path in files.path.glob("diffusion_pytorch_model*.safetensors")]
    variant = infixes[0][0] if infixes and infixes[0] and all(infixes) else None
    network, report = getattr(diffusers, class_name).from_pretrained(
        str(files.path),
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        variant=variant,
        torch_dtype=placement.dtype,
        output_loading_info=True,
    )
    if report["missing_keys"]:
        raise ValueError(
            f"it lacks {len(report['missing_keys'])} weights, such as {report['missing_keys'][0]}"
        )
    return network


def _from_file(files: AdapterFiles, pipeline: Any) -> Any:
    """A single file, in diffusers' or the original names. It tells shapes only; the rest of the
    configuration is that of the UNet which ControlNets are made from."""
    from diffusers import ControlNetModel
    from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
    from safetensors.torch import load_file

    if not hasattr(pipeline, "unet"):
        raise AdapterUnfit(
            f"The ControlNet {files.name} is a single file; for this family it takes a folder with config.json.",
            hint="get the folder that diffusers loads, and `audobon models add` that",
            adapter=files.name,
        )
    weights = load_file(files.path)
    network = ControlNetModel.from_unet(
        pipeline.unet,
        conditioning_embedding_out_channels=_hint_channels(weights),
        load_weights_from_unet=False,
    )
    network.load_state_dict(convert_controlnet_checkpoint(weights, network.config))
    return network


def _hint_channels(weights: dict[str, Any]) -> tuple[int, ...]:
    """The widths of the layers that read the map: every second one, as each pair keeps the width first."""
    ours = "controlnet_cond_embedding"
    if f"{ours}.conv_in.weight" not in weights:
        return (16, 32, 96, 256)  # the original ControlNets
    widths = [weights[f"{ours}.conv_in.weight"].shape[0]]
    number = 1
    while f"{ours}.blocks.{number}.weight" in weights:
        widths.append(weights[f"{ours}.blocks.{number}.weight"].shape[0])
        number += 2
    return tuple(widths)
