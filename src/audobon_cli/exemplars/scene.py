"""A scene: everything that decides on a composed picture, as a recipe keeps it."""

from collections.abc import Mapping
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.serialization import from_plain, to_plain

RULES = 3
"""The set of rules that new scenes are drawn by. A rule that changes gets another number, and the old one stays: by
the rules 1 lines have no width where a drawing is fitted into its square, so that wide ones are cut off there, and what
artists hid outside of the square is seen; until the rules 2 glossy and 3d are fainter."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "turn": (-360, 360),
    "stretch": (0.01, 100),
    **dict.fromkeys(("lean", "bend", "top"), (-10, 10)),
    "hue": (-360, 360),
    "chroma": (0, 100),
    "light": (-100, 100),
    "outline": (0, 1000),
    "grid": (0, 1024),
    "colours": (0, 65_536),
}
"""From and to what the numbers of a scene are read: far beyond those that scenes are made with."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How a drawing is bent: ``turn`` in degrees, ``lean`` and ``bend`` as shares of the height by which its top and
    its middle move sideways, ``stretch`` its width over its height, ``top`` how much larger its upper half is."""

    mirror: bool = False
    turn: float = 0.0
    stretch: float = 1.0
    lean: float = 0.0
    bend: float = 0.0
    top: float = 0.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A thing of a scene: which drawing of it (``place`` is a tile's), and the rules that change it.

    ``hue``, ``chroma`` and ``light`` shift its own colours where no colour is asked for.
    """

    thing: str
    hand: str
    digest: str
    place: int = 0
    eyes: tuple[float, ...] = ()
    colour: str = ""
    material: str = ""
    attributes: tuple[str, ...] = ()
    relation: str = ""
    pose: Pose = Pose()
    hue: float = 0.0
    chroma: float = 1.0
    light: float = 0.0


@dataclass(frozen=True, slots=True)
class GroundTile:
    """A tile of ground that repeats without a seam. ``seed`` decides on what does not reach its border.

    With ``other``, a tile of a set: ``ground`` lies at its neighbours ``sides`` (bits, see grounds/shores.py), as the
    set's ``kind`` counts them, and ``other`` around it.
    """

    ground: str
    seed: int = 0
    colour: str = ""
    material: str = ""
    other: str = ""
    other_colour: str = ""
    other_material: str = ""
    kind: str = ""
    sides: int = 0


@dataclass(frozen=True, slots=True)
class Scene:
    """What is composed: ``style`` is a rule of styles.py, ``outline`` the weight of a dark line around everything in
    units of a drawing, ``finish`` "", "soft" or "gloss", ``grain`` what small details are drawn by."""

    things: tuple[Placed, ...] = ()
    style: str = ""
    outline: float = 0.0
    finish: str = ""
    grain: int = 0
    grid: int = 0
    """Pixels on a side of pixel art; 0: none."""
    colours: int = 0
    """The most colours of pixel art."""
    ground: GroundTile | None = None
    """A tile of ground instead of things."""
    rules: int = RULES

    def facts(self) -> dict[str, Any]:
        """The scene, JSON-ready; what is as usual is left out, but for the rules."""
        plain: dict[str, Any] = to_plain(self)
        return {"rules": self.rules, **plain}


def read_scene(facts: dict[str, Any]) -> Scene:
    """The scene that ``facts`` was made of. Raises TypeError or ValueError for what is none."""
    scene = from_plain(Scene, facts)
    if not 1 <= scene.rules <= RULES or bool(scene.things) == (scene.ground is not None):
        raise ValueError(f"a scene of the rules {scene.rules}")
    for part in (scene, *scene.things, *(one.pose for one in scene.things)):
        for name, (least, most) in BOUNDS.items():
            if not least <= getattr(part, name, least) <= most:
                raise ValueError(f"a scene whose {name} is not from {least:g} to {most:g}")
    return scene
