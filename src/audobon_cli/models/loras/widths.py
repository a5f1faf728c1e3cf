"""How many values the layers that a LoRA changes read, told from its tensors' shapes."""

from audobon_cli.models.loras.tensors import Role, Shapes, read_tensors


def input_widths(shapes: Shapes) -> dict[str, int]:
    """For each layer of the file, by its name there, how many values it reads; layers whose tensors do not tell are
    left out."""
    found: dict[str, int] = {}
    for layer, roles in read_tensors(shapes).layers.items():
        tensors = {role: shapes[name] for role, name in roles.items()}
        width = _lokr_width(tensors) if any(".lokr_" in name for name in roles.values()) else _width(tensors)
        if width:
            found[layer] = width
    return found


def _width(tensors: dict[Role, tuple[int, ...]]) -> int:
    for role in (Role.DOWN, Role.W1_B, Role.DIFF):
        shape = tensors.get(role, ())
        if len(shape) > 1:
            return shape[1]
    return 0


def _lokr_width(tensors: dict[Role, tuple[int, ...]]) -> int:
    """Of a Kronecker product: the product of both factors' inner sides."""
    sides = [
        next((s[1] for role in pair if len(s := tensors.get(role, ())) > 1), 0)
        for pair in ((Role.W1, Role.W1_B), (Role.W2, Role.W2_B))
    ]
    return sides[0] * sides[1]
