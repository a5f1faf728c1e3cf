"""What comes out of a node of ComfyUI's graph: texts, numbers, and the words behind a conditioning."""

from typing import Any

from audobon_cli.media.image.foreign.comfyui_graph import Graph, Node, as_link

MAX_DEPTH = 100
POSITIVE, NEGATIVE = 0, 1

_ENCODED = (
    # Of a node with several encoders the one that reads sentences first.
    *("populated_text", "t5xxl", "text", "text_g", "text_l", "clip_g", "clip_l", "llama", "mt5xl", "bert"),
    *("prompt", "user_prompt", "string", "wildcard_text"),
)
_TEXTS = (*_ENCODED, "value", "text_0", "output", "str", "multiline_text", "text1", "positive")
_BY_ROLE = (
    ("positive", "positive_prompt", "prompt_positive", "text_positive", "positive_text"),
    ("negative", "negative_prompt", "prompt_negative", "text_negative", "negative_text"),
)
_NO_WORDS = frozenset(
    (
        *(
            "model",
            "clip",
            "vae",
            "control_net",
            "image",
            "images",
            "mask",
            "latent",
            "latent_image",
            "samples",
        ),
        *("pixels", "style_model", "clip_vision", "clip_vision_output", "noise", "sampler", "sigmas", "seed"),
    )
)


def text_in(node: Node, keys: tuple[str, ...]) -> str:
    """The first text that ``node`` has itself under one of ``keys``."""
    values = (node.inputs.get(key) for key in keys)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def text_at(graph: Graph, link: Any, depth: int = 0) -> str:
    """The text that comes out of a link: of nodes that hold, join or hand on texts."""
    node = graph.behind(link)
    if node is None or depth > MAX_DEPTH:
        return ""
    if any(word in node.type.lower() for word in ("concat", "join", "combine")):
        return _joined(graph, node, depth)
    chosen = _chosen(node)
    keys = [chosen] if chosen else [key for key in _TEXTS if key in node.inputs]
    for key in keys:
        if found := _value(graph, node.inputs[key], depth):
            return _replaced(graph, node, found, depth)
    links = [
        value for key, value in node.inputs.items() if as_link(value) is not None and key not in _NO_WORDS
    ]
    return next((found for one in links if (found := text_at(graph, one, depth + 1))), "")


def _value(graph: Graph, value: Any, depth: int) -> str:
    if isinstance(value, str):
        return value
    return text_at(graph, value, depth + 1) if as_link(value) is not None else ""


def _joined(graph: Graph, node: Node, depth: int) -> str:
    delimiter = next(
        (node.inputs[key] for key in ("delimiter", "separator") if isinstance(node.inputs.get(key), str)), ""
    )
    delimiter = delimiter.replace("\\n", "\n")
    parts = [
        _value(graph, value, depth)
        for key, value in node.inputs.items()
        if key.lower().startswith(("text", "string", "input", "str", "prompt"))
    ]
    return delimiter.join(part for part in parts if part)


def _replaced(graph: Graph, node: Node, text: str, depth: int) -> str:
    """``text`` after what ComfyUI's own StringReplace and StringTrim do with it."""
    if node.type == "StringReplace":
        old, new = (_value(graph, node.inputs.get(key), depth) for key in ("find", "replace"))
        return text.replace(old, new) if old else text
    return text.strip() if node.type == "StringTrim" else text


def _chosen(node: Node) -> str:
    """The input that a switch lets through, "" for a node that is none."""
    if "switch" not in node.type.lower():
        return ""
    number = node.inputs.get("select", node.inputs.get("index", node.inputs.get("input")))
    names = (f"input{number}", f"input_{number}", f"text_{number}", f"any_{number}", f"value{number}")
    return next((name for name in names if name in node.inputs), "")


def number_at(graph: Graph, link: Any, keys: tuple[str, ...], depth: int = 0) -> int | float | str | None:
    """The number that comes out of a link: under one of ``keys``, or from further back."""
    node = graph.behind(link)
    if node is None or depth > MAX_DEPTH:
        return None
    for key in keys:
        value = node.inputs.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().isdecimal():
            return value
    found = (
        number_at(graph, value, keys, depth + 1)
        for value in node.inputs.values()
        if as_link(value) is not None
    )
    return next((one for one in found if one is not None), None)


def prompt_at(graph: Graph, link: Any, role: int) -> str:
    """The words behind a conditioning; ``role`` is POSITIVE or NEGATIVE. Several are put line by line."""
    words: list[str] = []
    _collect(graph, link, role, words, set())
    return "\n".join(dict.fromkeys(words))


def _collect(
    graph: Graph, link: Any, role: int, words: list[str], seen: set[tuple[str, int, int]], depth: int = 0
) -> None:
    node, place = graph.behind(link), as_link(link)
    if node is None or place is None or (*place, role) in seen or depth > MAX_DEPTH:
        return
    seen.add((*place, role))
    if "zeroout" in node.type.lower():
        return  # what goes in is made nothing of
    inputs = node.inputs
    if as_link(inputs.get("positive")) is not None and as_link(inputs.get("negative")) is not None:
        # Both go in and both come out: the first output is the positive one (ControlNetApplyAdvanced and its kin).
        bundle = "pipe" in node.type.lower()  # whose outputs come in an order of their own
        role = place[1] if place[1] in (POSITIVE, NEGATIVE) and not bundle else role
        _collect(graph, inputs[("positive", "negative")[role]], role, words, seen, depth + 1)
        return
    if filled := text_in(node, ("populated_text",)):
        words.append(filled.strip())  # what a template beside it came to
        return
    own = [text.strip() for key in (*_BY_ROLE[role], *_ENCODED) if (text := _text_under(graph, node, key))]
    if own:
        words += [text for text in own if text]
        return
    chosen = _chosen(node)
    names = [chosen] if chosen else _conditionings(node, role)
    for name in names:
        before = len(words)
        _collect(graph, inputs[name], role, words, seen, depth + 1)
        if len(words) > before and "cond" not in name.lower():
            return  # inputs called conditioning are put together; of others the first with words


def _text_under(graph: Graph, node: Node, key: str) -> str:
    value = node.inputs.get(key)
    if isinstance(value, str):
        return value
    behind = graph.behind(value) if as_link(value) is not None else None
    # A positive conditioning is a link, too, and no text.
    return "" if behind is None or key in ("positive", "negative") else text_at(graph, value)


def _conditionings(node: Node, role: int) -> list[str]:
    """The names of the links that may bring words, those of ``role`` first."""
    links = [
        name for name, value in node.inputs.items() if as_link(value) is not None and name not in _NO_WORDS
    ]
    other = ("positive", "negative")[1 - role]
    return sorted(
        (name for name in links if not name.lower().startswith(other)),
        key=lambda name: (
            not name.lower().startswith(("positive", "negative")[role]),
            "cond" not in name.lower(),
        ),
    )
