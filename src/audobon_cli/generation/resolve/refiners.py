"""Refiners: a second model that draws the last steps on the latents of the first."""

from dataclasses import replace
from pathlib import Path

from audobon_cli.domain.adapters import Refiner, RefinerChoice
from audobon_cli.domain.errors import AdapterUnfit, AudobonError
from audobon_cli.domain.model import Model
from audobon_cli.models.catalog import find_model
from audobon_cli.models.files.components import checkpoint_digest
from audobon_cli.models.files.folder import inspect_model, model_altered, model_digest
from audobon_cli.models.files.model_index import INDEX_FILE, read_object
from audobon_cli.models.registry import ModelRegistry

BASES = ("StableDiffusionXLPipeline",)
"""Pipelines that take ``denoising_end``."""

REFINERS = ("StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLPipeline")
"""Pipelines, or those whose image-to-image siblings, take ``denoising_start``."""

LATENT_FIELDS = ("latent_channels", "scaling_factor")
"""What two autoencoders must share for the latents of one to mean something to the other."""


def resolve_refiner(choice: RefinerChoice, base: Model, registry: ModelRegistry) -> Refiner:
    """Find the refiner and see that it draws on in the latents of ``base``.

    Raises ModelNotFound, AdapterUnfit, ModelDamaged or ModelAltered. Hashes every file the first time.
    """
    if base.pipeline not in BASES:
        raise AdapterUnfit(
            f"{base.name} cannot leave its last steps to a refiner: it is a {base.pipeline}.",
            hint=f"leave out --refiner, or use it with a model of {' or '.join(BASES)}",
        )
    model = _find(choice.reference, base, registry)
    files = inspect_model(model.folder)
    if files.pipeline not in REFINERS:
        raise AdapterUnfit(
            f"{choice.reference} cannot refine: it is a {files.pipeline}.",
            hint=f"name a model of {' or '.join(REFINERS)}, such as the SDXL refiner"
            + _at_hand(base, registry),
            adapter=choice.reference,
        )
    ours, theirs = (read_object(folder, "vae/config.json") for folder in (base.folder, model.folder))
    for name in LATENT_FIELDS:
        if ours.get(name) != theirs.get(name):
            raise AdapterUnfit(
                f"{choice.reference} cannot refine the pictures of {base.name}: its latents have {name} "
                f"{theirs.get(name)}, those of {base.name} {ours.get(name)}.",
                hint="name a model with the same latents" + _at_hand(base, registry),
                adapter=choice.reference,
            )
    return Refiner(model, _digest(model, registry), choice.share)


def _digest(model: Model, registry: ModelRegistry) -> str:
    """As the engine computes it for models."""
    expected = dict(model.digests)
    if model.checkpoint is None:
        return model_digest(model.folder, registry.digest_cache, expected)
    lender = model_digest(model.folder, registry.digest_cache)
    return checkpoint_digest(lender, model.checkpoint, registry.digest_cache, expected)


def _find(reference: str, base: Model, registry: ModelRegistry) -> Model:
    """The model called ``reference``; refiners belong to no family, as they make nothing from words alone."""
    manifest = registry.manifests.get(reference)
    folder = Path(manifest.folder if manifest else reference).expanduser().absolute()
    if (manifest is not None and manifest.is_weights) or not (folder / INDEX_FILE).is_file():
        return find_model(reference, registry)
    if manifest is not None and manifest.damaged:
        raise model_altered(manifest.name, folder, manifest.damaged)
    return replace(
        base,
        name=manifest.name if manifest else folder.name,
        pipeline=inspect_model(folder).pipeline,
        folder=folder,
        licence=manifest.licence if manifest else "unknown",
        digests=tuple((file.path, file.sha256) for file in manifest.files) if manifest else (),
        checkpoint=None,
    )


def _at_hand(base: Model, registry: ModelRegistry) -> str:
    """The models on the shelf that could refine ``base``."""
    names = []
    for manifest in registry.manifests.all():
        try:
            if not manifest.is_weights and inspect_model(Path(manifest.folder)).pipeline in REFINERS:
                names.append(manifest.name)
        except AudobonError:
            continue  # one that cannot be used is not offered
    names = [name for name in names if name != base.name]
    return f"; at hand: {', '.join(names)}" if names else ""
