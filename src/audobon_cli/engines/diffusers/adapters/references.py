"""IP-Adapters in a pipeline: pictures that a drawing is to resemble."""

from collections.abc import Sequence
from typing import Any

from audobon_cli.domain.adapters import AdapterFiles, Reference
from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.engines.diffusers.adapters.control_maps import read_input
from audobon_cli.engines.diffusers.adapters.loading import adapter_errors
from audobon_cli.engines.diffusers.memory.device import DevicePlacement


def add_ip_adapter(
    pipeline: Any, files: AdapterFiles, references: Sequence[Reference], placement: DevicePlacement
) -> None:
    """Load the adapter once for each of ``references``, with its image encoder, and set the weights.

    Raises AdapterUnfit.
    """
    _check_kind(files)
    with adapter_errors(f"The IP-Adapter {files.name}", placement.device):
        pipeline.register_modules(image_encoder=_image_encoder(files, placement))
        pipeline.load_ip_adapter(
            str(files.path.parent),
            subfolder="",
            weight_name=[files.path.name] * len(references),
            image_encoder_folder=None,
            local_files_only=True,
        )
        pipeline.set_ip_adapter_scale([reference.weight for reference in references])
        _check_complete(pipeline, files)


def check_takes_references(pipeline: Any) -> None:
    """Raise AdapterUnfit unless diffusers can load IP-Adapters for UNets into pipelines of this class."""
    if not hasattr(pipeline, "load_ip_adapter") or not hasattr(pipeline, "unet"):
        raise AdapterUnfit(f"A {type(pipeline).__name__} takes no IP-Adapter.", hint="leave out --reference")


def remove_ip_adapter(pipeline: Any) -> None:
    """Put the attention back that was there before."""
    pipeline.unload_ip_adapter()


def reference_arguments(references: Sequence[Reference]) -> dict[str, Any]:
    """What the call of the pipeline takes besides."""
    return {"ip_adapter_image": [read_input(reference.picture) for reference in references]}


def _image_encoder(files: AdapterFiles, placement: DevicePlacement) -> Any:
    from transformers import CLIPVisionModelWithProjection

    encoder, report = CLIPVisionModelWithProjection.from_pretrained(
        str(files.companion),
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=placement.dtype,
        output_loading_info=True,
    )
    if report["missing_keys"]:
        raise ValueError(f"its image encoder lacks {len(report['missing_keys'])} weights")
    return encoder.to(placement.device)


def _check_kind(files: AdapterFiles) -> None:
    """Raise AdapterUnfit for a FaceID: it reads a recognised face, not a picture, and changes layers besides."""
    if any("lora" in key for key in _keys(files)):
        raise AdapterUnfit(
            f"The IP-Adapter {files.name} is a FaceID, which reads faces that another program recognised.",
            hint="name an IP-Adapter that reads whole pictures with --reference-model",
            adapter=files.name,
        )


def _keys(files: AdapterFiles) -> list[str]:
    from safetensors import safe_open

    with safe_open(files.path, framework="pt") as file:
        return list(file.keys())


def _check_complete(pipeline: Any, files: AdapterFiles) -> None:
    """Raise AdapterUnfit unless each layer of the file has one of the model's."""
    layers = sum(key.endswith("to_k_ip.weight") for key in _keys(files))
    own = sum(hasattr(found, "to_k_ip") for found in pipeline.unet.attn_processors.values())
    if layers != own:
        raise AdapterUnfit(
            f"The IP-Adapter {files.name} is for a model with {layers} layers of cross-attention; this one "
            f"has {own}.",
            hint="name the IP-Adapter of this family with --reference-model",
            adapter=files.name,
        )
