"""Headers of GGUF files: every tensor's type, shape and place, without reading the weights.

Format (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), all little-endian: the magic GGUF, a version, the
numbers of tensors and of metadata entries; the entries (key, type, value); for each tensor its name, sides
(the fastest first), type and offset; padding to ``general.alignment``; the tensors' data.
"""

import math
import struct
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelDamaged, ModelUnsupported

MAGIC = b"GGUF"
VERSIONS = (2, 3)
ALIGNMENT = 32
"""Bytes to which tensors are aligned where the metadata does not say."""
MAX_SIDES = 4
MAX_ENTRIES = 1_000_000
"""More tensors or metadata entries than any file has: a header that claims so lies."""
MAX_TEXT_BYTES = 1 << 24

Value = int | float | bool | str

_NUMBERS = {
    0: Struct("<B"),
    1: Struct("<b"),
    2: Struct("<H"),
    3: Struct("<h"),
    4: Struct("<I"),
    5: Struct("<i"),
    6: Struct("<f"),
    7: Struct("<?"),
    10: Struct("<Q"),
    11: Struct("<q"),
    12: Struct("<d"),
}
_TEXT, _LIST = 8, 9

BLOCKS: Mapping[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 40),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
}
"""Types of tensors by their number in ggml.h: name, weights in a block, bytes of a block."""


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor: ``kind`` is a name in BLOCKS; ``shape`` is that of PyTorch, the fastest side last; ``begin``
    is where its ``size_bytes`` lie, from the start of the data."""

    name: str
    kind: str
    shape: tuple[int, ...]
    begin: int
    size_bytes: int

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class GgufHeader:
    """What one file holds. ``metadata`` has single values only; lists (vocabularies) are left out."""

    file_bytes: int
    metadata: Mapping[str, Value]
    tensors: tuple[GgufTensor, ...]

    @property
    def architecture(self) -> str:
        """What the file says that it is, such as flux, sd3 or llama; "" where it does not."""
        return str(self.metadata.get("general.architecture", ""))

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The tensors' shapes by name."""
        return {tensor.name: tensor.shape for tensor in self.tensors}


def read_gguf_header(file: Path) -> GgufHeader:
    """Read and check the header of ``file``.

    Every tensor must lie within the file and end before the next begins, the last where the file ends (but for
    padding). Raises ModelDamaged, and ModelUnsupported for versions and types of tensors that are not known here.
    """
    try:
        with file.open("rb") as opened:
            size = opened.seek(0, 2)
            opened.seek(0)
            return _Reader(file, opened, size).header()
    except OSError as error:
        raise _damaged(file, f"cannot be read ({error.strerror})") from error
    except (struct.error, UnicodeDecodeError, ValueError) as error:
        raise _damaged(file, "is truncated or has a header that is not that of a GGUF file") from error


class _Reader:
    """Reads one header from the front. A ValueError or struct.error means that it is torn."""

    def __init__(self, file: Path, opened: BinaryIO, size: int) -> None:
        self._file = file
        self._opened = opened
        self._size = size

    def header(self) -> GgufHeader:
        if self._opened.read(4) != MAGIC:
            raise _damaged(self._file, "is no GGUF file")
        version = self._number(4)
        if version not in VERSIONS:
            raise ModelUnsupported(
                f"The file {self._file} is GGUF of version {version}; those read here are "
                f"{' and '.join(map(str, VERSIONS))} in little-endian order.",
                hint="get a newer file of the same model",
                path=str(self._file),
            )
        tensors, entries = self._count(10), self._count(10)
        found = ((self._text(), self._value(self._number(4))) for _ in range(entries))
        metadata = {key: value for key, value in found if value is not None}
        rows = tuple(self._tensor() for _ in range(tensors))
        self._check_places(rows, metadata)
        return GgufHeader(self._size, metadata, rows)

    def _tensor(self) -> GgufTensor:
        name = self._text()
        sides = [self._count(10, self._size * 8) for _ in range(self._count(4, MAX_SIDES))]
        kind = self._number(4)
        begin = int(self._number(10))
        if kind not in BLOCKS:
            raise ModelUnsupported(
                f"The file {self._file} keeps {name} in a type of GGUF that is not known here (number {kind}).",
                hint="get a file of another quantisation of the same model",
                path=str(self._file),
            )
        label, block, block_bytes = BLOCKS[int(kind)]
        if sides and sides[0] % block:
            raise ValueError("a row is no whole number of blocks")
        size = math.prod(sides) // block * block_bytes
        return GgufTensor(name, label, tuple(reversed(sides)), begin, size)

    def _check_places(self, tensors: tuple[GgufTensor, ...], metadata: Mapping[str, Value]) -> None:
        alignment = metadata.get("general.alignment", ALIGNMENT)
        if not isinstance(alignment, int) or not 0 < alignment <= 1 << 20:
            raise ValueError("alignment")
        data = -(-self._opened.tell() // alignment) * alignment
        end = 0
        for tensor in sorted(tensors, key=lambda tensor: tensor.begin):
            if tensor.begin < end or tensor.begin % alignment:
                raise _damaged(self._file, f"is damaged: {tensor.name} lies where another tensor does")
            end = tensor.begin + tensor.size_bytes
        if len({tensor.name for tensor in tensors}) < len(tensors):
            raise ValueError("a name twice")
        if data + end > self._size:
            raise _damaged(
                self._file, f"is truncated: it has {self._size} bytes, and its tensors end at {data + end}"
            )
        if data + -(-end // alignment) * alignment < self._size:
            raise _damaged(
                self._file, f"is padded: it has {self._size} bytes, and its tensors end at {data + end}"
            )

    def _number(self, kind: int) -> int | float | bool:
        form = _NUMBERS[kind]
        value: int | float | bool = form.unpack(self._opened.read(form.size))[0]
        return value

    def _count(self, kind: int, limit: int = MAX_ENTRIES) -> int:
        count = int(self._number(kind))
        if count > limit:
            raise ValueError("more than can be")
        return count

    def _text(self) -> str:
        length = self._count(10, min(MAX_TEXT_BYTES, self._size))
        data = self._opened.read(length)
        if len(data) < length:
            raise ValueError("the file ends inside a text")
        return data.decode()

    def _value(self, kind: int | float | bool) -> Value | None:
        """A value of metadata; None for a list, which is passed over."""
        if kind == _TEXT:
            return self._text()
        if kind != _LIST:
            if kind not in _NUMBERS:
                raise ValueError("a type of metadata that there is not")
            return self._number(int(kind))
        inner, length = self._number(4), self._count(10, self._size)
        if inner in _NUMBERS:
            self._opened.seek(_NUMBERS[int(inner)].size * length, 1)
        elif inner == _TEXT:
            for _ in range(length):
                self._text()
        else:
            raise ValueError("lists of lists are not written by anything")
        return None


def _damaged(file: Path, fact: str) -> ModelDamaged:
    return ModelDamaged(
        f"The model file {file} {fact}.",
        hint="copy or download the file again",
        path=str(file.parent),
        file=file.name,
    )
