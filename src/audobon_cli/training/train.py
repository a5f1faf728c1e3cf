"""Training a run from its first step, or its checkpoint, to an asset and a model that `generate --lora` knows."""

import base64
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.__about__ import __version__
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.derivation import TRAINED, TRAINED_EMBEDDING, Derivation, Parent
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.ids import BlobId
from audobon_cli.domain.inputs import ImageInputs
from audobon_cli.domain.model import Model
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.engines.base import ShouldStop, never
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.media.registry import inspect_file
from audobon_cli.media.weights.header import ARCHITECTURE, EMBEDDING_END
from audobon_cli.models.catalog import find_model
from audobon_cli.models.loras.trained import TRAINED_ON, TRAINED_ON_FAMILY, USE_KEY, LoraUse
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.settings.settings import Settings
from audobon_cli.training.pictures.training_set import TrainingPicture
from audobon_cli.training.run import RunFolder, TrainingRun
from audobon_cli.training.settings import EMBEDDING
from audobon_cli.training.words import nearness_words

if TYPE_CHECKING:
    from PIL.Image import Image

    from audobon_cli.training.networks.session import TrainingSession

SAMPLE_SEED = 1
CHECKED = 2
"""Pictures by which the written files are held against the model in memory."""
CHECK_QUALITY = "draft"
JUDGED = 6
"""Pictures that are held against those learnt."""
USUAL_STRENGTH = 0.5
"""How far the network goes from a composition with a LoRA, if the settings say nothing."""
WORDS_ALONE = 1.0
THUMBNAIL = "modelspec.thumbnail"
THUMBNAIL_SIDE = 256


@dataclass(frozen=True, slots=True)
class TrainingContext:
    """What a run works with here: ``listen`` is told what happens, ``should_stop`` asked at every step."""

    library: Library
    registry: ModelRegistry
    settings: Settings
    listen: Listener = ignore
    should_stop: ShouldStop = never


@dataclass(frozen=True, slots=True)
class TrainedRun:
    """What came of a run. ``facts`` are JSON-ready; ``files`` by their names (TrainingRun.file_names); ``data`` is the
    asset's file."""

    facts: dict[str, Any]
    data: bytes
    files: dict[str, Path]


def strength_of(run: TrainingRun, model: Model) -> float:
    """How far the network goes with the LoRA from what ``model`` composes; 0 for models that compose nothing."""
    return 0.0 if model.exemplars is None else run.settings.strength or USUAL_STRENGTH


def train(run: TrainingRun, folder: RunFolder, context: TrainingContext) -> TrainedRun:
    """Train ``run``, standing in ``folder``, and write and check its files. Nothing is filed yet: see file_run.

    Raises Interrupted behind a checkpoint, TrainingUnsupported, TrainingDiverged, TrainedFileDiffers,
    CheckpointDamaged, OutOfMemory, DiskFull and what finding the model and its pictures raises.
    """
    from audobon_cli.training.networks.session import TrainingPlace, TrainingSession

    model = find_model(run.model, context.registry)
    check_model_is(run, model, context.registry)
    folder.prepare(run)
    strength = strength_of(run, model)
    place = TrainingPlace(
        run,
        model,
        folder,
        picture_opener(context.library),
        tuple(_request(prompt, run, strength, context, place) for place, prompt in enumerate(run.samples)),
        context.settings.device or None,
        context.listen,
        context.should_stop,
    )
    session = TrainingSession(place)
    session.load()
    session.train()
    return _finish(session, context)


