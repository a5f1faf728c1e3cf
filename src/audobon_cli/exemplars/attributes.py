"""What attribute words do to a drawing, by rules that one sees: faces, flames, ice, cracks, sparkles."""

import random
from collections.abc import Callable
from dataclasses import replace

from audobon_cli.dataclass import dataclass
from audobon_cli.exemplars.colours import mixed, tone_of
from audobon_cli.exemplars.faces import FACES, face_of
from audobon_cli.exemplars.marks import (
    beard,
    cobweb,
    cracks,
    drop,
    flame,
    ghost,
    heart,
    house,
    letters_z,
    sparkle,
    tree,
    vein,
)
from audobon_cli.exemplars.recolour import chief_colour, of_material, painted, shifted, tinted
from audobon_cli.exemplars.shapes import (
    UNITS,
    Box,
    Drawing,
    Path,
    Segment,
    Shape,
    ellipse,
    polygon,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A drawing on its way, with its eyes (none known: empty) and whether it is alive."""

    drawing: Drawing
    eyes: tuple[float, ...] = ()
    alive: bool = False

    @property
    def box(self) -> Box:
        """What it covers."""
        return self.drawing.box()


Rule = Callable[[Subject, random.Random], Subject]


def with_attributes(subject: Subject, attributes: tuple[str, ...], grain: int) -> Subject:
    """``subject`` after the rules of ``attributes``, in the order of RULES; ``grain`` decides on small details."""
    for name, rule in RULES.items():
        if name in attributes:
            subject = rule(subject, random.Random(f"{grain} {name}"))
    return subject


def _face(name: str) -> Rule:
    def rule(subject: Subject, chance: random.Random) -> Subject:
        face = face_of(subject.eyes, subject.box, subject.alive, chief_colour(subject.drawing))
        if face is None:
            return _without_face(name, subject)
        return replace(subject, drawing=subject.drawing.with_shapes(after=FACES[name](face)), eyes=face.eyes)

    return rule


def _without_face(name: str, subject: Subject) -> Subject:
    """Signs beside a creature whose eyes are not known: hearts, a vein, a cloud of Z, a tear."""
    left, top, right, _ = subject.box
    side = (right - left) * 0.26
    x, y = right - side * 0.6, top + side * 0.6
    sign = {
        "cute": [heart(x, y, side * 0.6), heart(left + side * 0.5, top + side * 1.1, side * 0.38)],
        "happy": [heart(x, y, side * 0.5)],
        "angry": vein(x, y, side * 0.7, "#d8202c"),
        "evil": vein(x, y, side * 0.7, "#6a1fb0"),
        "sleepy": letters_z(x, y, side * 0.5),
        "sad": [Shape(drop(x, y, side * 0.4), fill="#59b7f2")],
    }[name]
    drawing = subject.drawing
    if name == "angry":
        drawing = tinted(drawing, "#e02020", 0.28)
    if name == "evil":
        drawing = tinted(drawing, "#3d1160", 0.38)
    return replace(subject, drawing=drawing.with_shapes(after=sign))


def _burning(subject: Subject, chance: random.Random) -> Subject:
    left, top, right, bottom = subject.box
    width, height = right - left, bottom - top
    behind, front = [], []
    for k in range(7):
        x = left + width * (0.04 + 0.92 * k / 6) + width * 0.05 * (chance.random() - 0.5)
        tall = height * (0.62 + 0.28 * chance.random()) * (0.72 + 0.5 * (1 - abs(k - 3) / 3))
        behind += flame(x, bottom + height * 0.02, width * 0.3, min(tall, height * 1.12))
    for k in range(4):
        x = left + width * (0.1 + 0.8 * k / 3) + width * 0.08 * (chance.random() - 0.5)
        front += flame(x, bottom + height * 0.05, width * 0.2, height * (0.2 + 0.16 * chance.random()))
    drawing = tinted(subject.drawing, "#ff5a10", 0.22)
    return replace(subject, drawing=drawing.with_shapes(behind, front))


def _frozen(subject: Subject, chance: random.Random) -> Subject:
    ice = of_material(subject.drawing, "icy", keep_details=True)
    left, top, right, bottom = subject.box
    width, height = right - left, bottom - top
    colour = chief_colour(subject.drawing)
    drawing = painted(ice, lambda own: mixed(own, colour, 0.3))
    cut = min(width, height) * 0.14
    block = polygon(
        (left + cut, top - cut * 0.4),
        (right - cut * 0.6, top - cut * 0.4),
        (right + cut * 0.5, top + cut),
        (right + cut * 0.5, bottom - cut * 0.7),
        (right - cut, bottom + cut * 0.4),
        (left + cut * 0.4, bottom + cut * 0.4),
        (left - cut * 0.5, bottom - cut),
        (left - cut * 0.5, top + cut * 0.8),
    )
    shine = [
        polygon(
            (left + width * at, top + height * 0.05),
            (left + width * (at + 0.1), top + height * 0.05),
            (left + width * (at - 0.1), top + height * 0.42),
            (left + width * (at - 0.2), top + height * 0.42),
        )
        for at in (0.3, 0.46)
    ]
    icicles = [
        polygon(
            (left + width * at - cut * 0.32, bottom + cut * 0.3),
            (left + width * at + cut * 0.32, bottom + cut * 0.3),
            (left + width * at, bottom + cut * (0.9 + 0.8 * chance.random())),
        )
        for at in (0.12, 0.34, 0.6, 0.84)
    ]
    after = [
        *(Shape(one, fill="#bfeaff", stroke="#e9fbff", width=cut * 0.1, opacity=0.9) for one in icicles),
        Shape(block, fill="#a9e1ff", opacity=0.2),
        Shape(block, stroke="#e6faff", width=cut * 0.22, opacity=0.95),
        *(Shape(one, fill="#ffffff", opacity=0.55) for one in shine),
    ]
    return replace(subject, drawing=drawing.with_shapes(after=after))


def _old(subject: Subject, chance: random.Random) -> Subject:
    drawing = tinted(shifted(subject.drawing, 0.0, 0.45, -0.03), "#9a8a6a", 0.25)
    after: list[Shape] = []
    face = face_of(subject.eyes, subject.box, subject.alive, chief_colour(drawing)) if subject.eyes else None
    if face is not None:
        after += beard(face)
    else:
        after += cracks(drawing, chance, 3, "#3b3124")
        after += cobweb(subject.box)
    return replace(subject, drawing=drawing.with_shapes(after=after))


def _broken(subject: Subject, chance: random.Random) -> Subject:
    """Two halves along a jagged line, moved and turned apart."""
    from audobon_cli.exemplars.pose import turned

    left, top, right, bottom = subject.box
    width, height = right - left, bottom - top
    far = max(width, height)
    points = [(left + width * (0.58 - 0.16 * k / 6), top + height * k / 6) for k in range(7)]
    jagged = [(x + width * (0.09 if k % 2 else -0.09), y) for k, (x, y) in enumerate(points)]
    jagged = [(jagged[0][0], top - far), *jagged, (jagged[-1][0], bottom + far)]
    first = polygon(*jagged, (left - far, bottom + far), (left - far, top - far))
    second = polygon(*jagged, (right + far, bottom + far), (right + far, top - far))
    angle = 7 + 5 * chance.random()
    halves = [
        _all_clipped(subject.drawing, half).moved(turned(turn, x, bottom))
        for half, turn, x in ((first, -angle, left), (second, angle, right))
    ]
    chips = [
        Shape(
            polygon(
                *(
                    (jagged[3][0] + width * (dx + k * 0.05 - 0.1), bottom - height * (dy + 0.04 * k))
                    for dx, dy in ((0, 0), (0.06, 0.01), (0.03, 0.07))
                )
            ),
            fill=chief_colour(subject.drawing),
        )
        for k in range(3)
    ]
    return Subject(halves[1].over(halves[0]).with_shapes(after=chips), (), subject.alive)


def _all_clipped(drawing: Drawing, half: Path) -> Drawing:
    """``drawing`` inside ``half``; shapes with a clip path of their own lose it."""
    bare = replace(drawing, shapes=tuple(replace(one, clip=None) for one in drawing.shapes), clips=())
    return bare.clipped([half])


def _glowing(subject: Subject, chance: random.Random) -> Subject:
    left, top, right, bottom = subject.box
    x, y, far = (left + right) / 2, (top + bottom) / 2, max(right - left, bottom - top)
    light = mixed(chief_colour(subject.drawing), "#fff6b0", 0.6)
    halo = [
        Shape(ellipse(x, y, far * share, far * share), fill=light, opacity=opacity)
        for share, opacity in ((0.66, 0.16), (0.58, 0.22), (0.5, 0.3))
    ]
    places = ((0.12, 0.14), (0.88, 0.22), (0.16, 0.78), (0.86, 0.8), (0.55, 0.04))
    sparkles = [
        Shape(
            sparkle(
                left + (right - left) * px, top + (bottom - top) * py, far * (0.06 + 0.06 * chance.random())
            ),
            fill="#fffbe0",
        )
        for px, py in places
    ]
    return replace(subject, drawing=subject.drawing.with_shapes(halo, sparkles))


def _poisonous(subject: Subject, chance: random.Random) -> Subject:
    left, top, right, bottom = subject.box
    width, height = right - left, bottom - top
    drawing = tinted(subject.drawing, "#55c81e", 0.42)
    after = []
    for k in range(6):
        x = left + width * (0.06 + 0.88 * chance.random())
        y = top + height * (0.9 * (k / 5) ** 1.4 - 0.06)
        radius = width * (0.03 + 0.045 * chance.random())
        after.append(
            Shape(ellipse(x, y, radius, radius), fill="#8df03c", stroke="#2f7d0c", width=radius * 0.28)
        )
        after.append(
            Shape(ellipse(x - radius * 0.3, y - radius * 0.3, radius * 0.26, radius * 0.26), fill="#f1ffd8")
        )
    drips = [drop(left + width * at, bottom + height * 0.03, width * 0.07) for at in (0.28, 0.52, 0.76)]
    after += [Shape(drip, fill="#6fdc28", stroke="#2f7d0c", width=width * 0.012) for drip in drips]
    return replace(subject, drawing=drawing.with_shapes(after=after))


def _scaled_beside_grass(subject: Subject, chance: random.Random) -> Subject:
    """Tiny: two fifths of the square, under blades of grass and beside a clover."""
    from audobon_cli.exemplars.pose import fitted

    small = subject.drawing.moved(
        fitted(subject.drawing, (UNITS * 0.3, UNITS * 0.52, UNITS * 0.72, UNITS * 0.94), bottom=True)
    )
    blades = []
    for k in range(9):
        x = UNITS * (0.06 + 0.11 * k)
        tall = UNITS * (0.5 + 0.4 * chance.random()) * (0.55 if 2 <= k <= 6 else 1.0)
        tip = x + UNITS * 0.16 * (chance.random() - 0.5)
        colour = ("#3fa34d", "#56c05f", "#2f8540")[k % 3]
        blade = (
            Segment("M", (x - UNITS * 0.03, UNITS * 0.97)),
            Segment(
                "C",
                (
                    x - UNITS * 0.02,
                    UNITS * 0.97 - tall / 2,
                    tip,
                    UNITS * 0.97 - tall,
                    tip,
                    UNITS * 0.97 - tall,
                ),
            ),
            Segment(
                "C",
                (
                    tip,
                    UNITS * 0.97 - tall,
                    x + UNITS * 0.04,
                    UNITS * 0.97 - tall / 2,
                    x + UNITS * 0.03,
                    UNITS * 0.97,
                ),
            ),
            Segment("Z"),
        )
        blades.append(Shape(blade, fill=colour))
    return Subject(small.with_shapes(before=blades), (), subject.alive)


def _over_trees(subject: Subject, chance: random.Random) -> Subject:
    """Giant: it fills the square, with trees and a house at its feet."""
    left, _, right, bottom = subject.box
    width = right - left
    after: list[Shape] = []
    for k in range(6):
        x, foot = left + width * (0.04 + 0.184 * k), bottom + width * 0.03
        tall = width * (0.13 + 0.05 * chance.random())
        after += house(x, foot, tall) if k == 2 else tree(x, foot, tall, ("#2f8540", "#3fa34d")[k % 2])
    return replace(subject, drawing=subject.drawing.with_shapes(after=after))


def dark_of(colour: str) -> str:
    """A dark line's colour beside ``colour``: of its hue, nearly black."""
    return mixed(colour, "#120c18", 0.74 if tone_of(colour).light > 0.35 else 0.4)


def _haunted(subject: Subject, chance: random.Random) -> Subject:
    """An evil face for what lives; for all else night, cobwebs, and a ghost that comes out of it."""
    if subject.alive or subject.eyes:
        return _face("evil")(subject, chance)
    left, top, right, bottom = subject.box
    width, height = right - left, bottom - top
    drawing = tinted(subject.drawing, "#2a1a4a", 0.62)
    spirit = ghost(right - width * 0.1, top + height * 0.24, min(width, height) * 0.4)
    marks = [*cobweb((left, top + height * 0.3, left + width * 0.5, bottom)), *spirit]
    return replace(subject, drawing=drawing.with_shapes(after=marks))


RULES: dict[str, Rule] = {
    "old": _old,
    "haunted": _haunted,
    "poisonous": _poisonous,
    "cute": _face("cute"),
    "happy": _face("happy"),
    "sad": _face("sad"),
    "sleepy": _face("sleepy"),
    "angry": _face("angry"),
    "evil": _face("evil"),
    "frozen": _frozen,
    "burning": _burning,
    "broken": _broken,
    "glowing": _glowing,
    "giant": _over_trees,
    "tiny": _scaled_beside_grass,
}
"""The rules by the names of vocabulary.ATTRIBUTES, in the order in which they are done."""
