"""From the adapters that were asked for to those that will be loaded: found, of the right kind, fitting the model.

Everything is told from names and headers; nothing of a model is loaded.
"""

from collections.abc import Iterable, Sequence

from audobon_cli.domain.adapters import (
    AdapterChoices,
    Adapters,
    Control,
    ControlChoice,
    ControlKind,
    Embedding,
    Lora,
    Reference,
)
from audobon_cli.domain.errors import AdapterUnfit, InvalidInput, ModelNotFound
from audobon_cli.domain.model import Model
from audobon_cli.generation.input_images import LibraryOpener, inspect_input
from audobon_cli.generation.resolve.refiners import resolve_refiner
from audobon_cli.models.adapter_files import (
    IMAGE_ENCODER,
    OPTIONS,
    FoundAdapter,
    check_digest,
    find_adapter,
    registered_adapters,
)
from audobon_cli.models.architecture import ModelArchitecture, architecture_of, models_with
from audobon_cli.models.files.weight_kinds import WeightKind
from audobon_cli.models.loras.refusals import refuse_foreign
from audobon_cli.models.loras.tensors import read_tensors
from audobon_cli.models.registry import ModelRegistry


def resolve_adapters(
    choices: AdapterChoices, model: Model, registry: ModelRegistry, library: LibraryOpener | None = None
) -> Adapters:
    """Find what ``choices`` name and see that it fits ``model``.

    Raises ModelNotFound, AdapterUnfit (naming what does fit), InvalidInput for pickled files and for
    pictures that cannot be read, ModelDamaged or ModelAltered. Hashes every file the first time.
    """
    if not choices:
        return Adapters()
    fitting = _Fitting(model, registry)
    controlled = [inspect_input(choice.picture, library) for choice in choices.controls]
    seen = [inspect_input(choice.picture, library) for choice in choices.references]
    loras = [fitting.named(choice.reference, WeightKind.LORA) for choice in choices.loras]
    embeddings = [fitting.named(name, WeightKind.EMBEDDING) for name in choices.embeddings]
    controls = fitting.controls(choices)
    ip_adapter = fitting.ip_adapter(choices.reference_model) if choices.references else None
    refiner = resolve_refiner(choices.refiner, model, registry) if choices.refiner else None
    _refuse_twice(embeddings)
    return Adapters(
        loras=tuple(
            Lora(check_digest(found, registry), choice.weight)
            for found, choice in zip(loras, choices.loras, strict=True)
        ),
        embeddings=tuple(
            Embedding(files, token)
            for found in embeddings
            for files in (check_digest(found, registry),)
            for token in found.words
        ),
        controls=tuple(
            Control(choice.kind, picture, choice.weight, check_digest(found, registry))
            for choice, picture, found in zip(choices.controls, controlled, controls, strict=True)
        ),
        references=tuple(
            Reference(picture, choice.weight)
            for choice, picture in zip(choices.references, seen, strict=True)
        ),
        reference_files=check_digest(ip_adapter, registry) if ip_adapter else None,
        refiner=refiner,
    )