def _finish(session: "TrainingSession", context: TrainingContext) -> TrainedRun:
    from audobon_cli.training.networks.outcome import nearness, packages, pictures_in_memory, write_files
    from audobon_cli.training.networks.session import history_of

    run, model, trainer = session.place.run, session.place.model, session.trainer
    standing, strength = trainer.standing, strength_of(session.place.run, session.place.model)
    captions = list(dict.fromkeys(run.pictures.pictures[index].caption for index in run.pictures.learnt))
    judged = [
        _request(text, run, WORDS_ALONE if strength else 0.0, context, place, CHECK_QUALITY)
        for place, text in enumerate(captions[:JUDGED])
    ]
    nearest, usual = nearness(session, judged)
    assert standing.best is not None
    history = history_of(trainer, standing.best)
    facts: dict[str, Any] = {
        "best_step": standing.best_step,
        "steps": standing.step,
        "parameters": trainer.layers.count,
        "layers": trainer.layers.places,
        "untrained": history.untrained,
        "learnt": standing.best.learnt,
        "held_out": standing.best.held_out,
        "verdict": replace(history, stale=0).words(),
        "nearest": round(nearest, 5),
        "usual": round(usual, 5),
        "memorising": nearness_words(nearest, usual),
        "strength": strength,
        "libraries": packages(),
    }
    checks = judged[:CHECKED]
    expected = pictures_in_memory(session, checks)
    header = _header(run, model, facts, trainer.trainable.architecture)
    made = write_files(session, {**header, THUMBNAIL: thumbnail(expected)}, checks, expected)
    facts["levels"] = made.levels
    files = {names: session.place.folder.file(names) for names in made.files}
    return TrainedRun(facts, made.files[run.file_names[0]], files)


def _request(
    prompt: str,
    run: TrainingRun,
    strength: float,
    context: TrainingContext,
    place: int,
    quality: str | None = None,
) -> ResolvedRequest:
    """The picture of ``prompt`` by the run's model: seed SAMPLE_SEED + ``place``, the network's own style."""
    asked = GenerationRequest(
        prompt=prompt,
        model=run.model,
        quality=quality,
        style="none",
        seed=SAMPLE_SEED + place,
        inputs=ImageInputs(strength=strength or None),
    )
    try:
        return resolve(asked, context.settings, context.registry, lambda: context.library)
    except InvalidInput:
        if not strength or strength == WORDS_ALONE:
            raise
        # Nothing in its words is an exemplar: the network draws from the words alone.
        return resolve(
            replace(asked, inputs=ImageInputs(strength=WORDS_ALONE)), context.settings, context.registry
        )


def check_model_is(run: TrainingRun, model: Model, registry: ModelRegistry) -> None:
    """Raise InvalidInput if ``model`` is not, byte for byte, what ``run`` was begun with."""
    if model_digest_of(model, registry) != run.model_digest:
        raise InvalidInput(
            f"The model {run.model} has changed since the run was begun.",
            hint="bring the model back, or cancel the run and train anew",
            model=run.model,
        )


def model_digest_of(model: Model, registry: ModelRegistry) -> str:
    """The digest of all files of ``model``. Raises ModelDamaged or ModelAltered."""
    from audobon_cli.engines.diffusers.predicted_facts import whole_digest

    return whole_digest(model, registry.digest_cache)


def picture_opener(library: Library) -> Callable[[TrainingPicture], "Image"]:
    """What opens pictures of a set by their blobs: RGBA, straight alpha, of animations the first frame."""

    def open_picture(picture: TrainingPicture) -> "Image":
        from PIL import Image

        from audobon_cli.media.registry import medium_named

        decoded: Any = medium_named("image").decode(library.blobs.read(picture.digest), picture.name)
        return Image.fromarray(decoded.frames[0])

    return open_picture


