"""The grounds there are: their names, what paints them, their colours, and which lies over which."""

from dataclasses import field
from functools import cache

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.recolour import HUES, of_material, recoloured
from audobon_cli.exemplars.shapes import Drawing, Shape, polygon

Ramp = tuple[str, str, str, str, str]
"""Five colours from dark to light; the middle one covers most of a tile."""


@dataclass(frozen=True, slots=True)
class GroundKind:
    """A ground. ``painter`` names how it is painted, ``stamps`` the small marks that are strewn over it.

    ``rank``: of two grounds that meet, the one of higher rank lies over the other and has the edge. ``bank`` are the
    two colours of the earth that is seen where it ends above a fluid. ``cells`` is how many stones, rows or waves
    lie side by side in a tile of 16 pixels.
    """

    names: tuple[str, ...]
    painter: str
    ramp: Ramp
    rank: int
    stamps: str = ""
    cells: int = 4
    fluid: bool = False
    bank: tuple[str, str] = ("#5a3a22", "#80552f")

    @property
    def name(self) -> str:
        """The chief name."""
        return self.names[0]


_STONE_BANK = ("#3b3b45", "#5b5c68")
_SAND_BANK = ("#a57c46", "#c79d5e")
_SNOW_BANK = ("#6f8fb5", "#9dbbd8")

KINDS = (
    GroundKind(("grass", "lawn", "meadow", "grassland", "turf"), "strewn",
               ("#2b6b35", "#3f8c3c", "#57a843", "#7cc551", "#a9e06a"), 10, "grass"),
    GroundKind(("moss", "mossy"), "strewn", ("#31502a", "#456a31", "#5b843a", "#78a047", "#9cbd5c"), 9, "moss"),
    GroundKind(("snow", "snowy"), "strewn", ("#8fb0d4", "#b9d2ea", "#e3eff9", "#f2f8fd", "#ffffff"), 11, "snow",
               bank=_SNOW_BANK),
    GroundKind(("dirt", "earth", "soil", "path", "dirt path", "trail"), "strewn",
               ("#5d3f26", "#7b5632", "#976c40", "#b18652", "#cfa872"), 5, "dirt"),
    GroundKind(("mud", "muddy", "clay"), "strewn", ("#3d2b1f", "#523a28", "#684b33", "#7d5d40", "#9b7b58"), 3, "mud"),
    GroundKind(("sand", "sandy", "desert", "beach"), "strewn",
               ("#bd9151", "#d6b06b", "#ebcd87", "#f4dfa3", "#fdf0c4"), 4, "sand", bank=_SAND_BANK),
    GroundKind(("ash", "ashes", "scorched earth"), "strewn",
               ("#26242a", "#38363d", "#4b4951", "#625f68", "#85818b"), 5, "dirt", bank=("#1b1a1e", "#2e2c33")),
    GroundKind(("gravel", "pebbles", "pebble", "scree"), "stones",
               ("#4c4a4d", "#6d6a6c", "#8b8789", "#a9a5a4", "#cbc7c2"), 6, "", 4, bank=_STONE_BANK),
    GroundKind(("cobblestone", "cobble", "cobbles", "cobblestones", "cobbled", "cobbled street", "cobblestone path"),
               "stones", ("#3e4049", "#5f636f", "#7f8490", "#a0a5af", "#c6cad1"), 7, "", 3, bank=_STONE_BANK),
    GroundKind(("rock", "rocky", "cave", "cavern", "boulders"), "stones",
               ("#3a3431", "#554d47", "#70665e", "#8c8177", "#afa498"), 8, "", 2, bank=("#2d2825", "#463f3a")),
    GroundKind(("stone", "flagstone", "flagstones", "slab", "slabs", "stone slab", "dungeon floor", "castle floor",
                "temple floor"), "slabs",
               ("#474a55", "#686c78", "#868a96", "#a3a7b1", "#c5c9d1"), 7, "", 2, bank=_STONE_BANK),
    GroundKind(("stone brick", "stone bricks", "castle wall", "stone wall", "dungeon wall"), "bricks",
               ("#3f424c", "#636774", "#7f8390", "#9b9fab", "#bfc3cc"), 8, "", 4, bank=_STONE_BANK),
    GroundKind(("brick", "bricks", "brick wall", "red brick"), "bricks",
               ("#6a4238", "#8f3f33", "#b0523d", "#c86d50", "#e29a76"), 8, "", 4, bank=("#4a2c26", "#6a4238")),
    GroundKind(("wood", "wooden", "plank", "planks", "wood plank", "wooden plank", "floorboards", "floorboard",
                "wood planks", "wooden planks", "parquet"), "planks",
               ("#5a3820", "#83552e", "#a5713f", "#be8b53", "#dcb27a"), 8, "", 4),
    GroundKind(("water", "sea", "ocean", "river", "lake", "shallow water"), "fluid",
               ("#1f5fa8", "#2b7cc4", "#3c9be0", "#6cc0f2", "#c5ecff"), 1, "wave", fluid=True),
    GroundKind(("deep water", "deep sea", "deep ocean"), "fluid",
               ("#132f63", "#1b4382", "#24589e", "#3a78bd", "#74abdc"), 0, "wave", fluid=True),
    GroundKind(("swamp", "bog", "marsh", "swamp water"), "fluid",
               ("#2c3b24", "#3c5130", "#4d673c", "#6b874c", "#a3b868"), 1, "bubble", fluid=True),
    GroundKind(("poison", "acid", "slime", "toxic waste", "goo"), "fluid",
               ("#276b12", "#3a9417", "#58bd22", "#8de03f", "#d8ff8a"), 1, "bubble", fluid=True),
    GroundKind(("lava", "magma", "molten lava", "molten rock"), "crust",
               ("#331314", "#5b1a16", "#c2330f", "#f58220", "#ffe266"), 0, "", 2, fluid=True),
    GroundKind(("ice", "icy", "frozen lake", "frozen"), "ice",
               ("#6fa9d8", "#95c9ea", "#b9e2f6", "#dcf3fc", "#ffffff"), 2, "glint", 2, bank=_SNOW_BANK),
    GroundKind(("metal", "metal plate", "iron", "steel", "metal floor", "sci fi"), "plates",
               ("#343b46", "#535d6b", "#73808f", "#97a3b0", "#c6d0d9"), 8, "", 2, bank=("#23282f", "#343b46")),
    GroundKind(("marble", "checkerboard", "checker", "checkered", "chessboard", "bathroom", "kitchen"), "checks",
               ("#8b8794", "#aeabb6", "#cfccd4", "#e8e6ea", "#fbfafc"), 8, "", 2, bank=_STONE_BANK),
)  # fmt: skip