class _Fitting:
    """What fits one model, out of what is named or lies on the shelf."""

    def __init__(self, model: Model, registry: ModelRegistry) -> None:
        self._model = model
        self._registry = registry
        self._own: ModelArchitecture = architecture_of(model)

    def named(self, reference: str, kind: WeightKind) -> FoundAdapter:
        """The adapter called ``reference``. Raises AdapterUnfit unless it is of ``kind`` and fits."""
        found = find_adapter(reference, self._registry)
        actual = found.facts.kind
        if actual is not kind:
            option = OPTIONS.get(actual)
            raise AdapterUnfit(
                f"{reference} is no {kind.value}: going by its weights it is a {actual.value}.",
                hint=f"give it with {option}" if option else self._others(kind),
                adapter=reference,
                kind=actual.value,
            )
        if kind is WeightKind.LORA:
            refuse_foreign(read_tensors(found.header.shapes), found.name)
        own, theirs = self._own.for_kind(kind), found.facts.architecture
        if own is not None and theirs is not None and not own.agrees_with(theirs):
            models = models_with(theirs, kind, self._registry)
            fits = f"models at hand that it fits: {', '.join(models)}; " if models else ""
            raise AdapterUnfit(
                f"The {kind.value} {found.name} does not fit the model {self._model.name}: it is made for "
                f"{theirs}, the model is {own}.",
                hint=fits + self._others(kind),
                adapter=found.name,
                model=self._model.name,
                models=list(models),
                fitting=[adapter.name for adapter in self._fitting(kind)],
            )
        return found

    def controls(self, choices: AdapterChoices) -> list[FoundAdapter]:
        """A ControlNet for each control."""
        if choices.control_models:
            return [self.named(name, WeightKind.CONTROLNET) for name in choices.control_models]
        return [self._controlnet_for(choice) for choice in choices.controls]

    def ip_adapter(self, reference: str | None) -> FoundAdapter:
        """The IP-Adapter called so, or the one on the shelf; with its image encoder."""
        if reference is not None:
            found = self.named(reference, WeightKind.IP_ADAPTER)
        else:
            found = self._only(self._fitting(WeightKind.IP_ADAPTER), "IP-Adapter", "--reference-model")
        if found.image_encoder is None:
            raise AdapterUnfit(
                f"The image encoder that the IP-Adapter {found.name} was made for is not beside it.",
                hint=f"put the folder {IMAGE_ENCODER} of its source beside {found.weights}",
                path=str(found.weights),
            )
        return found

    def _controlnet_for(self, choice: ControlChoice) -> FoundAdapter:
        """The one whose name says what ``choice`` shows, else one whose name says nothing of the kind."""
        fitting = self._fitting(WeightKind.CONTROLNET)
        if choice.kind is ControlKind.MAP:
            return self._only(fitting, "ControlNet", "--control-model")
        named = [found for found in fitting if choice.kind.value in found.name.casefold()]
        kinds = [kind.value for kind in ControlKind]
        silent = [found for found in fitting if not any(kind in found.name.casefold() for kind in kinds)]
        return self._only(named or silent, f"ControlNet for {choice.kind.value}", "--control-model", fitting)

    def _only(
        self, found: Sequence[FoundAdapter], what: str, option: str, others: Iterable[FoundAdapter] = ()
    ) -> FoundAdapter:
        if len(found) == 1:
            return found[0]
        names = [adapter.name for adapter in found or others]
        if found:
            raise InvalidInput(
                f"More than one {what} fits the model {self._model.name}: {', '.join(names)}.",
                hint=f"choose with {option}",
                fitting=names,
            )
        instead = f"; fitting ones of other kinds: {', '.join(names)}" if names else ""
        raise ModelNotFound(
            f"No {what} that fits the model {self._model.name} is on the shelf.",
            hint=f"get one with `audobon models pull` or `models add`, or name a file with {option}{instead}",
            model=self._model.name,
            nearest=names,
        )

    def _fitting(self, kind: WeightKind) -> list[FoundAdapter]:
        own = self._own.for_kind(kind)
        return [
            found
            for found in registered_adapters(self._registry)
            if found.facts.kind is kind
            and (own is None or (theirs := found.facts.architecture) is None or own.agrees_with(theirs))
        ]

    def _others(self, kind: WeightKind) -> str:
        """What there is of ``kind`` for this model."""
        names = [found.name for found in self._fitting(kind)]
        if names:
            return f"of the kind {kind.value} {self._model.name} takes: {', '.join(names)}"
        return f"no {kind.value} on the shelf fits {self._model.name}; `audobon models list` shows all"


def _refuse_twice(embeddings: Sequence[FoundAdapter]) -> None:
    tokens = [token for found in embeddings for token in found.words]
    twice = next((token for token in tokens if tokens.count(token) > 1), None)
    if twice is not None:
        raise InvalidInput(
            f"Two embeddings are called {twice!r}.",
            hint="use one of them, or `models add` it by another name",
        )
