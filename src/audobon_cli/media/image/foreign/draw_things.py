"""Draw Things (macOS, iOS): JSON in the ``exif:UserComment`` of an XMP packet or of Exif, with short names: c for the
prompt, uc for what should not be in it."""

import re

from audobon_cli.media.image.foreign.reader import (
    PARAMETERS,
    Texts,
    details_of,
    json_object,
    seed_of,
    text_of,
)
from audobon_cli.media.image.foreign.xmp import elements, list_items, plain_text
from audobon_cli.media.types import Foreign
from audobon_cli.media.xmp import XMP_KEYWORD

_ATTRIBUTE = re.compile(r"exif:UserComment=(\"[^\"]*\"|'[^']*')")
_KEYS = ("steps", "scale", "sampler", "size", "strength", "lora")


def read_draw_things(texts: Texts) -> Foreign | None:
    """See ForeignReader."""
    packet = texts.get(XMP_KEYWORD, "")
    element, attribute = next(elements(packet, "exif:UserComment"), ""), _ATTRIBUTE.search(packet)
    written = [*list_items(element), plain_text(element)]
    written += [plain_text(attribute[1][1:-1])] if attribute else []
    written += [texts.get(PARAMETERS, "")]  # Exif's own
    data = next((found for one in written if (found := json_object(one)) is not None), None)
    if data is None or not isinstance(data.get("c"), str) or "seed" not in data:
        return None
    details = details_of("draw things", data.get("uc"), data, _KEYS)
    return Foreign(text_of(data["c"]), text_of(data.get("model")), seed_of(data.get("seed")), details=details)
