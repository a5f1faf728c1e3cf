"""Which files of a published model its pipeline needs: one variant of the safetensors weights, and the
configurations beside them. Repositories hold the same weights several times over, in other formats."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported
from audobon_cli.models.files.folder import READ_SUFFIXES, WEIGHT_NAMES, config_name
from audobon_cli.models.files.model_index import INDEX_FILE, parse_index
from audobon_cli.models.files.single_network import WHOLE, single_network
from audobon_cli.models.source import PICKLED_SUFFIXES

PREFERRED_VARIANT = "fp16"
"""Half the bytes of the plain weights, and what graphics cards compute in."""

PICKLED_NAMES = {**WEIGHT_NAMES, "transformers": "pytorch_model", "stable_diffusion": "pytorch_model"}
"""File name stems of pickled weights, by library."""

PLAIN = "none"
"""The word for the weights without an infix."""


@dataclass(frozen=True, slots=True)
class Selection:
    """``paths`` to fetch; ``variant`` is "" for plain weights; ``pipeline`` a diffusers class; ``pickled``
    those of the paths that are pickles."""

    paths: tuple[str, ...]
    variant: str
    pipeline: str
    pickled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Weights:
    """The weight files of one component, by variant; shards come with their index."""

    single: dict[str, str]
    sharded: dict[str, list[str]]

    def variants(self) -> set[str]:
        return set(self.single) | set(self.sharded)

    def of(self, variant: str) -> list[str]:
        return [self.single[variant]] if variant in self.single else self.sharded.get(variant, [])


def select_files(
    paths: Iterable[str], index: dict[str, Any], wanted: str | None, label: str, allow_pickle: bool = False
) -> Selection:
    """The files to fetch of a repository with these ``paths`` and this model_index.json.

    ``wanted`` is a variant, ``none`` for plain weights, None for fp16 where there is one and else plain.
    A component without the variant gets its plain weights. Raises ModelUnsupported for pipelines that
    bring code or have only pickled weights, ModelDamaged for a broken index, InvalidInput for a variant
    that no component has. ``label`` names the source in messages. With ``allow_pickle`` a component that has
    only pickled weights gets those.
    """
    parsed = parse_index(index, Path(label))
    everything = sorted(paths)
    chosen = [path for path in everything if path == INDEX_FILE or re.fullmatch(r"LICENSE(\.\w+)?", path)]
    found: dict[str, _Weights] = {}
    for name, (library, class_name) in parsed.components.items():
        inside = [path for path in everything if path.startswith(f"{name}/") and path.count("/") == 1]
        chosen += [path for path in inside if path.endswith(READ_SUFFIXES) and not _is_weight(path)]
        if config_name(class_name) == "config.json":
            found[name] = _weights(inside, name, WEIGHT_NAMES[library])
            if not found[name].variants() and allow_pickle:
                found[name] = _weights(inside, name, PICKLED_NAMES[library], "bin")
            if not found[name].variants():
                raise _no_safetensors(label, name, inside)
    variant = _choose(found, wanted, label)
    for name, weights in found.items():
        files = weights.of(variant) or weights.of("")
        if not files:
            raise _unknown_variant(label, variant or PLAIN, weights.variants(), name)
        chosen += files
    pickled = tuple(path for path in chosen if path.endswith(PICKLED_SUFFIXES))
    return Selection(tuple(chosen), variant, parsed.pipeline, pickled)


def select_network(
    paths: Iterable[str], config: dict[str, Any], wanted: str | None, label: str, allow_pickle: bool = False
) -> Selection:
    """The files to fetch of a repository that is one network with this config.json; else as select_files."""
    inside = sorted(path for path in paths if "/" not in path)
    chosen = [path for path in inside if path.endswith(READ_SUFFIXES) and not _is_weight(path)]
    placed = [f"{WHOLE}/{path}" for path in inside]
    weights = _weights(placed, WHOLE, WEIGHT_NAMES["transformers"])
    if not weights.variants() and allow_pickle:
        weights = _weights(placed, WHOLE, PICKLED_NAMES["transformers"], "bin")
    if not weights.variants():
        raise _no_safetensors(label, "network", inside)
    variant = _choose({WHOLE: weights}, wanted, label)
    files = weights.of(variant) or weights.of("")
    if not files:
        raise _unknown_variant(label, variant or PLAIN, weights.variants(), "network")
    chosen += [path.removeprefix(f"{WHOLE}/") for path in files]
    pickled = tuple(path for path in chosen if path.endswith(PICKLED_SUFFIXES))
    return Selection(tuple(chosen), variant, single_network(config), pickled)


def _is_weight(path: str) -> bool:
    return path.endswith(".safetensors") or ".safetensors.index" in path or ".bin.index" in path


def _weights(inside: list[str], name: str, stem: str, suffix: str = "safetensors") -> _Weights:
    shard = r"(?:-\d{5}-of-\d{5})"
    pattern = re.compile(
        rf"{re.escape(name)}/{stem}(?:\.(?P<before>\w+))?(?P<shard>{shard})?(?:\.(?P<behind>\w+))?\.{suffix}"
    )
    single: dict[str, str] = {}
    sharded: dict[str, list[str]] = {}
    for path in inside:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        variant = match["before"] or match["behind"] or ""
        if match["shard"]:
            sharded.setdefault(variant, []).append(path)
        else:
            single[variant] = path
    for variant, shards in list(sharded.items()):
        index = f"{name}/{stem}.{suffix}.index{f'.{variant}' if variant else ''}.json"
        if index in inside:
            shards.append(index)
        else:
            del sharded[variant]
    return _Weights(single, sharded)


def _choose(found: dict[str, _Weights], wanted: str | None, label: str) -> str:
    known = {variant for weights in found.values() for variant in weights.variants()}
    if wanted is None:
        return PREFERRED_VARIANT if PREFERRED_VARIANT in known else ""
    variant = "" if wanted == PLAIN else wanted
    if variant and variant not in known:
        raise _unknown_variant(label, wanted, known, "")
    return variant


def _unknown_variant(label: str, wanted: str, known: set[str], component: str) -> InvalidInput:
    names = ", ".join(sorted(variant or PLAIN for variant in known))
    part = f" of its {component}" if component else ""
    return InvalidInput(
        f"{label} has no weights{part} of the variant {wanted!r}.", hint=f"there are: {names}"
    )


def _no_safetensors(label: str, name: str, inside: list[str]) -> ModelUnsupported:
    pickled = [path for path in inside if path.endswith(PICKLED_SUFFIXES)]
    if pickled:
        return ModelUnsupported(
            f"{label} has {name} only as pickled weights ({pickled[0]}): loading them could run any code.",
            hint="look for a revision (@REVISION) or a repository with safetensors files; --allow-pickle converts "
            "them, reading nothing but tensors",
            file=pickled[0],
        )
    return ModelUnsupported(
        f"{label} has no safetensors weights for its component {name}.",
        hint="look for another repository of the model",
        component=name,
    )
