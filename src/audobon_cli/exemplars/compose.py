"""From a scene to a drawing: each thing changed by its rules and posed, then put in its place."""

from dataclasses import replace

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.exemplars.attributes import Subject, with_attributes
from audobon_cli.exemplars.grounds.borders import tile_drawing
from audobon_cli.exemplars.pose import MARGIN, fit_matrix, fitted, posed, posed_points
from audobon_cli.exemplars.recolour import of_material, recoloured, shifted
from audobon_cli.exemplars.scene import Placed, Scene
from audobon_cli.exemplars.shapes import UNITS, Box, Drawing, Matrix, Shape, box_of, polygon
from audobon_cli.exemplars.store import TILES, ExemplarStore
from audobon_cli.exemplars.styles import lit, look_of, outlined_by

ALIVE = frozenset({"creatures", "people", "faces"})
"""Groups of things that have a face of their own."""

LAYOUTS: dict[str, tuple[Box, Box]] = {
    "beside": ((0.02, 0.3, 0.56, 0.98), (0.44, 0.04, 0.98, 0.74)),
    "held": ((0.02, 0.02, 0.86, 0.98), (0.52, 0.46, 0.99, 0.98)),
    "on": ((0.16, 0.02, 0.84, 0.66), (0.06, 0.54, 0.94, 0.98)),
    "above": ((0.2, 0.02, 0.8, 0.52), (0.14, 0.52, 0.86, 0.98)),
    "under": ((0.14, 0.5, 0.86, 0.98), (0.2, 0.02, 0.8, 0.5)),
    "in": ((0.24, 0.36, 0.76, 0.98), (0.02, 0.02, 0.98, 0.98)),
    "filled": ((0.04, 0.36, 0.96, 0.98), (0.18, 0.02, 0.82, 0.6)),
}
"""Where two things go, as shares of the square: left, top, right, bottom of each. Worn things go by the eyes."""

OUTSIDE = UNITS / 8
"""How far a drawing may reach beyond its square before it is cut off there, in units."""

HEAD_ALONE = 0.42
"""With less than this share of its height below the chin, a drawing has no body to put clothes on."""

BEHIND = frozenset({"in", "filled"})
"""Relations whose second thing stands behind the first."""


def composed(scene: Scene, store: ExemplarStore) -> Drawing:
    """The drawing of ``scene`` in vectors, filling its square. Raises what checked does; pixel art has none."""
    if scene.ground is not None:
        return tile_drawing(scene.ground, scene.style)
    subjects = [_subject(one, store, scene.rules) for one in scene.things]
    drawing = subjects[0].drawing.moved(fitted(subjects[0].drawing, _square()))
    first = replace(
        subjects[0], drawing=drawing, eyes=_moved(subjects[0], fitted(subjects[0].drawing, _square()))
    )
    if len(subjects) > 1:
        drawing = _together(first, subjects[1], scene.things[1].relation)
    if len(subjects) > 2:
        drawing = _together(Subject(drawing), subjects[2], scene.things[2].relation)
    look = look_of(scene.style, scene.rules)
    drawing = look(drawing) if look else outlined_by(lit(drawing, scene.finish), scene.outline)
    if scene.rules == 1:
        return drawing.moved(fitted(drawing, _square(MARGIN + scene.outline)))
    return drawing.moved(fit_matrix(drawing.box(inked=True), _square()))


def checked(one: Placed, store: ExemplarStore) -> None:
    """Raise InvalidInput if the store's drawing is not the one that a scene was made of."""
    if store.exemplar_digest(one.hand, one.thing, one.place) != one.digest:
        raise InvalidInput(
            f"The drawing {one.hand}/{one.thing} of the store is not the one that the recipe names.",
            hint="install the version of Audobon that made the picture; its recipe names it",
            thing=one.thing,
            hand=one.hand,
        )


def coloured(one: Placed, drawing: Drawing) -> Drawing:
    """``drawing`` in the colours that ``one`` asks for, else its own, shifted."""
    if one.hue or one.chroma != 1 or one.light:
        drawing = shifted(drawing, one.hue, one.chroma, one.light)
    if one.material:
        drawing = of_material(drawing, one.material)
    if one.colour:
        drawing = recoloured(drawing, one.colour)
    return drawing


