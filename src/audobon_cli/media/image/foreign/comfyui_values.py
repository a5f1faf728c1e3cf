"""What comes out of a node of ComfyUI's graph: texts, numbers, and the words behind a conditioning."""

from typing import Any

from audobon_cli.media.image.foreign.comfyui_graph import Graph, Node, as_link
from audobon_cli.media.image.foreign.comfyui_nodes import changed, chosen, is_computed, joint, of_output

MAX_DEPTH = 100
POSITIVE, NEGATIVE = 0, 1
_ROLES = ("positive", "negative")

_ENCODED = (
    # Of a node with several encoders the one that reads sentences first.
    *("populated_text", "t5xxl", "text", "text_g", "text_l", "clip_g", "clip_l", "llama", "mt5xl", "bert"),
    *("prompt", "user_prompt", "string", "wildcard_text"),
    *("tags", "lyrics"),  # of ACE-Step, which sings
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
    if is_computed(node):
        return ""
    delimiter = joint(node)
    if delimiter is not None:
        return _joined(graph, node, delimiter, depth)
    through = chosen(graph, node) or of_output(node, link)
    for key in [through] if through else [key for key in _TEXTS if key in node.inputs]:
        if found := _value(graph, node.inputs[key], depth):
            return changed(node, found, lambda value: _value(graph, value, depth))
    if through:
        return ""
    links = [
        value for key, value in node.inputs.items() if as_link(value) is not None and key not in _NO_WORDS
    ]
    return next((found for one in links if (found := text_at(graph, one, depth + 1))), "")


def _value(graph: Graph, value: Any, depth: int) -> str:
    if isinstance(value, str):
        return value
    return text_at(graph, value, depth + 1) if as_link(value) is not None else ""


def _joined(graph: Graph, node: Node, delimiter: str, depth: int) -> str:
    parts = [
        _value(graph, value, depth)
        for key, value in node.inputs.items()
        if key.lower().startswith(("text", "string", "input", "str", "prompt"))
    ]
    return delimiter.join(part for part in parts if part)


def number_at(graph: Graph, link: Any, keys: tuple[str, ...], depth: int = 0) -> int | float | str | None:
    """The number that comes out of a link: under one of ``keys``, or from further back. None for one that a node works
    out of others."""
    node = graph.behind(link)
    if node is None or depth > MAX_DEPTH or is_computed(node):
        return None
    if through := chosen(graph, node):
        value = node.inputs[through]
        return number_at(graph, value, keys, depth + 1) if as_link(value) is not None else _number(value)
    for key in keys:
        if (own := _number(node.inputs.get(key))) is not None:
            return own
    found = (
        number_at(graph, value, keys, depth + 1)
        for value in node.inputs.values()
        if as_link(value) is not None
    )
    return next((one for one in found if one is not None), None)


def _number(value: Any) -> int | float | str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return value if isinstance(value, str) and value.strip().isdecimal() else None


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
    if "zeroout" in node.type.lower() or is_computed(node):
        return  # what goes in is made nothing of, or something else
    inputs = node.inputs
    if as_link(inputs.get("positive")) is not None and as_link(inputs.get("negative")) is not None:
        # Both go in and both come out: the first output is the positive one (ControlNetApplyAdvanced and its kin).
        bundle = "pipe" in node.type.lower()  # whose outputs come in an order of their own
        role = place[1] if place[1] in (POSITIVE, NEGATIVE) and not bundle else role
        for name in _conditionings(node, role):
            if name.lower().startswith(_ROLES[role]):  # of a pair that is put together there are several
                _collect(graph, inputs[name], role, words, seen, depth + 1)
        return
    if filled := text_in(node, ("populated_text",)):
        words.append(filled.strip())  # what a template beside it came to
        return
    through = chosen(graph, node)
    own = [text.strip() for key in (*_BY_ROLE[role], *_ENCODED) if (text := _text_under(graph, node, key))]
    names = [through] if through else _conditionings(node, role)
    if own and not through:  # a node may add words to a conditioning (GLIGENTextBoxApply)
        names = [name for name in names if name.startswith("conditioning")]
    before = len(words)
    for name in names:
        if len(words) > before and not _is_added(name, role):
            break
        _collect(graph, inputs[name], role, words, seen, depth + 1)
    words += [] if through else [text for text in own if text]


def _is_added(name: str, role: int) -> bool:
    """Whether an input is put together with others of its kind; of all others the first with words counts."""
    return "cond" in name.lower() or name.lower().startswith(_ROLES[role])


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
    other = _ROLES[1 - role]
    return sorted(
        (name for name in links if not name.lower().startswith(other)),
        key=lambda name: (
            not name.lower().startswith(_ROLES[role]),
            "cond" not in name.lower(),
        ),
    )