def _header(run: TrainingRun, model: Model, facts: dict[str, Any], architecture: str) -> dict[str, str]:
    """What the files say of themselves: the Stability AI Model Metadata Standard, what kohya-ss' scripts say,
    and how this program uses it."""
    settings, pictures = run.settings, run.pictures
    licences = sorted({one.licence for one in pictures.pictures if one.licence})
    use = LoraUse(pictures.trigger, facts["strength"], run.card)
    embedding = settings.method == EMBEDDING
    network = {
        "ss_network_module": "networks.lora",
        "ss_network_dim": str(settings.rank),
        "ss_network_alpha": f"{settings.alpha:g}",
    }
    words: dict[str, int] = {}
    for index in pictures.learnt:
        for part in pictures.pictures[index].caption.split(","):
            words[part.strip()] = words.get(part.strip(), 0) + 1
    return {
        "modelspec.sai_model_spec": "1.0.0",
        ARCHITECTURE: f"{architecture}{EMBEDDING_END if embedding else '/lora'}",
        "modelspec.implementation": "diffusers",
        "modelspec.title": run.name,
        "modelspec.trigger_phrase": pictures.trigger,
        "modelspec.license": ", ".join(licences),
        "modelspec.resolution": str(model.size_rule.native),
        **({} if embedding else network),
        TRAINED_ON_FAMILY: model.family,
        TRAINED_ON: model.name,
        "ss_output_name": run.name,
        "ss_num_train_images": str(len(pictures.learnt)),
        "ss_steps": str(facts["best_step"]),
        "ss_max_train_steps": str(settings.steps_for(len(pictures.learnt))),
        "ss_learning_rate": f"{settings.rate:g}",
        "ss_min_snr_gamma": f"{settings.min_snr:g}",
        "ss_seed": str(settings.seed),
        "ss_optimizer": "torch.optim.AdamW",
        "ss_tag_frequency": json.dumps({run.name: words}, sort_keys=True, ensure_ascii=False),
        "audobon.training": json.dumps(
            {"model_digest": run.model_digest, "pictures": pictures.digest, **facts}, sort_keys=True
        ),
        USE_KEY: use.to_json(),
    }


def file_run(run: TrainingRun, trained: TrainedRun, context: TrainingContext) -> tuple[Asset, Asset | None]:
    """File the LoRA and the style card of its pictures, or the embedding, and make it known by the run's name.

    Done again it finds what it has done. Raises what filing and `models add` raise.
    """
    library, embedding = context.library, run.settings.method == EMBEDDING
    held = [library.assets.holding(BlobId(one.digest)) for one in run.pictures.pictures]
    parents = list({one.id: one for one in held if one is not None}.values())
    derivation = Derivation(
        TRAINED_EMBEDDING if embedding else TRAINED,
        run.to_dict(),
        tuple(Parent(one.id, one.blob) for one in parents),
        {"audobon": __version__, **trained.facts["libraries"]},
    )
    inspected = inspect_file(trained.data)
    licences = sorted({one.licence for one in run.pictures.pictures if one.licence})
    draft = AssetDraft(
        run.name,
        AssetKind.EMBEDDING if embedding else AssetKind.LORA,
        inspected.media,
        model=run.model,
        format=inspected.format,
        metadata={"training": {**trained.facts, "licences": licences}},
        derivation=derivation,
        relations=tuple((RelationKind.DERIVED_FROM, one.id) for one in parents),
    )
    asset = add_asset(library, draft, trained.data).asset
    _make_known(run, trained.data, context.registry)
    card = _file_card(run, parents, context) if run.card and parents else None
    return asset, card


def _make_known(run: TrainingRun, data: bytes, registry: ModelRegistry) -> None:
    from audobon_cli.models.install.add import add
    from audobon_cli.storage.durable_files import output_errors, write_output

    path = registry.files(run.name) / f"{run.name}.safetensors"
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_output(path, data, overwrite=True)
    add(path, run.name, registry)


def _file_card(run: TrainingRun, parents: Sequence[Asset], context: TrainingContext) -> Asset:
    from audobon_cli.derivations.sources import Source
    from audobon_cli.sprites.style_cards import learn_card

    sources = [Source(one.name, asset=one) for one in parents]
    return learn_card(sources, f"{run.name}_style", context.library, None, False, ignore)[0]


def thumbnail(pictures: Sequence["Image"]) -> str:
    """``pictures`` as a data URL for a header."""
    from audobon_cli.training.networks.session import beside

    sheet = beside(pictures)
    sheet.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    stream = io.BytesIO()
    sheet.save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()
