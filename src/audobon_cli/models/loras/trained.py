"""What a LoRA that was trained here says in its header of how it is meant to be used."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.foreign.text import visible_line

USE_KEY = "audobon.use"
USE_SCHEMA = "audobon-lora/1"
TRAINED_ON = "ss_sd_model_name"
TRAINED_ON_FAMILY = "ss_base_model_version"
"""As kohya-ss' scripts call them; here they are names of this program's models and families."""
MOST_TRIGGER = 120
MOST_CARD_BYTES = 2**17
"""Cards take 8 KB."""


@dataclass(frozen=True, slots=True)
class LoraUse:
    """How a LoRA is used if nothing else is said: ``trigger`` is put behind the prompt; ``strength`` is how far the
    network goes from a composition, on models that compose (0: nothing is said); ``card`` is the style card of what it
    was trained on, as JSON ("": none), for ``--style``."""

    trigger: str = ""
    strength: float = 0.0
    card: str = ""

    def to_json(self) -> str:
        """As the header keeps it."""
        return json.dumps({"schema": USE_SCHEMA, **asdict(self)}, sort_keys=True, ensure_ascii=False)


def lora_use(metadata: Mapping[str, str]) -> LoraUse | None:
    """What a header with this metadata says; None for files of others, and for what makes no sense."""
    noted = metadata.get(USE_KEY)
    if noted is None:
        return None
    try:
        found = parse_json_object(noted, MOST_CARD_BYTES * 2)
        trigger, strength, card = found.get("trigger", ""), found.get("strength", 0.0), found.get("card", "")
        known = found.get("schema") == USE_SCHEMA
        if not (known and isinstance(trigger, str) and isinstance(card, str) and 0 <= float(strength) <= 1):
            return None
    except (ValueError, TypeError):
        return None
    if len(trigger) > MOST_TRIGGER or len(card) > MOST_CARD_BYTES:
        return None
    return LoraUse(visible_line(trigger).strip(), float(strength), card)
