"""The header of a LoRA's file, from its bytes: which layers it changes, and what its trainer noted.

The format is safetensors: eight bytes with the header's length, a JSON header, the numbers
(https://github.com/huggingface/safetensors#format). Notes are those of the Stability AI Model Metadata Standard
(``modelspec.``) and kohya-ss' scripts (``ss_``).
"""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.domain.foreign.text import visible_line
from audobon_cli.domain.media import WeightsInfo

MOST_HEADER_BYTES = 16 * 2**20
MOST_NOTE = 120
"""Characters of what is taken from a header into the library."""
RECIPE_KEY = "audobon.recipe"
ARCHITECTURE = "modelspec.architecture"
EMBEDDING_END = "/textual-inversion"
"""How the architecture of embeddings ends, by the metadata standard."""
DOWN = re.compile(r"[._]lora[._](A|down)\b|[._]lora_(A|down)\.|\.lora\.down\.")
"""What the first factors of a low-rank change are called: peft, kohya-ss, diffusers before peft."""


@dataclass(frozen=True, slots=True)
class WeightsHeader:
    """``info`` is what the library keeps, ``notes`` all texts of the header."""

    info: WeightsInfo
    notes: dict[str, str]

    @property
    def is_embedding(self) -> bool:
        """Whether it is an embedding (textual inversion), and no LoRA."""
        return self.notes.get(ARCHITECTURE, "").endswith(EMBEDDING_END)


def looks_like_weights(data: bytes) -> bool:
    """Whether ``data`` begins as a safetensors file."""
    length = int.from_bytes(data[:8], "little")
    return data[8:9] == b"{" and 2 <= length <= MOST_HEADER_BYTES * 8


def in_order(data: bytes) -> bytes:
    """The safetensors file ``data`` with the notes of its header sorted: safetensors writes them in an order of chance
    (0.8). Raises ValueError for a damaged header."""
    length = int.from_bytes(data[:8], "little")
    header = parse_json_object(data[8 : 8 + length], MOST_HEADER_BYTES)
    if "__metadata__" in header:
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    return with_header(header, data[8 + length :])


def with_header(header: Mapping[str, Any], numbers: bytes) -> bytes:
    """The safetensors file of ``header`` and ``numbers``."""
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # the format's own alignment
    return len(text).to_bytes(8, "little") + text + numbers


def header_end(data: bytes) -> int:
    """Where the header of the file that begins with ``data`` ends, at most that of the longest that is read."""
    return 8 + min(int.from_bytes(data[:8], "little"), MOST_HEADER_BYTES)


def read_weights(data: bytes, size: int | None = None) -> WeightsHeader:
    """What the file ``data`` says of itself; of a file of ``size`` bytes the header is enough. Raises PictureUnreadable
    for what is damaged, or no LoRA."""
    size = len(data) if size is None else size
    length = int.from_bytes(data[:8], "little")
    if not looks_like_weights(data) or length > min(MOST_HEADER_BYTES, size - 8):
        raise _unreadable("it is cut off, or no safetensors file")
    try:
        entries = parse_json_object(data[8 : 8 + length], MOST_HEADER_BYTES)
        noted = entries.pop("__metadata__", None) or {}
        notes = {str(key): value for key, value in noted.items() if isinstance(value, str)}
        ends = [int(entry["data_offsets"][1]) for entry in entries.values()]
        embedding = notes.get(ARCHITECTURE, "").endswith(EMBEDDING_END)
        downs = {name: _shape(entry) for name, entry in entries.items() if embedding or DOWN.search(name)}
        parameters = sum(math.prod(_shape(entry)) for entry in entries.values())
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise _unreadable("its header is damaged") from error
    if 8 + length + max(ends, default=0) != size:
        raise _unreadable("it is cut off, or has more bytes than its header says")
    if not downs:
        raise _unreadable(
            "of the files of weights only LoRAs are taken; whole models are for `audobon models add`"
        )
    rank = max(shape[0] if shape else 0 for shape in downs.values())
    info = WeightsInfo(
        len(downs),
        parameters,
        rank,
        _noted(notes, ARCHITECTURE).removesuffix("/lora").removesuffix(EMBEDDING_END),
        _noted(notes, "modelspec.trigger_phrase"),
    )
    return WeightsHeader(info, notes)


def _shape(entry: Any) -> tuple[int, ...]:
    shape = tuple(entry["shape"])
    if len(shape) > 8 or not all(isinstance(side, int) and 0 <= side < 2**31 for side in shape):
        raise ValueError("a shape of no tensor")
    return shape


def _noted(notes: dict[str, str], key: str) -> str:
    return visible_line(notes.get(key, ""))[:MOST_NOTE]


def _unreadable(why: str) -> PictureUnreadable:
    return PictureUnreadable(
        f"This file of weights cannot be taken: {why}.", hint="fetch or train it again", why=why
    )
