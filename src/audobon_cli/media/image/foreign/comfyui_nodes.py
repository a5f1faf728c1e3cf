"""What single nodes of ComfyUI's graph do with what goes into them: switches, and nodes that work on texts.

ComfyUI's own are in comfy_extras (nodes_logic.py, nodes_string.py); the others are those of well-known packs.
"""

import re
from collections.abc import Callable
from typing import Any

from audobon_cli.media.image.foreign.comfyui_graph import Graph, Node, as_link

_PLACES = ("select", "index", "input")
_TRUE, _FALSE = ("on_true", "tt_value", "if_true"), ("on_false", "ff_value", "if_false")
_ASKED = ("switch", "boolean", "cond", "condition", "any", "boolean_number")
_VALUES = ("value", "boolean", "bool", "int", "number")
"""Where nodes that hold a single value have it."""
_NUMBERED = re.compile(r"[a-z]+_?0*([0-9]{1,3})")
_STEPS = 20
"""So far back a switch's own setting is looked for."""
_COMPUTED = ("math", "expression", "calculat", "evaluat", "random number", "regexreplace", "regexextract")
"""Types of nodes whose result stands nowhere in the graph; somebody else's regular expressions are not run."""
_PUT_TOGETHER = ("concat", "join", "combine")
_OF_OUTPUTS = {"Text String": ("text", "text_b", "text_c", "text_d")}
_BOTH = ("text_positive", "text_negative")
_CASES: dict[str, Callable[[str], str]] = {
    "UPPERCASE": str.upper,
    "lowercase": str.lower,
    "Capitalize": str.capitalize,
    "Title Case": str.title,
}
_TRIMS: dict[str, Callable[[str], str]] = {"Left": str.lstrip, "Right": str.rstrip}


def is_computed(node: Node) -> bool:
    """Whether what comes out of ``node`` is worked out of what goes in, in ways that are not followed here."""
    name = node.type.lower()
    return any(word in name for word in _COMPUTED)


def chosen(graph: Graph, node: Node) -> str:
    """The input that a switch lets through; "" for a node that is none, or where that cannot be told."""
    named = {name.lower(): name for name in node.inputs}
    yes, no = (next((named[one] for one in ways if one in named), "") for ways in (_TRUE, _FALSE))
    if yes or no:
        said = _said(graph, node, named)
        return "" if said is None else yes if said else no
    if "switch" not in node.type.lower():
        return ""
    number = next((node.inputs[named[one]] for one in _PLACES if one in named), None)
    if number is not None:
        number = _setting(graph, number)
        for lower, name in named.items():
            place = _NUMBERED.fullmatch(lower)
            if place is not None and str(number) == place[1].lstrip("0").rjust(1, "0"):
                return name
        return ""
    first, second = (
        next((name for lower, name in named.items() if lower.endswith(end)), "") for end in ("_a", "_b")
    )
    said = _said(graph, node, named) if first and second else None
    return "" if said is None else first if said else second


def _said(graph: Graph, node: Node, named: dict[str, str]) -> bool | None:
    """What a switch is set to; None where a node works that out."""
    value = _setting(graph, next((node.inputs[named[one]] for one in _ASKED if one in named), None))
    return bool(value) if isinstance(value, int | float) else None


def _setting(graph: Graph, value: Any) -> Any:
    """``value``, or what the node behind it is set to; None where a node works that out."""
    for _ in range(_STEPS):
        if as_link(value) is None:
            break
        behind = graph.behind(value)
        if behind is None or is_computed(behind):
            return None
        value = next((behind.inputs[key] for key in _VALUES if key in behind.inputs), None)
    return value


def of_output(node: Node, link: Any) -> str:
    """The input whose text comes out at the output that ``link`` names, of a node with an output for each; else ""."""
    place = as_link(link)
    names = _OF_OUTPUTS.get(node.type, _BOTH if all(name in node.inputs for name in _BOTH) else ())
    return (
        names[place[1]]
        if place is not None and 0 <= place[1] < len(names) and names[place[1]] in node.inputs
        else ""
    )


def joint(node: Node) -> str | None:
    """What a node that puts texts together puts between them; None for any other node."""
    if node.type.startswith("StringFunction") and node.inputs.get("action") == "append":
        return ", " if node.inputs.get("tidy_tags") == "yes" else ""
    if not any(word in node.type.lower() for word in _PUT_TOGETHER):
        return None
    delimiter = next(
        (node.inputs[key] for key in ("delimiter", "separator") if isinstance(node.inputs.get(key), str)), ""
    )
    return delimiter.replace("\\n", "\n")


def changed(node: Node, text: str, value_of: Callable[[Any], str]) -> str:
    """``text`` after what a node of ComfyUI's own makes of it; ``value_of`` gives the text of an input."""
    inputs = node.inputs
    if node.type == "StringReplace":
        old, new = (value_of(inputs.get(key)) for key in ("find", "replace"))
        return text.replace(old, new) if old else text
    if node.type == "StringTrim":
        return _TRIMS.get(value_of(inputs.get("mode")), str.strip)(text)
    if node.type == "CaseConverter":
        return _CASES.get(value_of(inputs.get("mode")), str)(text)
    if node.type == "StringSubstring":
        ends = inputs.get("start"), inputs.get("end")
        return text[ends[0] : ends[1]] if all(type(end) is int for end in ends) else ""
    return text
