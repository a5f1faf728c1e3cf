"""Real objects changed at random: bytes, and values in JSON."""

import copy
import json
import random
from typing import Any

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 2**31, 2**64, -(2**63), 10**30, 1e308, float("inf"), float("nan"), 0.5),
    *(
        "",
        "zz",
        "0",
        "../../x",
        "/etc/x",
        "\x00",
        "é" * 50,
        "ab" * 16,
        "ab" * 32,
        "abc",
        "9999-12-31T23:59:59",
    ),
    *([], {}, [None], [[]], {"": None}, [1, "a"], [{}], {"format": 1}),
)


def mutated_bytes(content: bytes, draw: random.Random) -> bytes:
    """``content`` with one to three changes: bits, bytes, holes, repetitions, a cut end."""
    changed = bytearray(content)
    for _ in range(draw.randint(1, 3)):
        place = draw.randrange(len(changed) + 1)
        end = min(len(changed), place + draw.choice((1, 1, 2, 4, 8, 21, 100)))
        way = draw.randrange(7)
        if way == 0 and place < len(changed):
            changed[place] ^= 1 << draw.randrange(8)
        elif way == 1:
            changed[place:end] = draw.randbytes(end - place)
        elif way == 2:
            del changed[place:end]
        elif way == 3:
            changed[place:place] = changed[place:end]
        elif way == 4:
            changed[place:end] = draw.choice((b"\x00", b"\xff")) * (end - place)
        elif way == 5:
            changed[place:place] = draw.randbytes(draw.choice((1, 4, 21, 28)))
        else:
            del changed[place:]
    return bytes(changed)


def mutated_json(content: bytes, draw: random.Random) -> bytes:
    """JSON with one or two values replaced, removed, repeated or added; sometimes changed as bytes."""
    if draw.random() < 0.25:
        return mutated_bytes(content, draw)
    if draw.random() < 0.01:
        return b"[" * 100_000
    root = [json.loads(content)]
    for _ in range(draw.randint(1, 2)):
        _change(root, draw)
    return json.dumps(root[0] if root else None, sort_keys=True, separators=(",", ":")).encode()


def _odd(draw: random.Random) -> Any:
    return copy.deepcopy(draw.choice(ODD))


def _change(root: list[Any], draw: random.Random) -> None:
    places: list[tuple[Any, Any]] = [(root, 0)] if root else []
    for container, key in places:
        inner = container[key]
        keys: Any = inner if isinstance(inner, dict) else range(len(inner)) if isinstance(inner, list) else ()
        places.extend((inner, each) for each in list(keys)[:50])
    if not places:
        return
    container, key = draw.choice(places)
    way = draw.randrange(8)
    if way == 0:
        del container[key]
    elif way == 1 and isinstance(container[key], str) and container[key]:
        container[key] = mutated_bytes(container[key].encode(), draw).decode("latin-1")
    elif way == 2:
        container[key] = [container[key]]
    elif way == 3 and isinstance(container, dict):
        container["new"] = _odd(draw)
    else:
        container[key] = _odd(draw)
