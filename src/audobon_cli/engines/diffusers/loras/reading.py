"""From a LoRA's file to the changes of a pipeline's layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from audobon_cli.domain.errors import AdapterUnfit
from audobon_cli.engines.diffusers.loras.changes import Change
from audobon_cli.engines.diffusers.loras.layer_reader import LayerReader
from audobon_cli.engines.diffusers.loras.layers import changeable_layers
from audobon_cli.models.files.safetensors_header import read_header
from audobon_cli.models.loras.scaling import peft_scales
from audobon_cli.models.loras.targets import NetworkLayers, Places, layers_addressed_twice
from audobon_cli.models.loras.tensors import MUSUBI_LOKR, algorithm_of, read_tensors

LayerKey = tuple[str, str]
"""A component of the pipeline and a layer in it."""


@dataclass(frozen=True, slots=True)
class LoraChanges:
    """What a file changes: ``changes`` of layers, ``total`` layers in the file; of these ``homeless`` have no place
    in the pipeline, ``doubled`` are changed more exactly by others, and ``silent`` say themselves, by an alpha of 0,
    that they have no effect."""

    changes: Mapping[LayerKey, Change]
    total: int
    homeless: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineLayers:
    """The layers of a pipeline that LoRAs can change, and where the names in files lead."""

    places: Places
    modules: Mapping[LayerKey, torch.nn.Module] = field(default_factory=dict)

    @classmethod
    def of(cls, pipeline: Any) -> "PipelineLayers":
        """Those of ``pipeline``'s denoiser and text encoders."""
        networks: list[NetworkLayers] = []
        modules: dict[LayerKey, torch.nn.Module] = {}
        for component, network in pipeline.components.items():
            if isinstance(network, torch.nn.Module) and (
                component in ("unet", "transformer") or component.startswith("text_encoder")
            ):
                layers = dict(changeable_layers(network))
                networks.append(NetworkLayers(component, type(network).__name__, tuple(layers)))
                modules |= {(component, name): module for name, module in layers.items()}
        denoiser = next(network for network in networks if not network.component.startswith("text_encoder"))
        encoders = sorted((n for n in networks if n is not denoiser), key=lambda n: n.component)
        return cls(Places(denoiser, encoders), modules)


def read_changes(path: Path, name: str, pipeline: PipelineLayers) -> LoraChanges:
    """What the file ``path``, the LoRA ``name``, changes in ``pipeline``.

    Raises AdapterUnfit for shapes that contradict the pipeline's, and where nothing has a place; ModelDamaged; and
    what safetensors raises.
    """
    header = read_header(path.parent, path.name)
    found = read_tensors(header.shapes)
    scales = peft_scales(header.metadata, path)
    places = {layer: place for layer in found.layers if (place := pipeline.places.find(layer)) is not None}
    doubled = layers_addressed_twice(places)
    homeless = tuple(layer for layer in found.layers if layer not in places)
    if not places:
        raise _homeless(name, homeless, pipeline)
    loaded = load_file(path)
    changes: dict[LayerKey, Change] = {}
    silent = []
    for layer, place in places.items():
        if layer in doubled:
            continue
        keys = [(place.component, one) for one in place.layers]
        roles = found.layers[layer]
        reader = LayerReader(
            name,
            layer,
            {role: loaded[key] for role, key in roles.items()},
            algorithm_of(roles),
            place,
            [pipeline.modules[key] for key in keys],
            scales.get(place.component, scales.get("")),
            MUSUBI_LOKR in loaded,
        )
        parts = reader.changes()
        changes |= dict(zip(keys, parts, strict=True))
        if all(part.scale == 0 for part in parts):
            silent.append(layer)
    return LoraChanges(changes, len(found.layers), homeless, tuple(sorted(doubled)), tuple(silent))


def _homeless(name: str, layers: tuple[str, ...], pipeline: PipelineLayers) -> AdapterUnfit:
    component, example = next(iter(pipeline.modules))
    return AdapterUnfit(
        f"Nothing of the LoRA {name} has a place in this model: it changes {len(layers)} layers called such as "
        f"{layers[0]}, and the model's are called such as {component}.{example}.",
        hint="`audobon models show` tells what it was made for",
        adapter=name,
        layers=list(layers[:10]),
    )
