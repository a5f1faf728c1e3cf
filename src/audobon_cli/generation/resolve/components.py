"""Swapping parts of a model: finding the other network, and whether it fits, from headers alone."""

from pathlib import Path
from typing import Any

from audobon_cli.domain.components import ComponentChoice
from audobon_cli.domain.errors import ComponentUnfit, InvalidInput, ModelNotFound
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.models.files.checkpoint_layouts import is_original_autoencoder
from audobon_cli.models.files.components import NetworkFiles, network_digest, read_network
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.files.model_index import INDEX_FILE
from audobon_cli.models.gguf import file_mismatch, is_gguf, need_package
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import nearest

SAME_ROLE = (frozenset({"AutoencoderKL", "AutoencoderTiny"}),)
"""Classes that stand in for each other where their latents are alike."""

INTERFACE = (
    "in_channels",
    "out_channels",
    "latent_channels",
    "z_dim",
    "scaling_factor",
    "shift_factor",
    "cross_attention_dim",
    "joint_attention_dim",
    "caption_channels",
    "cap_feat_dim",
    "text_embed_dim",
    "pooled_projection_dim",
    "time_cond_proj_dim",
    "addition_embed_type",
    "hidden_size",
    "d_model",
    "projection_dim",
    "vocab_size",
    "max_position_embeddings",
)
"""Settings by which a network meets its neighbours: where both have one, it must be the same."""


def choose_components(
    request: GenerationRequest, model: Model, registry: ModelRegistry
) -> tuple[ComponentChoice, ...]:
    """The networks that ``request`` puts in place of the model's own, by name.

    Reads configurations and headers, and hashes the files (once; see DigestCache). Raises InvalidInput for
    a malformed or doubled name, ModelNotFound, ModelDamaged, and ComponentUnfit, naming what does fit, for a
    network that cannot take the place.
    """
    asked = dict(map(_parse, request.components))
    if len(asked) < len(request.components) or (request.vae is not None and "vae" in asked):
        raise InvalidInput("A component is given twice.", hint="give each part once")
    if request.vae is not None:
        asked["vae"] = request.vae
    return tuple(_choose(name, asked[name], model, registry) for name in sorted(asked))


def _parse(text: str) -> tuple[str, str]:
    name, separator, reference = text.partition("=")
    if not (separator and name and reference):
        raise InvalidInput(
            f"{text!r} names no component.", hint="write --component NAME=MODEL, such as text_encoder=sdxl"
        )
    return name.strip().replace("-", "_"), reference.strip()


def _choose(name: str, reference: str, model: Model, registry: ModelRegistry) -> ComponentChoice:
    networks = [part.name for part in inspect_model(model.folder).components if part.weights]
    if name not in networks:
        raise ComponentUnfit(
            f"The model {model.name} has no network {name!r} that could be swapped.",
            hint=f"its networks: {', '.join(networks)}",
            component=name,
        )
    own = read_network(model.folder / name)
    found = read_network(_find(name, reference, registry))
    if is_gguf(found.path):
        need_package()
    why = file_mismatch(found.path, name, own) if is_gguf(found.path) else _unfit(own, found)
    if why:
        fitting = _fitting(model, registry)
        raise ComponentUnfit(
            f"The {name} of {reference} does not fit {model.name}: {why}.",
            hint=f"that of another model of the family {model.family} may fit"
            + (f": {', '.join(fitting)}" if fitting else ""),
            component=name,
            fitting=fitting,
        )
    class_name = found.class_name or own.class_name
    digest = network_digest(found, registry.digest_cache)
    return ComponentChoice(name, reference, found.path, class_name, digest, found.weights)


def _find(name: str, reference: str, registry: ModelRegistry) -> Path:
    """The folder or file of the network ``name`` that ``reference`` means."""
    manifest = registry.manifests.get(reference)
    preset = registry.presets.models.get(reference)
    if manifest is not None:
        folder = Path(manifest.folder)
        return folder / manifest.single_file if manifest.single_file else folder / name
    if preset is not None and preset.folder is not None:
        return preset.folder / name
    path = Path(reference).expanduser().absolute()
    if path.is_dir():
        return path / name if (path / INDEX_FILE).is_file() else path
    if path.is_file():
        return path
    if preset is not None:
        raise ModelNotFound(
            f"The model {reference} has not been pulled yet.",
            hint=f"fetch it with `audobon models pull {reference}`",
            model=reference,
        )
    near = nearest(reference, [*registry.presets.models, *(m.name for m in registry.manifests.all())])
    raise ModelNotFound(
        f"There is no model, folder or file {reference!r} to take the {name} from.",
        hint=f"did you mean {' or '.join(near)}?" if near else "`audobon models list` shows the models",
        model=reference,
    )


def _unfit(own: NetworkFiles, found: NetworkFiles) -> str:
    """Why ``found`` cannot stand in for ``own``; empty if it can."""
    if found.config is None:
        return _unfit_file(own, found)
    if found.class_name != own.class_name and not any(
        {own.class_name, found.class_name} <= role for role in SAME_ROLE
    ):
        return f"it is a {found.class_name or 'network of no known class'}, and a {own.class_name} is needed"
    mine, other = _flat(own.config or {}), _flat(found.config)
    for key in INTERFACE:
        if key in mine and key in other and mine[key] != other[key]:
            return f"its {key} is {other[key]}, and {mine[key]} is needed"
    return ""


def _unfit_file(own: NetworkFiles, found: NetworkFiles) -> str:
    """As _unfit for a file without a configuration: every tensor must have its place and its shape."""
    shapes = found.shapes
    if own.class_name == "AutoencoderKL" and is_original_autoencoder(shapes):
        key = "decoder.conv_in.weight"
        theirs = shapes.get(key, shapes.get(f"first_stage_model.{key}"))
        return "" if theirs == own.shapes.get(key) else f"its latents have the shape of {key} {theirs}"
    for name, shape in own.shapes.items():
        if name not in shapes:
            return f"it has no weight {name}"
        if shapes[name] != shape:
            return f"its weight {name} has the shape {list(shapes[name])}, and {list(shape)} is needed"
    return ""


def _flat(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration with that of its text part, which wraps the same keys in newer models."""
    inner = config.get("text_config")
    return {**(inner if isinstance(inner, dict) else {}), **config}


def _fitting(model: Model, registry: ModelRegistry) -> list[str]:
    """The models at hand of the same family."""
    found = {m.name for m in registry.manifests.all() if m.family == model.family and not m.single_file}
    found |= {p.name for p in registry.presets.models.values() if p.folder and p.family == model.family}
    return sorted(found - {model.name})
