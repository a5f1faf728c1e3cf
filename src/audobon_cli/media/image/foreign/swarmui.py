"""SwarmUI: JSON under ``parameters`` (PNG) or in Exif's UserComment (JPEG), with its settings in ``sui_image_params``
(the page on its image metadata format in mcmonkeyprojects/SwarmUI)."""

from audobon_cli.media.image.foreign.reader import (
    PARAMETERS,
    Texts,
    details_of,
    json_object,
    seed_of,
    text_of,
)
from audobon_cli.media.types import Foreign

_KEYS = ("steps", "cfgscale", "sampler", "scheduler", "width", "height", "swarm_version")


def read_swarmui(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    data = json_object(texts.get(PARAMETERS)) or {}
    settings = data.get("sui_image_params")
    if not isinstance(settings, dict):
        return None
    details = details_of("swarmui", settings.get("negativeprompt"), settings, _KEYS)
    return Foreign(
        text_of(settings.get("prompt")),
        text_of(settings.get("model")),
        seed_of(settings.get("seed")),
        details=details,
    )
