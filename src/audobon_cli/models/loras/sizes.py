"""How large the changes of a LoRA file are, in the words of its algorithm: ranks, sizes of blocks, or neither."""

import math
import re
from collections import defaultdict

from audobon_cli.models.loras.tensors import Algorithm, Role, Shapes, algorithm_of, read_tensors

_GLORA = re.compile(r"\.[ab]2\.weight$")
_IA3 = re.compile(r"\.ia3_l\b|\.on_input$")
_OFT = re.compile(r"\.(?P<boft>b)?oft_(?:blocks|diag|R)(?:\.|$)")
_FACTORS = {
    Algorithm.LORA: (Role.DOWN,),
    Algorithm.LOHA: (Role.W1_B, Role.W2_B),
    Algorithm.LOKR: (Role.W1_B, Role.W2_B),
}
"""Tensors with the rank as their first side."""


def change_sizes(shapes: Shapes) -> tuple[str, ...]:
    """What the file holds, a text for each algorithm: "LoRA, rank 8", "OFT, blocks of 32", "IA3, which has no rank"."""
    ranks: dict[str, set[int]] = defaultdict(set)
    blocks: dict[str, set[int]] = defaultdict(set)
    scaled = {name.removesuffix(".on_input") for name in shapes if name.endswith(".on_input")}
    for layer, roles in read_tensors(shapes).layers.items():
        algorithm = algorithm_of(roles)
        if algorithm is not None and layer not in scaled:
            sides = (shapes[roles[role]][:1] for role in _FACTORS.get(algorithm, ()) if role in roles)
            ranks[algorithm.value].update(side for shape in sides for side in shape)
    for name, shape in shapes.items():
        if _GLORA.search(name):
            ranks["GLoRA"].update(shape[:1])
        elif _IA3.search(name):
            ranks["IA3"].update()
        elif (found := _OFT.search(name)) is not None:
            # LyCORIS calls both oft_blocks: BOFT has several rounds of them.
            blocks["BOFT" if found["boft"] or len(shape) == 4 else "OFT"].update(_block(name, shape))
    return (
        *(_words(what, "rank", sizes) for what, sizes in sorted(ranks.items())),
        *(_words(what, "blocks of", sizes) for what, sizes in sorted(blocks.items())),
    )


def _block(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The side of a block: of whole ones, or of what PEFT keeps of each, the triangle above its diagonal."""
    if len(shape) == 2 and ".oft_R" in name:
        return (round((1 + math.isqrt(1 + 8 * shape[1])) / 2),)
    return shape[-1:] if len(shape) > 2 else ()


def _words(what: str, size: str, sizes: set[int]) -> str:
    if not sizes:
        return f"{what}, which has no rank" if size == "rank" else what
    least, most = min(sizes), max(sizes)
    return f"{what}, {size} {least}" + (f" to {most}" if most > least else "")