BY_NAME = {name: kind for kind in KINDS for name in kind.names}
"""The grounds by all their names."""


@dataclass(frozen=True, slots=True)
class GroundLook:
    """A ground in the colours asked for: ``colour`` and ``material`` are those of recolour.py, or empty."""

    ground: str
    colour: str = ""
    material: str = ""
    ramp: Ramp = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ramp", _ramp(self.kind.ramp, self.colour or self.material))

    @property
    def kind(self) -> GroundKind:
        """What it is. Raises KeyError for a name that is no ground's chief one."""
        return _CHIEF[self.ground]

    @property
    def bank(self) -> Ramp | tuple[str, str]:
        """The colours of the earth below it."""
        return self.ramp[:2] if self.colour or self.material else self.kind.bank


_CHIEF = {kind.name: kind for kind in KINDS}


@cache
def _ramp(ramp: Ramp, wanted: str) -> Ramp:
    """``ramp`` in a colour or material of recolour.py."""
    if not wanted:
        return ramp
    square = polygon((0, 0), (100, 0), (100, 100), (0, 100))
    drawing = Drawing(tuple(Shape(square, fill=colour) for colour in ramp))
    made = recoloured(drawing, wanted) if wanted in HUES else of_material(drawing, wanted)
    first, second, third, fourth, fifth = (str(shape.fill) for shape in made.shapes)
    return first, second, third, fourth, fifth
