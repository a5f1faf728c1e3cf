"""Refiners: a second model that draws the last steps on the latents of the first."""

from pathlib import Path

from audobon_cli.domain.adapters import Refiner, RefinerChoice
from audobon_cli.domain.errors import AdapterUnfit, ModelNotFound, ModelUnsupported
from audobon_cli.domain.model import AlphaMode, Model
from audobon_cli.services.model_shelf import ModelShelf
from audobon_cli.services.models import find_model
from audobon_cli.stores.model_files import ModelFiles, inspect_model, model_digest
from audobon_cli.stores.model_index import read_object

BASES = ("StableDiffusionXLPipeline",)
"""Pipelines that take ``denoising_end``."""

REFINERS = ("StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLPipeline")
"""Pipelines, or those whose image-to-image siblings, take ``denoising_start``."""

LATENT_FIELDS = ("latent_channels", "scaling_factor")
"""What two autoencoders must share for the latents of one to mean something to the other."""


def resolve_refiner(choice: RefinerChoice, base: Model, shelf: ModelShelf) -> Refiner:
    """Find the refiner and see that it draws on in the latents of ``base``.

    Raises ModelNotFound, AdapterUnfit, ModelDamaged or ModelAltered. Hashes every file the first time.
    """
    if base.pipeline not in BASES:
        raise AdapterUnfit(
            f"{base.name} cannot leave its last steps to a refiner: it is a {base.pipeline}.",
            hint=f"leave out --refiner, or use it with a model of {' or '.join(BASES)}",
        )
    model = _find(choice.reference, base, shelf)
    files = inspect_model(model.folder)
    if files.pipeline not in REFINERS:
        raise AdapterUnfit(
            f"{choice.reference} cannot refine: it is a {files.pipeline}.",
            hint=f"name a model of {' or '.join(REFINERS)}, such as the SDXL refiner" + _at_hand(base, shelf),
            adapter=choice.reference,
        )
    ours, theirs = (read_object(folder, "vae/config.json") for folder in (base.folder, model.folder))
    for name in LATENT_FIELDS:
        if ours.get(name) != theirs.get(name):
            raise AdapterUnfit(
                f"{choice.reference} cannot refine the pictures of {base.name}: its latents have {name} "
                f"{theirs.get(name)}, those of {base.name} {ours.get(name)}.",
                hint="name a model with the same latents" + _at_hand(base, shelf),
                adapter=choice.reference,
            )
    digest = model_digest(model.folder, shelf.digest_cache, dict(model.digests))
    return Refiner(model, digest, choice.share)


def _find(reference: str, base: Model, shelf: ModelShelf) -> Model:
    """The model called ``reference``; refiners belong to no family, as they make nothing from words alone."""
    manifest = shelf.manifests.get(reference)
    folder = Path(manifest.folder) if manifest and not manifest.single_file else Path(reference).expanduser()
    if (manifest is None and not folder.is_dir()) or not (folder / "model_index.json").is_file():
        return find_model(reference, shelf)
    digests = tuple((file.path, file.sha256) for file in manifest.files) if manifest else ()
    files: ModelFiles = inspect_model(folder)
    return Model(
        name=manifest.name if manifest else folder.name,
        family=base.family,
        pipeline=files.pipeline,
        folder=folder.absolute(),
        licence=manifest.licence if manifest else "unknown",
        size_rule=base.size_rule,
        alpha=AlphaMode.NONE,
        digests=digests,
    )


def _at_hand(base: Model, shelf: ModelShelf) -> str:
    """The models on the shelf that could refine ``base``."""
    names = []
    for manifest in shelf.manifests.all():
        try:
            if inspect_model(Path(manifest.folder)).pipeline in REFINERS:
                names.append(manifest.name)
        except (ModelNotFound, ModelUnsupported):
            continue
    names = [name for name in names if name != base.name]
    return f"; at hand: {', '.join(names)}" if names else ""
