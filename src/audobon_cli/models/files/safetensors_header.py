"""Headers of safetensors files: every tensor's type, shape and place, without reading the weights.

Format (https://github.com/huggingface/safetensors#format): 8 bytes, the header's length N as an unsigned
little-endian integer; N bytes of JSON; then the tensors' data, exactly as long as the header says.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelDamaged

MAX_HEADER_BYTES = 32_000_000
"""More than any published file has, whose headers end at a few megabytes (kohya's lists of tags); the format's
own limit is 100 MB, which would take a gigabyte to read."""

MAX_BRACKETS = 60_000
"""Of lists and objects in a header: three for each tensor, so some 20,000 tensors; published files have fewer than
10,000. Each costs memory, and time wherever names are looked through."""

MAX_NAME = 300
"""Characters of a tensor's name: some three times the longest that trainers write."""

MAX_SIDES = 8
"""Of a tensor's shape: no layer of any network has more than five."""

BOUND = 1 << 63
"""Sides, elements and offsets are below this, as the format's readers hold them."""

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
    tensor to its own; ``metadata`` is what the writing tool noted beside them."""

    file_bytes: int
    parameters: int
    dtypes: tuple[str, ...]
    tensors: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


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
        tensors, metadata = _parse(text)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(folder, relative, "has a header that is not that of a safetensors file") from error
    expected = 8 + header_bytes + max((tensor.end for tensor in tensors.values()), default=0)
    if expected != file_bytes:
        fault = "truncated" if file_bytes < expected else "padded"
        raise _damaged(folder, relative, f"is {fault}: it has {file_bytes} bytes instead of {expected}")
    return SafetensorsHeader(
        file_bytes=file_bytes,
        parameters=sum(tensor.count for tensor in tensors.values()),
        dtypes=tuple(sorted({tensor.dtype for tensor in tensors.values()})),
        tensors=tuple(sorted(tensors)),
        shapes={name: tensor.shape for name, tensor in tensors.items()},
        metadata=metadata,
    )


@dataclass(frozen=True, slots=True)
class _Tensor:
    """One entry of a header; ``end`` is that of its data."""

    dtype: str
    shape: tuple[int, ...]
    count: int
    end: int


def _parse(text: bytes) -> tuple[dict[str, _Tensor], dict[str, str]]:
    """The tensors and the metadata in a header. Raises ValueError and its like for any other text."""
    if text.count(b"{") + text.count(b"[") > MAX_BRACKETS:
        raise ValueError("more entries than any network has")
    entries = json.loads(text)
    if any(len(name) > MAX_NAME for name in entries):
        raise ValueError("a name longer than any layer has")
    noted = entries.pop("__metadata__", None)
    metadata = {key: value for key, value in (noted or {}).items() if isinstance(value, str)}
    return {name: _tensor(entry) for name, entry in entries.items()}, metadata


def _tensor(entry: dict[str, Any]) -> _Tensor:
    """One header entry. ValueError if its numbers are none, out of bounds, or disagree."""
    dtype, shape, (begin, end) = str(entry["dtype"]), entry["shape"], entry["data_offsets"]
    if len(shape) > MAX_SIDES or not all(_is_count(number) for number in (*shape, begin, end)):
        raise ValueError("a shape or an offset is no small whole number")
    count = math.prod(shape)
    element = DTYPE_BYTES.get(dtype)
    if not (count < BOUND and begin <= end) or (element is not None and end - begin != count * element):
        raise ValueError("offsets and shape disagree")
    return _Tensor(dtype, tuple(shape), count, end)


def _is_count(number: object) -> bool:
    return type(number) is int and 0 <= number < BOUND


def _damaged(folder: Path, relative: str, fact: str) -> ModelDamaged:
    return ModelDamaged(
        f"The model file {folder / relative} {fact}.",
        hint="copy or download the model again; `audobon models list` shows the others",
        path=str(folder),
        file=relative,
    )
