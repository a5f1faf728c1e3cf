"""Files changed as nobody means to: bytes, and the values of JSON, TOML and the headers of weights."""

import copy
import json
import math
import random
import struct
import tomllib
from typing import Any

LONG_TEXT = "a" * 100_000
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**400),
    *(0.5, -0.5, 1e-300, 1e308, math.inf, -math.inf, math.nan),
    *("", " ", "x", "0", "-1", "1e999", "9" * 5_000, "../../x", "/etc/passwd", "\x00", "\x1b]0;x\x07", "\ud800"),
    *("é" * 50, "{" * 300, "(" * 3_000, "[" * 3_000 + ")" * 3_000, "{a|" * 200, "{1..99999}" * 3, LONG_TEXT, "${x}"),
    *("http://u:p@h/?token=x", "__import__('os')", "a\nb\r\nc", "NaN", "true", "#ff", "1970-01-01", "64x64"),
    *([], {}, [None], [[]], [[[[[[[[]]]]]]]], {"": None}, {"x": {"x": {"x": {}}}}, [1, "a"], [{}], ["x"] * 5_000),
    *([1] * 5_000, [[1] * 50] * 200, {str(n): n for n in range(5_000)}),
)  # fmt: skip
"""What stands where something else is expected."""

_INSERTED = (
    b"[",
    b"{",
    b"{a|",
    b"(",
    b'"',
    b"'''",
    b"<a>",
    b"--x ",
    b"{1..9}",
    b"__a__",
    b"\\",
    b",",
    b"a.",
    b"\n",
    b"#",
)
_WORDS = (
    *(
        b"9" * 5_000,
        b"-1",
        b"1e999",
        b"inf",
        b"nan",
        b"18446744073709551616",
        b"\x1b]0;x\x07",
        b"\xef\xbb\xbf",
    ),
    *(b"\xff\xfe", b"\xed\xa0\x80", b"\0", b"\r", b"\xe2\x80\xae", b"null", b"true", b'"a"', b"--seed=1"),
)


def mutated(content: bytes, suffix: str, draw: random.Random) -> bytes:
    """``content`` of a file that ends in ``suffix``, changed once or several times."""
    structured = _STRUCTURED.get(suffix)
    if structured is not None and draw.random() < 0.7:
        try:
            return structured(content, draw)
        except (ValueError, KeyError, struct.error):
            pass  # what is no longer of its form is changed as bytes
    return mutated_bytes(content, draw)


def mutated_bytes(content: bytes, draw: random.Random) -> bytes:
    """``content`` with one to four changes: bits, bytes, numbers, repetitions, cuts, nesting and long digits."""
    data = bytearray(content)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(data) + 1)
        end = min(len(data), place + draw.choice((1, 2, 4, 8, 64)))
        kind = draw.randrange(9)
        if kind == 0 and data:
            data[min(place, len(data) - 1)] ^= 1 << draw.randrange(8)
        elif kind == 1:
            data[place:end] = draw.randbytes(end - place)
        elif kind == 2:
            data[place:end] = draw.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
        elif kind == 3:
            del data[place:]
        elif kind == 4:
            del data[place:end]
        elif kind == 5:
            data[place:place] = bytes(data[place:end]) * draw.choice((2, 100, 5_000))
        elif kind == 6:
            data[place:place] = draw.choice(_INSERTED) * draw.choice((1, 50, 20_000))
        else:
            data[place:place] = draw.choice(_WORDS)
    return bytes(data)


def _mutated_json(content: bytes, draw: random.Random) -> bytes:
    changed = _changed(json.loads(content), draw)
    return json.dumps(changed, ensure_ascii=draw.random() < 0.5).encode("utf-8", "surrogatepass")


def _mutated_lines(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    place = draw.randrange(len(lines))
    lines[place] = _mutated_json(lines[place] or b"{}", draw)
    return b"\n".join(lines)


def _mutated_toml(content: bytes, draw: random.Random) -> bytes:
    changed = _changed(tomllib.loads(content.decode()), draw)
    if not isinstance(changed, dict):
        return mutated_bytes(content, draw)
    return "".join(f"{_toml(str(key))} = {_toml(value)}\n" for key, value in changed.items()).encode(
        "utf-8", "surrogatepass"
    )


def _mutated_weights(content: bytes, draw: random.Random) -> bytes:
    (length,) = struct.unpack("<Q", content[:8])
    header = _changed(json.loads(content[8 : 8 + length]), draw)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


def _mutated_table(content: bytes, draw: random.Random) -> bytes:
    lines = content.decode().split("\n")
    place = draw.randrange(len(lines))
    cells = lines[place].split(",")
    cells[draw.randrange(len(cells))] = str(_odd(draw))
    lines[place] = ",".join(cells)
    return "\n".join(lines).encode("utf-8", "surrogatepass")


_STRUCTURED = {
    ".json": _mutated_json,
    ".jsonl": _mutated_lines,
    ".toml": _mutated_toml,
    ".safetensors": _mutated_weights,
    ".csv": _mutated_table,
}


def _odd(draw: random.Random) -> Any:
    return copy.deepcopy(draw.choice(ODD))


def _changed(value: Any, draw: random.Random) -> Any:
    root = [value]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        _change(root, draw)
    return root[0] if root else None


def _change(root: list[Any], draw: random.Random) -> None:
    """One value in ``root`` replaced, removed, copied elsewhere or given another name."""
    places = list(_places(root))
    if not places:
        root.append(_odd(draw))
        return
    holder, key = draw.choice(places)
    way = draw.random()
    if way < 0.6:
        holder[key] = _odd(draw)
    elif way < 0.7:
        del holder[key]
    elif way < 0.8:
        other, where = draw.choice(places)
        holder[key] = copy.deepcopy(other[where]) if where in other or isinstance(other, list) else None
    elif isinstance(holder, dict):
        holder[str(_odd(draw))[:200_000]] = holder[key] if draw.random() < 0.5 else _odd(draw)
    else:
        holder.insert(key, _odd(draw))


def _places(root: Any) -> Any:
    waiting = [root]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        for key in keys[:500]:
            yield holder, key
            if isinstance(holder[key], dict | list):
                waiting.append(holder[key])


def _toml(value: Any) -> str:
    """A value as TOML writes it in one line; what TOML has no form for stays what it is."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(str(key))} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return {True: "inf", False: "-inf"}[value > 0] if not math.isnan(value) else "nan"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)
