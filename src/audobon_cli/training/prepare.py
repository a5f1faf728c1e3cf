"""From what was asked for to a run: gathered, checked, filed and frozen, before anything is begun."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from audobon_cli.domain.errors import AudobonError, InvalidInput, ModelExists
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.model import Model
from audobon_cli.engines.base import ShouldStop, never
from audobon_cli.hardware.probe import usable_cpus
from audobon_cli.library.store.library import Library
from audobon_cli.models.catalog import find_model
from audobon_cli.models.files.folder import inspect_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.training.networks.families.registry import check_is_trainable, check_takes_words
from audobon_cli.training.pictures.findings import CheckedSet, check_set, refuse_unfit
from audobon_cli.training.pictures.gather import SetRequest, file_pictures
from audobon_cli.training.pictures.training_set import TrainingSet
from audobon_cli.training.run import TrainingRun, refuse_encrypted, with_threads
from audobon_cli.training.settings import EMBEDDING, LORA, settings_of
from audobon_cli.training.train import TrainingContext, model_digest_of, picture_opener

SAMPLES = 4
"""Sample pictures that are drawn on the way, if nothing is said."""
SMALL_MODEL_PARAMETERS = 100_000_000
"""Below this one thread trains: as engines.diffusers.engine draws; two were no quicker (2026-11)."""

LibraryOpener = Callable[[], Library]


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What was asked for: a LoRA, or by ``method`` an embedding, called ``name``, of the pictures ``wanted``, for
    ``model``. ``asked`` are settings that take the place of the preset's; ``samples`` prompts to draw on the way
    (empty: captions)."""

    name: str
    wanted: SetRequest
    model: str
    preset: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    samples: tuple[str, ...] = ()
    method: str = LORA


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A run, and what the checks found in its pictures."""

    run: TrainingRun
    model: Model
    checked: CheckedSet


def prepare(
    request: TrainingRequest,
    context: TrainingContext,
    keep: bool,
    listen: Listener = ignore,
    should_stop: ShouldStop = never,
) -> PreparedRun:
    """The run that ``request`` asks for. ``keep``: file pictures that are files yet, so that the run can open them.

    Raises what stands against it: ModelExists, TrainingUnsupported, TrainingSetRefused, PresetNotFound, InvalidInput
    and what finding model and pictures raises. Nothing is stored but pictures.
    """
    registry = context.registry
    check_name_is_free(request.name, registry)
    model = find_model(request.model, registry)
    check_is_trainable(model)
    word = request.name if request.method == EMBEDDING else ""
    if word:
        check_takes_words(model)
        check_word_is_new(word, model)
    if keep:
        refuse_encrypted(context.library)
    settings = settings_of(registry.presets, request.preset, model.family, request.asked, word)
    wanted = replace(request.wanted, trigger=word) if word else request.wanted
    checked = check_set(wanted, model, lambda: context.library, registry, listen, should_stop)
    if word:
        # Its tokens are new ones: of what pieces it were otherwise does not matter.
        kept = tuple(one for one in checked.findings if not one.code.startswith("trigger."))
        checked = replace(checked, findings=kept)
    refuse_unfit(checked.findings)
    gathered = file_pictures(checked.gathered, context.library, listen) if keep else checked.gathered
    pictures = gathered.training_set
    run = TrainingRun(
        request.name,
        _called(model, registry),
        model_digest_of(model, registry),
        settings,
        pictures,
        request.preset,
        request.samples or _captions(pictures),
        _card(pictures, context.library) if keep and not word else "",
    )
    if not settings.threads:
        run = with_threads(run, _threads(model))
    return PreparedRun(run, model, checked)


def _called(model: Model, registry: ModelRegistry) -> str:
    """What finds ``model`` again: its name, or the path of a folder that was named."""
    try:
        known = find_model(model.name, registry).folder == model.folder
    except AudobonError:  # nothing is called so, or something that is not here
        known = False
    return model.name if known else str(model.folder.absolute())


def check_name_is_free(name: str, registry: ModelRegistry) -> None:
    """Raise ModelExists, or InvalidInput for what is no name of a model."""
    registry.manifests.new_name(name)
    taken = registry.manifests.get(name) is not None or name in registry.presets.models
    style = name in registry.presets.styles
    if taken or style:
        what = "style" if style else "model"
        raise ModelExists(
            f"A {what} is called {name} already.",
            hint="give --name another"
            if style
            else f"give --name another, or `audobon models remove {name}`",
            name=name,
        )


def check_word_is_new(word: str, model: Model) -> None:
    """Raise InvalidInput for a word that is one token of ``model``: an embedding called so would take it away."""
    from audobon_cli.training.pictures.words import learning_model

    if any(len(one.pieces(word)) == 1 for one in learning_model(model).readers):
        raise InvalidInput(
            f"{word!r} is a word that {model.name} knows already.", hint=f"give --name another: {word}-look"
        )


def _captions(pictures: TrainingSet) -> tuple[str, ...]:
    """Captions to draw: of pictures held out first, which nothing is learnt of."""
    order = (*pictures.held_out, *pictures.learnt)
    texts = dict.fromkeys(pictures.pictures[index].caption for index in order)
    return tuple(text for text in texts if text)[:SAMPLES]


def _card(pictures: TrainingSet, library: Library) -> str:
    """The style card of what is learnt from, as JSON."""
    import numpy as np

    from audobon_cli.styles.learn import learn
    from audobon_cli.styles.pictures import looks_of

    open_picture = picture_opener(library)
    looks = looks_of([np.asarray(open_picture(one), dtype=np.uint8) for one in pictures.pictures])
    return learn(looks).to_json()


def _threads(model: Model) -> int:
    return 1 if inspect_model(model.folder).parameters < SMALL_MODEL_PARAMETERS else usable_cpus()
