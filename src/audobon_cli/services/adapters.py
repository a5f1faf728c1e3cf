"""From the adapters that were asked for to those that will be loaded: found, of the right kind, fitting the model.

Everything is told from names and headers; nothing of a model is loaded.
"""

from collections.abc import Iterable
from pathlib import Path

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
from audobon_cli.services.adapter_files import (
    IMAGE_ENCODER,
    FoundAdapter,
    adapters_on_shelf,
    check_digest,
    find_adapter,
)
from audobon_cli.services.input_pictures import inspect_input
from audobon_cli.services.model_architecture import ModelArchitecture, architecture_of
from audobon_cli.services.model_shelf import ModelShelf
from audobon_cli.services.refiners import resolve_refiner
from audobon_cli.stores.weight_kinds import WeightKind

OPTIONS = {
    WeightKind.LORA: "--lora",
    WeightKind.EMBEDDING: "--embedding",
    WeightKind.CONTROLNET: "--control-model",
    WeightKind.IP_ADAPTER: "--reference-model",
    WeightKind.CHECKPOINT: "--model",
}


def resolve_adapters(choices: AdapterChoices, model: Model, shelf: ModelShelf) -> Adapters:
    """Find what ``choices`` name and see that it fits ``model``.

    Raises ModelNotFound, AdapterUnfit (naming what does fit), InvalidInput for pickled files and for
    pictures that cannot be read, ModelDamaged or ModelAltered. Hashes every file the first time.
    """
    if not choices:
        return Adapters()
    fitting = _Fitting(model, shelf)
    pictures = [inspect_input(choice.picture) for choice in choices.controls]
    seen = [inspect_input(choice.picture) for choice in choices.references]
    loras = [fitting.named(choice.reference, WeightKind.LORA) for choice in choices.loras]
    embeddings = [fitting.named(name, WeightKind.EMBEDDING) for name in choices.embeddings]
    controls = fitting.controls(choices)
    adapter = fitting.ip_adapter(choices.reference_model) if choices.references else None
    refiner = resolve_refiner(choices.refiner, model, shelf) if choices.refiner else None
    _refuse_same_tokens([_token(found) for found in embeddings])
    return Adapters(
        loras=tuple(
            Lora(check_digest(found, shelf), choice.weight)
            for found, choice in zip(loras, choices.loras, strict=True)
        ),
        embeddings=tuple(Embedding(check_digest(found, shelf), _token(found)) for found in embeddings),
        controls=tuple(
            Control(choice.kind, picture, choice.weight, check_digest(found, shelf))
            for choice, picture, found in zip(choices.controls, pictures, controls, strict=True)
        ),
        references=tuple(
            Reference(picture, choice.weight)
            for picture, choice in zip(seen, choices.references, strict=True)
        ),
        reference_files=check_digest(adapter, shelf) if adapter else None,
        refiner=refiner,
    )


class _Fitting:
    """What fits one model, out of what is named or lies on the shelf."""

    def __init__(self, model: Model, shelf: ModelShelf) -> None:
        self._model = model
        self._shelf = shelf
        self._architecture = architecture_of(model)

    def named(self, reference: str, kind: WeightKind) -> FoundAdapter:
        """The adapter called ``reference``. Raises AdapterUnfit unless it is of ``kind`` and fits."""
        found = find_adapter(reference, self._shelf)
        if found.facts.kind is not kind:
            option = OPTIONS.get(found.facts.kind)
            raise AdapterUnfit(
                f"{reference} is no {kind.value}: going by its weights it is a {found.facts.kind.value}.",
                hint=f"give it with {option}" if option else f"name a {kind.value}{self._that_fit(kind)}",
                adapter=reference,
                kind=found.facts.kind.value,
            )
        self._check(found)
        return found

    def controls(self, choices: AdapterChoices) -> list[FoundAdapter]:
        """A ControlNet for each control."""
        if choices.control_models:
            return [self.named(name, WeightKind.CONTROLNET) for name in choices.control_models]
        return [self._controlnet_for(choice) for choice in choices.controls]

    def ip_adapter(self, reference: str | None) -> FoundAdapter:
        """The IP-Adapter called so, or the one on the shelf, with its image encoder."""
        if reference is not None:
            found = self.named(reference, WeightKind.IP_ADAPTER)
        else:
            found = self._only(self._fitting(WeightKind.IP_ADAPTER), "IP-Adapter", "--reference-model")
        if found.image_encoder is None:
            raise AdapterUnfit(
                f"The IP-Adapter {found.name} has no image encoder that goes with it.",
                hint=f"put the folder {IMAGE_ENCODER} of its source beside {found.weights}",
                path=str(found.weights),
            )
        return found

    def _controlnet_for(self, choice: ControlChoice) -> FoundAdapter:
        fitting = self._fitting(WeightKind.CONTROLNET)
        if choice.kind is not ControlKind.MAP:
            named = [found for found in fitting if choice.kind.value in found.name.casefold()]
            others = [kind.value for kind in ControlKind if kind is not choice.kind]
            neutral = [f for f in fitting if not any(kind in f.name.casefold() for kind in others)]
            what = f"ControlNet for {choice.kind.value}"
            return self._only(named or neutral, what, "--control-model", fitting)
        return self._only(fitting, "ControlNet", "--control-model")

    def _only(
        self, found: list[FoundAdapter], what: str, option: str, others: Iterable[FoundAdapter] = ()
    ) -> FoundAdapter:
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(adapter.name for adapter in found)
            raise InvalidInput(
                f"There is more than one {what} for {self._model.name}: {names}.",
                hint=f"choose one with {option}",
                fitting=[adapter.name for adapter in found],
            )
        names = ", ".join(adapter.name for adapter in others)
        raise ModelNotFound(
            f"There is no {what} on the shelf that fits the model {self._model.name}.",
            hint=f"name one with {option}, or make it known with `audobon models add` or `models pull`"
            + (f"; of others there are: {names}" if names else ""),
            model=self._model.name,
            nearest=[adapter.name for adapter in others],
        )

    def _check(self, found: FoundAdapter) -> None:
        """Raise AdapterUnfit if header and model contradict each other."""
        own = self._own_architecture(found.facts.kind)
        theirs = found.facts.architecture
        if _agree(found, self._architecture):
            return
        assert own is not None
        assert theirs is not None
        raise AdapterUnfit(
            f"The {found.facts.kind.value} {found.name} does not fit the model {self._model.name}: it is for "
            f"{_described(theirs.network, theirs.widths, theirs.family)}, the model is "
            f"{_described(own.network, own.widths, own.family)}.",
            hint=f"name a {found.facts.kind.value}{self._that_fit(found.facts.kind)}"
            + self._models_for(found),
            adapter=found.name,
            model=self._model.name,
            fitting=[adapter.name for adapter in self._fitting(found.facts.kind)],
        )

    def _own_architecture(self, kind: WeightKind):  # type: ignore[no-untyped-def]
        raise NotImplementedError
