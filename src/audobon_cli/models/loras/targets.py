"""From a layer's name in a LoRA file to the layers of the pipeline's networks that it changes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from audobon_cli.models.loras.layer_names import (
    DENOISER,
    encoders_meant,
    flat,
    inner_name,
    split_prefix,
)
from audobon_cli.models.loras.original_names import SPELLINGS, Spelling
from audobon_cli.models.loras.unet_names import original_unet_names


@dataclass(frozen=True, slots=True)
class NetworkLayers:
    """One network of a pipeline: its component's name, its class, and the names of its layers that have weights."""

    component: str
    class_name: str
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """The layers of ``component`` whose outputs, one behind the other, are those of a layer in the file: one, but
    for matrices that an author's code keeps in one. ``swapped``: the halves of the outputs are in opposite order."""

    component: str
    layers: tuple[str, ...]
    swapped: bool = False


class Places:
    """Where layers of LoRA files lie in a pipeline, by every name that trainers give them."""

    def __init__(self, denoiser: NetworkLayers, encoders: Iterable[NetworkLayers]) -> None:
        inside = {network: dict(_encoder_names(network)) for network in encoders}
        self._encoders = {network.component: network.class_name for network in inside}
        self._inside = {network.component: names for network, names in inside.items()}
        self._inside[DENOISER] = dict(_denoiser_names(denoiser))

    def find(self, layer: str) -> Place | None:
        """Where the file's layer ``layer`` lies; None if the pipeline has no such layer."""
        network, name = split_prefix(layer)
        if network in (DENOISER, ""):
            place = self._inside[DENOISER].get(name)
            if place is not None or network == DENOISER:
                return place
        for encoder in encoders_meant(network, self._encoders):
            place = self._inside[encoder].get(inner_name(name))
            if place is not None:
                return place
        return None


def _encoder_names(network: NetworkLayers) -> Iterator[tuple[str, Place]]:
    for layer in network.layers:
        place = Place(network.component, (layer,))
        name = inner_name(flat(layer))
        yield name, place
        # As diffusers called the projections of CLIP before PEFT.
        for ours, theirs in (
            ("q_proj", "to_q"),
            ("k_proj", "to_k"),
            ("v_proj", "to_v"),
            ("out_proj", "to_out"),
        ):
            if name.endswith(f"self_attn_{ours}"):
                yield name.removesuffix(ours) + theirs, place


def _denoiser_names(network: NetworkLayers) -> Iterator[tuple[str, Place]]:
    """All names, those of diffusers last, so that they count where two are alike."""
    spelling = SPELLINGS.get(network.class_name)
    if spelling is not None:
        yield from _original_names(network, spelling)
    for layer, name in original_unet_names(network.layers).items():
        yield flat(name), Place(network.component, (layer,))
    for layer in network.layers:
        place = Place(network.component, (layer,))
        short = layer.removesuffix(".0") if layer.endswith(".to_out.0") else layer
        # Diffusers' names of attention processors before PEFT.
        yield flat(short.replace(".to_", ".processor.to_")), place
        yield flat(short), place
        yield flat(layer), place


def _original_names(network: NetworkLayers, spelling: Spelling) -> Iterator[tuple[str, Place]]:
    known = set(network.layers)
    for theirs, parts in spelling.outside.items():
        yield from _named(network.component, known, theirs, parts, theirs in spelling.swapped)
    for block, (original, inside) in spelling.blocks.items():
        pattern = re.compile(rf"{re.escape(block)}\.(\d+)\.")
        numbers = {int(found[1]) for found in map(pattern.match, network.layers) if found}
        for number in sorted(numbers):
            for theirs, parts in inside.items():
                yield from _named(
                    network.component,
                    known,
                    f"{original}.{number}.{theirs}",
                    tuple(f"{block}.{number}.{part}" for part in parts),
                    theirs in spelling.swapped_last and number == max(numbers),
                )


def _named(
    component: str, known: set[str], name: str, parts: tuple[str, ...], swapped: bool
) -> Iterator[tuple[str, Place]]:
    if known.issuperset(parts):
        yield flat(name), Place(component, parts, swapped)
        if len(parts) > 1:
            # As the Open Model Initiative numbers the parts of one matrix.
            for number, part in enumerate(parts):
                yield flat(f"{name}.{number}"), Place(component, (part,))


def layers_addressed_twice(places: Mapping[str, Place]) -> set[str]:
    """Of the file's layers with these places, those whose target another one changes too, and more exactly.

    Some trainers write a stacked matrix and its parts; the parts then count (or, of two names for one layer, the
    one that sorts last, which is the longer).
    """
    taken: dict[tuple[str, str], str] = {}
    doubled: set[str] = set()
    for name in sorted(places, key=lambda name: (len(places[name].layers), _reversed(name))):
        place = places[name]
        if any((place.component, layer) in taken for layer in place.layers):
            doubled.add(name)
        else:
            taken |= {(place.component, layer): name for layer in place.layers}
    return doubled


def _reversed(name: str) -> tuple[int, str]:
    return -len(name), name
