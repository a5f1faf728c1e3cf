"""ONNX files written by hand: the few fields of the protocol buffers that a small graph needs."""

import struct
from collections.abc import Sequence

FLOAT, INT, INTS = 1, 2, 7


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _value(name: str, shape: Sequence[int | str]) -> bytes:
    dimensions = b"".join(_field(1, _field(1 if isinstance(one, int) else 2, one)) for one in shape)
    tensor = _field(1, FLOAT) + _field(2, dimensions)
    return _field(1, name) + _field(2, _field(1, tensor))


def _node(kind: str, inputs: Sequence[str], output: str, *attributes: bytes) -> bytes:
    named = b"".join(_field(1, one) for one in inputs) + _field(2, output) + _field(4, kind)
    return named + b"".join(_field(5, one) for one in attributes)


def style_network(
    channels_last: bool = True,
    style_first: bool = False,
    sides: tuple[int | str, int | str] = ("h", "w"),
    channels: int = 3,
) -> bytes:
    """A network whose picture is half of its input ``content`` and half of the mean colour of its input ``style``."""
    shape = (1, *sides, channels) if channels_last else (1, channels, *sides)
    axes = b"".join(_field(8, axis) for axis in ((1, 2) if channels_last else (2, 3)))
    reduced = (
        _field(1, "axes") + axes + _field(20, INTS),
        _field(1, "keepdims") + _field(3, 1) + _field(20, INT),
    )
    half = _field(1, 1) + _field(2, FLOAT) + _field(8, "half") + _field(9, struct.pack("<f", 0.5))
    nodes = (
        _node("ReduceMean", ["style"], "mean", *reduced),
        _node("Add", ["content", "mean"], "sum"),
        _node("Mul", ["sum", "half"], "made"),
    )
    free = ("b", "y", "x", channels) if channels_last else ("b", channels, "y", "x")
    graph = b"".join(_field(1, one) for one in nodes) + _field(2, "style") + _field(5, half)
    inputs = [_field(11, _value("content", shape)), _field(11, _value("style", free))]
    graph += b"".join(reversed(inputs) if style_first else inputs)
    graph += _field(12, _value("made", free))
    return _field(1, 8) + _field(8, _field(2, 13)) + _field(7, graph)
