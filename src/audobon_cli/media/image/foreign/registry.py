"""The readers in the order in which they are asked: the first that finds words is believed, else the first that finds
anything."""

import math
from dataclasses import replace
from typing import Any

from audobon_cli.domain.foreign.text import plain, without_mark
from audobon_cli.media.image.foreign.a1111 import read_a1111
from audobon_cli.media.image.foreign.comfyui import read_comfyui
from audobon_cli.media.image.foreign.described import read_described
from audobon_cli.media.image.foreign.draw_things import read_draw_things
from audobon_cli.media.image.foreign.fooocus import read_fooocus
from audobon_cli.media.image.foreign.invokeai import read_invokeai
from audobon_cli.media.image.foreign.json_parameters import read_json_parameters
from audobon_cli.media.image.foreign.novelai import read_novelai
from audobon_cli.media.image.foreign.own import read_own
from audobon_cli.media.image.foreign.reader import ForeignReader, Texts
from audobon_cli.media.image.foreign.swarmui import read_swarmui
from audobon_cli.media.image.foreign.xmp import read_xmp
from audobon_cli.media.types import Foreign

MAX_TAG_LENGTH = 64
MAX_DETAILS = 200
"""More than any program writes; each is a value in the database and a line on the screen."""

READERS: tuple[ForeignReader, ...] = (
    read_own,
    # These know their own marks, and say nothing where those are missing ...
    read_swarmui,
    read_novelai,
    read_invokeai,
    read_fooocus,
    read_described,
    # ... these take what is left of a kind: a graph, any JSON, any text.
    read_comfyui,
    read_json_parameters,
    read_a1111,
    read_draw_things,
    read_xmp,
)


def read_foreign(texts: Texts) -> Foreign:
    """What the ``texts`` of a picture say; texts that make no sense say nothing."""
    if not texts:
        return Foreign()
    clean = {keyword: without_mark(text) for keyword, text in texts.items()}
    wordless = Foreign()
    for reader in READERS:
        try:
            found = reader(clean)
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            continue
        if found is None:
            continue
        if found.prompt or found.recipe:
            return _storable(found)
        # Another reader may know more, as of A1111's text beside a graph that leads to no words.
        if (found.says_how, bool(found.details)) > (wordless.says_how, bool(wordless.details)):
            wordless = found
    return _storable(wordless)


def _storable(found: Foreign) -> Foreign:
    """``found`` without what no database text can hold: JSON may spell NUL and halves of characters."""
    return replace(
        found,
        prompt=plain(found.prompt).strip(),
        model=plain(found.model).strip(),
        note=plain(found.note),
        tags=tuple(
            tag for tag in map(plain, found.tags) if 0 < len(tag) <= MAX_TAG_LENGTH and tag.isprintable()
        ),
        details={
            plain(str(key)): _plain_value(value) for key, value in list(found.details.items())[:MAX_DETAILS]
        },
    )


def _plain_value(value: Any) -> Any:
    """``value`` as the database and JSON can hold it; numbers that are none of 64 bits become texts."""
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    return plain(str(value))