def _subject(one: Placed, store: ExemplarStore, rules: int) -> Subject:
    checked(one, store)
    if one.hand == TILES:
        raise InvalidInput(
            f"{one.thing} is a pixel tile, and has no vectors.",
            hint="leave out --style pixel, or write a .png",
        )
    kept = store.drawing(one.hand, one.thing)
    drawing = coloured(one, kept if rules == 1 else _in_its_square(kept))
    box = drawing.box()
    thing = store.things.get(one.thing)
    alive = thing is not None and thing.group in ALIVE
    eyes = posed_points(one.eyes[:4], one.pose, box) + one.eyes[4:] if one.eyes else ()
    subject = Subject(posed(drawing, one.pose), eyes, alive)
    return with_attributes(subject, one.attributes, one.place)


def _in_its_square(drawing: Drawing) -> Drawing:
    """``drawing`` without what its artist hid outside of its square: shapes that go far beyond end at its edges."""
    least, most = -OUTSIDE, UNITS + OUTSIDE

    def goes_beyond(shape: Shape) -> bool:
        box = box_of([shape.path])
        return box is not None and (min(box[:2]) < least or max(box[2:]) > most)

    far = {place for place, shape in enumerate(drawing.shapes) if shape.clip is None and goes_beyond(shape)}
    if not far:
        return drawing
    number = len(drawing.clips)
    shapes = (replace(one, clip=number) if place in far else one for place, one in enumerate(drawing.shapes))
    square = polygon((0, 0), (UNITS, 0), (UNITS, UNITS), (0, UNITS))
    return replace(drawing, shapes=tuple(shapes), clips=(*drawing.clips, (square,)))


def _together(first: Subject, second: Subject, relation: str) -> Drawing:
    if relation == "worn":
        return _worn(first, second.drawing)
    if relation == "dressed":
        return _dressed(first, second.drawing)
    boxes = [tuple(UNITS * share for share in box) for box in LAYOUTS.get(relation, LAYOUTS["beside"])]
    one = first.drawing.moved(fitted(first.drawing, boxes[0], bottom=True))  # type: ignore[arg-type]
    other = second.drawing.moved(fitted(second.drawing, boxes[1], bottom=relation != "beside"))  # type: ignore[arg-type]
    return one.over(other) if relation in BEHIND | {"on"} else other.over(one)


def _worn(first: Subject, hat: Drawing) -> Drawing:
    """``hat`` on the head of ``first``: above its eyes where they are known, else on its top."""
    left, top, right, bottom = first.box
    width = right - left
    if first.eyes:
        gap = abs(first.eyes[2] - first.eyes[0])
        x, low = (first.eyes[0] + first.eyes[2]) / 2, min(first.eyes[1], first.eyes[3]) - gap * 0.28
        wide = min(max(gap * 2.5, width * 0.42), width * 0.9)
        low = max(low, top + (bottom - top) * 0.12)
    else:
        x, low, wide = (left + right) / 2, top + (bottom - top) * 0.13, width * 0.56
    own = hat.box()
    tall = wide * (own[3] - own[1]) / max(own[2] - own[0], 1.0)
    box = (x - wide / 2, low - tall, x + wide / 2, low)
    return hat.moved(fit_matrix(own, box, bottom=True)).over(first.drawing)


def _dressed(first: Subject, clothes: Drawing) -> Drawing:
    """``clothes`` on the body of ``first``: below its eyes where they are known, else on its lower half. Who is
    drawn as a head alone gets them below it."""
    left, top, right, bottom = first.box
    width, height = right - left, bottom - top
    high = top + height * 0.5
    if first.eyes:
        gap = abs(first.eyes[2] - first.eyes[0])
        high = max(first.eyes[1], first.eyes[3]) + gap * 0.9
    if bottom - high < height * HEAD_ALONE:
        under = (left + width * 0.1, bottom - height * 0.16, right - width * 0.1, bottom + height * 0.55)
        return first.drawing.over(clothes.moved(fit_matrix(clothes.box(), under)))
    box = (left + width * 0.14, high, right - width * 0.14, bottom)
    return clothes.moved(fit_matrix(clothes.box(), box)).over(first.drawing)


def _moved(subject: Subject, matrix: Matrix) -> tuple[float, ...]:
    if not subject.eyes:
        return ()
    a, _, _, d, e, f = matrix
    x, y, right, other, radius = subject.eyes
    return (a * x + e, d * y + f, a * right + e, d * other + f, radius * a)


def _square(margin: float = MARGIN) -> Box:
    return (margin, margin, UNITS - margin, UNITS - margin)
