"""Headers of safetensors files: every tensor's type, shape and place, without reading the weights.

Format (https://github.com/huggingface/safetensors#format): 8 bytes, the header's length N as an unsigned
little-endian integer; N bytes of JSON; then the tensors' data, exactly as long as the header says.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import ModelDamaged

MAX_HEADER_BYTES = 100_000_000
"""The format's own limit."""

DTYPE_BYTES = {
    "F64": 8,
    "F32": 4,
    "F16": 2,
    "BF16": 2,
    "I64": 8,
    "I32": 4,
    "I16": 2,
    "I8": 1,
    "U64": 8,
    "U32": 4,
    "U16": 2,
    "U8": 1,
    "BOOL": 1,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
}
"""Bytes of one element. Types not listed (newer ones, some with packed elements) are not checked."""


@dataclass(frozen=True, slots=True)
class SafetensorsHeader:
    """What one safetensors file holds; ``dtypes`` are the format's names; ``shapes`` maps each
    tensor to its own."""

    file_bytes: int
    parameters: int
    dtypes: tuple[str, ...]
    tensors: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def read_header(folder: Path, relative: str) -> SafetensorsHeader:
    """Read and check the header of ``folder / relative``.

    The data must end exactly where the file ends, so that a file cut off or grown by a single byte is
    found. Changed bytes inside the data are not: that takes the digest. Raises ModelDamaged.
    """
    try:
        with (folder / relative).open("rb") as file:
            file_bytes = file.seek(0, 2)
            file.seek(0)
            header_bytes = int.from_bytes(file.read(8), "little")
            if file_bytes < 8 or header_bytes > min(file_bytes - 8, MAX_HEADER_BYTES):
                raise _damaged(folder, relative, "is truncated or is not a safetensors file")
            text = file.read(header_bytes)
    except OSError as error:
        raise _damaged(folder, relative, f"cannot be read ({error.strerror})") from error
    try:
        entries = json.loads(text)
        entries.pop("__metadata__", None)
        tensors = {name: _tensor(entry) for name, entry in entries.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(folder, relative, "has a header that is not that of a safetensors file") from error
    expected = 8 + header_bytes + max((end for _, _, end in tensors.values()), default=0)
    if expected != file_bytes:
        fault = "truncated" if file_bytes < expected else "padded"
        raise _damaged(folder, relative, f"is {fault}: it has {file_bytes} bytes instead of {expected}")
    return SafetensorsHeader(
        file_bytes=file_bytes,
        parameters=sum(count for _, count, _ in tensors.values()),
        dtypes=tuple(sorted({dtype for dtype, _, _ in tensors.values()})),
        tensors=tuple(sorted(tensors)),
        shapes={name: tuple(map(int, entries[name]["shape"])) for name in tensors},
    )


def _tensor(entry: dict[str, Any]) -> tuple[str, int, int]:
    """Type, number of elements and end of the data of one header entry. ValueError if they disagree."""
    dtype, (begin, end) = str(entry["dtype"]), entry["data_offsets"]
    count = math.prod(entry["shape"])
    element = DTYPE_BYTES.get(dtype)
    if not 0 <= begin <= end or (element is not None and end - begin != count * element):
        raise ValueError("offsets and shape disagree")
    return dtype, count, end


def _damaged(folder: Path, relative: str, fact: str) -> ModelDamaged:
    return ModelDamaged(
        f"The model file {folder / relative} {fact}.",
        hint="copy or download the model again; `audobon models list` shows the others",
        path=str(folder),
        file=relative,
    )
