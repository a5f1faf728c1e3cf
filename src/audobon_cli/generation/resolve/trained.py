"""LoRAs and embeddings that were trained here: their trigger words, how far the network goes, and `--style NAME`."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.adapters import LoraChoice
from audobon_cli.domain.errors import ModelNotFound
from audobon_cli.domain.request import GenerationRequest
from audobon_cli.models.registry import ModelRegistry

if TYPE_CHECKING:
    from audobon_cli.models.adapter_files import FoundAdapter
    from audobon_cli.models.loras.trained import LoraUse
    from audobon_cli.sprites.style_cards import FoundCard


@dataclass(frozen=True, slots=True)
class TrainedLook:
    """What the LoRAs and embeddings of a request say of how they are used: ``triggers`` are put before its words,
    ``strength`` is how far the network goes from a composition if nothing else asks for more (0: they say nothing).
    ``style`` is the LoRA that `--style` named, whose ``card`` (JSON; "": none) pictures are brought to; it was
    trained on ``model``, of ``family`` ("": nothing is said)."""

    triggers: tuple[str, ...] = ()
    strength: float = 0.0
    style: str = ""
    card: str = ""
    model: str = ""
    family: str = ""

    @property
    def speaks(self) -> bool:
        """Whether any of them was trained here."""
        return bool(self.triggers or self.strength)

    def called(self, prompt: str) -> str:
        """``prompt`` with the trigger words that it lacks, where captions have them: in front."""
        missing = [one for one in self.triggers if not _has_word(prompt, one)]
        return ", ".join([*missing, prompt])

    def found_card(self) -> "FoundCard | None":
        """The card, if there is one that can be read."""
        if not self.card:
            return None
        from audobon_cli.sprites.style_cards import FoundCard
        from audobon_cli.styles.card import card_from_json

        try:
            return FoundCard(card_from_json(self.card), None, self.style)
        except ValueError:
            return None


NO_LOOK = TrainedLook()


def read_trained(
    request: GenerationRequest, registry: ModelRegistry
) -> tuple[GenerationRequest, TrainedLook]:
    """``request`` with the LoRA that its style names, if it is one of those, and what its LoRAs say.

    Raises what find_adapter raises for LoRAs that are there and cannot be read.
    """
    style, own = "", None
    if request.style is not None and request.style not in (*registry.presets.styles, "none", ""):
        own = _trained(request.style, registry)
        style = request.style if own is not None else ""
    if not (style or request.adapters.loras or request.adapters.embeddings):
        return request, NO_LOOK
    from audobon_cli.models.loras.trained import TRAINED_ON, TRAINED_ON_FAMILY

    named = [one.reference for one in request.adapters.loras]
    if style:
        loras = request.adapters.loras if style in named else (*request.adapters.loras, LoraChoice(style))
        request = replace(request, style="none", adapters=replace(request.adapters, loras=loras))
    names = [one.reference for one in request.adapters.loras]
    found = {name: own if name == style else _lora(name, registry) for name in names}
    uses = {name: use for name, lora in found.items() if (use := _use_of(lora))}
    notes = lora.header.metadata if (lora := found.get(style)) else {}
    look = TrainedLook(
        tuple(
            dict.fromkeys(
                (*_words(request, registry), *(one.trigger for one in uses.values() if one.trigger))
            )
        ),
        max((one.strength for one in uses.values()), default=0.0),
        style,
        uses[style].card if style in uses else "",
        notes.get(TRAINED_ON, ""),
        notes.get(TRAINED_ON_FAMILY, ""),
    )
    if look.card and request.size is None and request.style_of is None:
        card = look.found_card()
        if card is not None:
            request = replace(request, size=str(round(card.card.value("side"))))
    return request, look


def _words(request: GenerationRequest, registry: ModelRegistry) -> Iterator[str]:
    """The words of the embeddings that were trained here: those by which they are loaded, whatever they are called."""
    from audobon_cli.models.adapter_files import find_adapter
    from audobon_cli.models.files.weight_kinds import WeightKind
    from audobon_cli.models.loras.trained import lora_use

    for reference in request.adapters.embeddings:
        try:
            found = find_adapter(reference, registry)
        except ModelNotFound:
            continue  # told after what the model cannot do at all
        if found.facts.kind is WeightKind.EMBEDDING and lora_use(found.header.metadata) is not None:
            yield from found.words


def _trained(name: str, registry: ModelRegistry) -> "FoundAdapter | None":
    """The LoRA on record as ``name``, if it was trained here."""
    manifest = registry.manifests.get(name)
    lora = _lora(name, registry) if manifest is not None and manifest.is_weights else None
    return lora if _use_of(lora) is not None else None


def _lora(reference: str, registry: ModelRegistry) -> "FoundAdapter | None":
    from audobon_cli.models.adapter_files import find_adapter
    from audobon_cli.models.files.weight_kinds import WeightKind

    try:
        found = find_adapter(reference, registry)
    except ModelNotFound:
        return None  # told after what the model cannot do at all
    return found if found.facts.kind is WeightKind.LORA else None


def _use_of(lora: "FoundAdapter | None") -> "LoraUse | None":
    from audobon_cli.models.loras.trained import lora_use

    return None if lora is None else lora_use(lora.header.metadata)


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
