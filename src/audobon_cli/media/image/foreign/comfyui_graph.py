"""ComfyUI's graph in its API format: ``{"3": {"class_type": "KSampler", "inputs": {"model": ["4", 0]}}}``."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.foreign.documents import parse_json

MAX_NODES = 5000
MAX_VISITS = 100_000
"""A graph of a hundred nodes takes some hundred steps; one that branches and joins without end could take 2^60."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: an input is a value, or a link to another node's output."""

    id: str
    type: str
    inputs: Mapping[str, Any]


def as_link(value: Any) -> tuple[str, int] | None:
    """``value`` as a link (the node's id and the number of its output), None for any other value.

    Ids are texts; nodes within subgraphs have those of their groups in front (``12:5``).
    """
    if not isinstance(value, list) or len(value) != 2 or not isinstance(value[0], str | int):
        return None
    output = value[1]
    return (str(value[0]), output) if isinstance(output, int) and not isinstance(output, bool) else None


@dataclass(slots=True)
class Graph:
    """The nodes by id, in the order of the file. ``visits`` counts the steps that were taken in it."""

    nodes: dict[str, Node]
    visits: int = 0

    def behind(self, start: Any) -> Node | None:
        """The node that a link, or an id, leads to; None where there is none, and after MAX_VISITS steps."""
        self.visits += 1
        if self.visits > MAX_VISITS:
            return None
        if isinstance(start, str):
            return self.nodes.get(start)
        link = as_link(start)
        return self.nodes.get(link[0]) if link is not None else None

    def outputs(self) -> list[str]:
        """The ids of the nodes that nothing is made of: first those that save, last those that only show."""
        used = {
            link[0]
            for node in self.nodes.values()
            for value in node.inputs.values()
            if (link := as_link(value)) is not None
        }
        # Some that save hand on what they saved.
        ends = [node for node in self.nodes.values() if node.id not in used or "save" in node.type.lower()]
        return [node.id for node in sorted(ends, key=_rank)]


def _rank(node: Node) -> int:
    name = node.type.lower()
    if "save" in name:
        return 0
    return 2 if "preview" in name else 1


def read_graph(text: str) -> Graph | None:
    """The graph in ``text``; None if it is none, or has more than MAX_NODES nodes. What is no node is left out."""
    data = parse_json(text, lenient=True)
    sent = data.get("prompt") if isinstance(data, dict) else None
    if isinstance(sent, dict) and "class_type" not in sent:
        data = sent  # as it is sent to a server; else a node may be called so
    if not isinstance(data, dict) or len(data) > MAX_NODES:
        return None
    nodes = {
        str(name): Node(str(name), node["class_type"], node["inputs"])
        for name, node in data.items()
        if isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), dict)
    }
    return Graph(nodes) if nodes else None
