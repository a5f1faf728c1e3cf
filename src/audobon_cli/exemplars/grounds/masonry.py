"""Grounds that people laid, in vectors: bricks, slabs, planks, plates and checks."""

import random

from audobon_cli.exemplars.grounds.kinds import GroundLook
from audobon_cli.exemplars.grounds.strokes import base, block, line
from audobon_cli.exemplars.shapes import UNITS, Shape, ellipse

JOINT = 0.011
"""Half the width of a joint, in shares of a tile."""


def bricks(look: GroundLook, seed: int) -> list[Shape]:
    """Courses of bricks, each half a brick on from the one below."""
    rows, across = look.kind.cells, 2
    shapes = [base(look.ramp[0])]
    for row in range(rows):
        starts = [k / across + (row % 2) / (2 * across) for k in range(across)]
        shapes += _course(look, seed, row, (row / rows, (row + 1) / rows), starts)
    return shapes


def slabs(look: GroundLook, seed: int) -> list[Shape]:
    """Large slabs of different widths, some of them cracked."""
    source, own = random.Random(f"{look.ground} slabs"), random.Random(f"{look.ground} cracks {seed}")
    rows = 3
    shapes = [base(look.ramp[0])]
    for row in range(rows):
        first = 0.1 + 0.45 * (row % 2) + source.random() * 0.1
        starts = [first, first + 0.4 + source.random() * 0.2]
        shapes += _course(look, seed, row, (row / rows, (row + 1) / rows), starts)
    for _ in range(4):
        x, y = 0.12 + 0.7 * own.random(), 0.1 + 0.7 * own.random()
        points = [(x, y)]
        for _ in range(3):
            x, y = x + (own.random() - 0.5) * 0.09, y + 0.02 + own.random() * 0.04
            points.append((x, y))
        shapes.append(Shape(line(*points), stroke=look.ramp[0], width=UNITS * 0.008, opacity=0.8, ends="rm"))
    return shapes


def planks(look: GroundLook, seed: int) -> list[Shape]:
    """Boards with joints, grain and nails."""
    rows = look.kind.cells
    common, own = random.Random(f"{look.ground} boards"), random.Random(f"{look.ground} grain {seed}")
    shapes = [base(look.ramp[0])]
    for row in range(rows):
        top, bottom = row / rows, (row + 1) / rows
        tone = 3 if common.random() > 0.6 else 2
        joint = (0.25 + 0.5 * (row % 2) + common.random() * 0.2) % 1
        shapes.append(
            Shape(
                block(joint + JOINT * 0.7, top + JOINT * 0.8, joint + 1 - JOINT * 0.7, bottom - JOINT * 0.8),
                fill=look.ramp[tone],
            )
        )
        for _ in range(5):
            x, y = 0.06 + own.random() * 0.6, top + JOINT * 3 + own.random() * (1 / rows - JOINT * 6)
            far = 0.08 + own.random() * 0.2
            shade = look.ramp[tone - 1 if own.random() < 0.7 else min(tone + 1, 4)]
            if not x < joint < x + far:
                shapes.append(
                    Shape(line((x, y), (x + far, y)), stroke=shade, width=UNITS * 0.01, opacity=0.8)
                )
        shapes += [
            Shape(ellipse(x * UNITS, y * UNITS, 20, 20), fill=look.ramp[0])
            for x in (joint - 0.03, joint + 0.03)
            for y in (top + 0.07, bottom - 0.07)
        ]
    return shapes


def plates(look: GroundLook, seed: int) -> list[Shape]:
    """Metal plates with rivets and scratches."""
    own = random.Random(f"{look.ground} scratches {seed}")
    shapes = [base(look.ramp[0])]
    side = 1 / look.kind.cells
    for row in range(look.kind.cells):
        for column in range(look.kind.cells):
            left, top = column * side, row * side
            right, bottom = left + side, top + side
            near, far = 0.012, 0.0264
            shapes += [
                Shape(block(left + near, top + near, right - near, bottom - near), fill=look.ramp[1]),
                Shape(block(left + near, top + near, right - far, bottom - far), fill=look.ramp[3]),
                Shape(block(left + far, top + far, right - far, bottom - far), fill=look.ramp[2]),
            ]  # fmt: skip
            for x in (left + 0.065, right - 0.065):
                for y in (top + 0.065, bottom - 0.065):
                    shapes += [
                        Shape(ellipse(x * UNITS + 7, y * UNITS + 9, 34, 34), fill=look.ramp[0]),
                        Shape(ellipse(x * UNITS, y * UNITS, 31, 31), fill=look.ramp[3]),
                        Shape(ellipse(x * UNITS - 8, y * UNITS - 9, 12, 12), fill=look.ramp[4]),
                    ]
    for _ in range(8):
        x, y = 0.1 + own.random() * 0.75, 0.15 + own.random() * 0.75
        far = 0.03 + own.random() * 0.05
        shade = look.ramp[own.choice((1, 3))]
        shapes.append(Shape(line((x, y), (x + far, y - far)), stroke=shade, width=UNITS * 0.008, opacity=0.8))
    return shapes


def checks(look: GroundLook, seed: int) -> list[Shape]:
    """Light and dark squares, polished, with veins."""
    own = random.Random(f"{look.ground} veins {seed}")
    count = look.kind.cells
    side = 1 / count
    shapes = [base(look.ramp[0])]
    for row in range(count):
        for column in range(count):
            dark = (row + column) % 2
            left, top = column * side, row * side
            edges = (left + 0.004, top + 0.004, left + side - 0.004, top + side - 0.004)
            shapes.append(Shape(block(*edges, radius=0.006), fill=look.ramp[1 if dark else 3]))
            for _ in range(2):
                x, y = left + side * (0.2 + own.random() * 0.4), top + side * (0.2 + own.random() * 0.4)
                points = [(x, y)]
                for _ in range(3):
                    x, y = x + side * 0.1 * own.random(), y + side * 0.22 * (own.random() - 0.4)
                    points.append((x, y))
                shade = look.ramp[0 if dark else 2]
                shapes.append(Shape(line(*points), stroke=shade, width=UNITS * 0.009, ends="rr"))
            shine = [(left + side * 0.1, top + side * 0.32), (left + side * 0.32, top + side * 0.1)]
            shapes.append(Shape(line(*shine), stroke=look.ramp[2 if dark else 4], width=UNITS * 0.018))
    return shapes


def _course(
    look: GroundLook, seed: int, row: int, between: tuple[float, float], starts: list[float]
) -> list[Shape]:
    """Blocks that begin at ``starts`` of a row; the last one reaches over the border."""
    shapes = []
    top, bottom = between[0] + JOINT, between[1] - JOINT
    for place, start in enumerate(starts):
        last = place == len(starts) - 1
        end = starts[0] + 1 if last else starts[place + 1]
        crosses = end > 1.0001
        key = f"{look.ground} {row} {place}" + ("" if crosses else f" {seed}")
        chance = random.Random(key).random()
        tone = 2 + (chance > 0.72) - (chance < 0.22)
        left, right = start + JOINT, end - JOINT
        shapes += [
            Shape(block(left, top, right, bottom), fill=look.ramp[tone - 1]),
            Shape(block(left, top, right, bottom - 0.018), fill=look.ramp[min(tone + 1, 4)]),
            Shape(block(left + 0.004, top + 0.018, right - 0.004, bottom - 0.018), fill=look.ramp[tone]),
        ]
    return shapes
