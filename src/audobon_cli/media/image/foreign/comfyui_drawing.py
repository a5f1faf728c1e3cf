"""ComfyUI's ``workflow``: the editor's drawing, as far as it tells the graph that would run.

A drawing names nodes and links by numbers, keeps what stands in a node's fields as a bare list (``widgets_values``),
and holds what only the editor knows: reroutes, bypassed and muted nodes, groups of nodes in one (subgraphs).
Newer editors name each field among the node's inputs; for older ones the fields of ComfyUI's own nodes are listed here.
"""

from collections.abc import Mapping
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.media.image.foreign.comfyui_graph import MAX_NODES, MAX_VISITS, Graph, Node
from audobon_cli.media.image.foreign.reader import json_object

MAX_DEPTH = 100
BYPASSED, MUTED = 4, 2
OUTSIDE, RESULT = -10, -20
"""The ids that stand for a subgraph's own inputs and outputs inside of it."""
CONTROLS = frozenset({"fixed", "randomize", "increment", "decrement"})
"""What the editor does with a seed after a run: a field of its own behind it."""

_PASSED_ON = ("Reroute", "Reroute (rgthree)")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "CFGGuider": ("cfg",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSDXL": (
        *("width", "height", "crop_w", "crop_h", "target_width", "target_height"),
        *("text_g", "text_l"),
    ),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "FluxGuidance": ("guidance",),
    "KSampler": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler"),
    "KSamplerSelect": ("sampler_name",),
    "PrimitiveInt": ("value",),
    "PrimitiveNode": ("value",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "RandomNoise": ("noise_seed",),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
}
"""The first fields of nodes in ComfyUI's nodes.py and comfy_extras, in their order."""


@dataclass(frozen=True, slots=True)
class _Level:
    """The drawing itself, or the inside of one node that is a subgraph: nodes by id, links by number as
    (node, output), and what each output of the subgraph is linked to."""

    prefix: str
    nodes: Mapping[str, Mapping[str, Any]]
    links: Mapping[int, tuple[str, int]]
    results: Mapping[int, tuple[str, int]]
    outer: "tuple[_Level, Mapping[str, Any]] | None" = None


def read_drawing(text: str) -> Graph | None:
    """The graph that the drawing in ``text`` shows; None if it is none, or has more than MAX_NODES nodes.

    Raises what nonsense causes (see reader.ForeignReader).
    """
    data = json_object(text)
    if data is None or not isinstance(data.get("nodes"), list):
        return None
    groups = (data.get("definitions") or {}).get("subgraphs") or ()
    reader = _Reader({str(one["id"]): one for one in groups})
    reader.read(_level(data, "", None))
    return Graph(reader.found) if 0 < len(reader.found) <= MAX_NODES else None


class _Reader:
    """Takes a drawing apart into ``found``, the nodes that would run."""

    def __init__(self, groups: Mapping[str, Mapping[str, Any]]) -> None:
        self.found: dict[str, Node] = {}
        self._groups = groups
        self._left = MAX_VISITS

    def read(self, level: _Level, depth: int = 0) -> None:
        """All nodes of ``level`` and of the subgraphs in it."""
        for ident, node in level.nodes.items():
            self._left -= 1
            if len(self.found) > MAX_NODES or depth > MAX_DEPTH or self._left < 0:
                return
            if node.get("mode") in (BYPASSED, MUTED) or node["type"] in _PASSED_ON:
                continue
            if (inside := self._inside(level, node)) is not None:
                self.read(inside, depth + 1)
                continue
            inputs = _fields(node)
            for one in node.get("inputs") or ():
                source = self._source(level, level.links.get(one.get("link")))
                if source is not None:
                    inputs[str(one["name"])] = source
            name = level.prefix + ident
            self.found[name] = Node(name, node["type"], inputs)

    def _inside(self, level: _Level, node: Mapping[str, Any]) -> _Level | None:
        group = self._groups.get(node["type"])
        return None if group is None else _level(group, f"{level.prefix}{node['id']}:", (level, node))

    def _source(self, level: _Level, link: tuple[str, int] | None, depth: int = 0) -> Any:
        """What a link brings: a link in the graph's own form, or a value that stands in a field; None for nothing."""
        self._left -= 1
        if link is None or depth > MAX_DEPTH or self._left < 0:
            return None
        ident, output = link
        if ident == str(OUTSIDE) and level.outer is not None:
            above, around = level.outer
            entry = _at(around.get("inputs"), output)
            if entry is None:
                return None
            if entry.get("link") is None:
                return _fields(around).get(str(entry["name"]))
            return self._source(above, above.links.get(entry["link"]), depth + 1)
        node = level.nodes.get(ident)
        if node is None or node.get("mode") == MUTED:
            return None
        if node.get("mode") == BYPASSED or node["type"] in _PASSED_ON:
            return self._source(level, level.links.get(_passed(node, output)), depth + 1)
        inside = self._inside(level, node)
        if inside is not None:
            return self._source(inside, inside.results.get(output), depth + 1)
        return [level.prefix + ident, output]


def _level(data: Mapping[str, Any], prefix: str, outer: "tuple[_Level, Mapping[str, Any]] | None") -> _Level:
    nodes = {str(node["id"]): node for node in data["nodes"] if isinstance(node.get("type"), str)}
    links: dict[int, tuple[str, int]] = {}
    results: dict[int, tuple[str, int]] = {}
    for link in data.get("links") or ():
        if isinstance(link, dict):
            number, *ends = (
                link[key] for key in ("id", "origin_id", "origin_slot", "target_id", "target_slot")
            )
        else:
            number, *ends = link[:5]
        source, output, target, slot = ends
        links[number] = (str(source), int(output))
        if target == RESULT:
            results[int(slot)] = (str(source), int(output))
    return _Level(prefix, nodes, links, results, outer)


def _fields(node: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the fields of ``node``, by name."""
    values = node.get("widgets_values")
    if isinstance(values, dict):
        return dict(values)
    if not isinstance(values, list):
        return {}
    named = [
        str(one["widget"]["name"]) for one in node.get("inputs") or () if isinstance(one.get("widget"), dict)
    ]
    names = list(_FIELDS.get(node["type"], named))
    found: dict[str, Any] = {}
    for value in values:
        seeded = next(reversed(found), "") in ("seed", "noise_seed", "value")
        if seeded and isinstance(value, str) and value in CONTROLS:
            continue
        if not names:
            break
        found[names.pop(0)] = value
    return found


def _passed(node: Mapping[str, Any], output: int) -> Any:
    """The number of the link that a node which does nothing lets through to its ``output``: the first of its type."""
    entries = [one for one in node.get("inputs") or () if one.get("link") is not None]
    kind = (_at(node.get("outputs"), output) or {}).get("type")
    alike = [one for one in entries if one.get("type") == kind] if node["type"] not in _PASSED_ON else entries
    return alike[0]["link"] if alike else None


def _at(entries: Any, place: int) -> Mapping[str, Any] | None:
    return entries[place] if isinstance(entries, list) and 0 <= place < len(entries) else None
