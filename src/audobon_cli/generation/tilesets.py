"""Sets of ground tiles: one request for each tile, and the sheet that says which of them fits where."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from audobon_cli.domain.composition import COMPOSER, Composition
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.request import ResolvedRequest, prompt_snippet
from audobon_cli.exemplars.grounds.kinds import KINDS
from audobon_cli.exemplars.grounds.looks import look_of, other_of
from audobon_cli.exemplars.grounds.sets import LAYOUTS, tiles_of
from audobon_cli.exemplars.grounds.shores import ALL, CORNER, CORNERS, EDGE, SIDES
from audobon_cli.exemplars.grounds.tile import grid_of
from audobon_cli.exemplars.grounds.words import tile_of
from audobon_cli.exemplars.plan import PIXEL
from audobon_cli.exemplars.scene import GroundTile, Scene

MAX_VARIANTS = 64
LONGEST_NAME = 40
"""Characters of an asset's name that come of a prompt."""

COLUMNS = {"corner": 4, "edge": 4, "blob": 8}
"""Tiles in a row of the sheet."""


@dataclass(frozen=True, slots=True)
class TilesetChoices:
    """The set asked for: ``ground`` lies inside and ``around`` around it, both in words; ``layout`` is one of LAYOUTS.

    ``variants`` are further tiles of each ground alone, with the seeds that follow.
    """

    ground: str
    around: str
    layout: str = "corner"
    variants: int = 0


@dataclass(frozen=True, slots=True)
class TilesetPlan:
    """The tiles of a set by their names, in the order of the sheet, and the two grounds' names."""

    tiles: Mapping[str, GroundTile]
    ground: str
    around: str
    layout: str

    @property
    def prompt(self) -> str:
        """What the whole set is asked for with."""
        return f"{self.ground} to {self.around} tile"

    @property
    def columns(self) -> int:
        """Tiles in a row of the sheet."""
        return COLUMNS[self.layout]


def plan_tileset(asked: TilesetChoices, seed: int) -> TilesetPlan:
    """The tiles of the set ``asked`` for. Raises InvalidInput for words that are no ground, and an unknown layout."""
    if asked.layout not in LAYOUTS:
        raise InvalidInput(f"There is no tile set {asked.layout!r}.", hint=f"there are: {', '.join(LAYOUTS)}")
    if not 0 <= asked.variants <= MAX_VARIANTS:
        raise InvalidInput(
            f"--variants {asked.variants} is outside 0 to {MAX_VARIANTS}.",
            hint="give it a value in that range",
        )
    inner, outer = _ground(asked.ground), _ground(asked.around)
    if inner == outer:
        raise InvalidInput(
            f"A set leads from one ground to another, and both are {inner.ground}.",
            hint=f'for one ground: `audobon generate "{asked.ground} tile" --count 4`',
        )
    kind = LAYOUTS[asked.layout]
    both = replace(
        inner,
        other=outer.ground,
        other_colour=outer.colour,
        other_material=outer.material,
        kind=kind,
        seed=seed,
    )
    stem = _stem(asked.ground, asked.around, inner, outer)
    tiles = {f"{stem} {one.name}": replace(both, sides=one.sides) for one in tiles_of(asked.layout)}
    if kind != CORNER:
        tiles[f"{stem} around"] = replace(outer, seed=seed)
    for place in range(1, asked.variants + 1):
        if kind != EDGE:  # a path has no middle without its edges
            tiles[f"{inner.ground} variant {place + 1}"] = replace(inner, seed=seed + place)
        tiles[f"{outer.ground} variant {place + 1}"] = replace(outer, seed=seed + place)
    return TilesetPlan(tiles, asked.ground.strip(), asked.around.strip(), asked.layout)


def tile_requests(plan: TilesetPlan, whole: ResolvedRequest) -> tuple[ResolvedRequest, ...]:
    """A request for each tile of ``plan``, as ``whole`` is: the resolved request of its prompt.

    Raises InvalidInput if ``whole`` is not drawn by the composer, or its size has no grid.
    """
    if whole.composition is None or whole.engine != COMPOSER:
        raise InvalidInput(
            f"The model {whole.model.name} draws no sets of tiles.", hint="leave out --model, or name sprite"
        )
    grid = grid_of(whole.size.width) if whole.composition.style == PIXEL else 0
    requests = []
    for prompt, tile in plan.tiles.items():
        scene = Scene(style=whole.composition.style, grid=grid, ground=tile)
        composition = Composition(
            whole.composition.store,
            0.0,
            whole.composition.style,
            json.dumps(scene.facts(), sort_keys=True),
            True,
        )
        requests.append(
            replace(
                whole,
                prompt=prompt,
                resolved_prompt=prompt,
                seed=tile.seed,
                composition=composition,
                notes=(),
            )
        )
    return tuple(requests)


def sheet_spec(plan: TilesetPlan, names: Sequence[str]) -> str:
    """The TOML that says of a sheet of the tiles, called ``names`` in the order of ``plan``, what lies where."""
    first = next(iter(plan.tiles.values()))
    looks = (look_of(first), other_of(first))
    kind = LAYOUTS[plan.layout]
    title = json.dumps(f"{plan.ground} and {plan.around}")
    grounds = [json.dumps(plan.ground), json.dumps(plan.around)]
    colours = ", ".join(f'{name} = "{look.ramp[2]}"' for name, look in zip(grounds, looks, strict=True))
    lines = [
        f"[wangsets.{title}]",
        f'kind = "{kind}"',
        f"colors = {{ {colours} }}",
        f"[wangsets.{title}.tiles]",
    ]
    bits = CORNERS if kind == CORNER else SIDES if kind == EDGE else [1 << bit for bit in range(8)]
    middles = []
    for name, tile in zip(names, plan.tiles.values(), strict=True):
        inner = bool(tile.other) or look_of(tile) == looks[0]
        sides = tile.sides if tile.other else ALL if inner else 0
        lines.append(f"{json.dumps(name)} = [{', '.join(grounds[0 if sides & bit else 1] for bit in bits)}]")
        middles.append(f"{json.dumps(name)} = {grounds[0 if inner else 1]}")
    if kind == CORNER:  # what is in their middles follows from their corners
        return "\n".join([*lines, ""])
    return "\n".join([*lines, f"[wangsets.{title}.middles]", *middles, ""])


def _ground(words: str) -> GroundTile:
    tile = tile_of(words)
    if tile is None:
        names = ", ".join(kind.name for kind in KINDS)
        raise InvalidInput(
            f"{words!r} is no ground.", hint=f"grounds, with a colour before them if you like: {names}"
        )
    return tile


def _stem(ground: str, around: str, inner: GroundTile, outer: GroundTile) -> str:
    """What the tiles' names begin with: what was asked for, or the grounds alone where that is too long."""
    said = f"{ground} {around}".lower()
    longest = max(len(one.name) for one in tiles_of("blob"))
    return (
        said if len(prompt_snippet(said)) + 1 + longest <= LONGEST_NAME else f"{inner.ground} {outer.ground}"
    )
