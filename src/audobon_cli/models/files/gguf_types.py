"""How GGUF files keep weights, and what unpacking them takes: figures that need no file."""

from audobon_cli.dataclass import dataclass

UNPACKED = ("F32", "F16")
"""Types that diffusers loads as plain tensors."""

UNPACKING_BYTES = {
    "Q8_0": 2.0,
    "Q4_0": 3.0,
    "Q4_1": 5.0,
    "Q5_0": 10.0,
    "Q5_1": 10.0,
    "Q6_K": 5.125,
    "Q5_K": 7.1875,
    "Q4_K": 5.1875,
    "Q3_K": 5.3125,
    "Q2_K": 5.25,
    "IQ4_NL": 12.0,
    "IQ4_XS": 12.21875,
    "BF16": 8.0,
}
"""Bytes a weight that live at once while diffusers unpacks a layer of each type (dequantize_gguf_tensor in
diffusers/quantizers/gguf/utils.py); a test holds them to a recording of it. Other types cannot be loaded."""

_RESULT_BYTES = 2
"""A weight unpacked, before it is brought to the precision of the call: scales are float16."""


@dataclass(frozen=True, slots=True)
class Packing:
    """The packed weights of a file: how many they are, the bytes that they take, and the type that most of them
    have. ``unpacking_bytes`` is the worst of UNPACKING_BYTES among its types."""

    kind: str
    elements: int
    size_bytes: int
    unpacking_bytes: float

    def stored_bytes(self, linear_elements: int, width: int) -> float:
        """Bytes a weight of the linear layers, which have ``linear_elements`` weights in all, those that the file
        does not pack with ``width`` bytes each."""
        plain = max(0, linear_elements - self.elements)
        return (self.size_bytes + plain * width) / max(1, linear_elements)


def transient_bytes(packing: Packing, half: bool, width: int) -> float:
    """Bytes a weight that live at once while a layer is unpacked to numbers of ``width`` bytes; ``half``: to
    float16, for which nothing is converted in the end."""
    return packing.unpacking_bytes if half else max(packing.unpacking_bytes, _RESULT_BYTES + width)
