"""CSS sprites: a rule for each frame, with its width, height and ``background-position``, and keyframes for times."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from audobon_cli.sprites.sheets.readers.frames import MAX_FRAMES, DataPage, Number, Stated, bounded, number

MAX_DEPTH = 16
MAX_PARTS = 20 * MAX_FRAMES
"""Rules, and quotation marks, of so many frames at most."""

_COMMENT_OR_STRING = re.compile(r'/\*.*?(?:\*/|\Z)|"((?:[^"\\]|\\.)*+)"?|\'((?:[^\'\\]|\\.)*+)\'?', re.DOTALL)
"""Ended or not: what matches always needs no second look, however long it is."""
_URL = re.compile(r"url\(([^)]{0,1000})\)")
_PLAYS = re.compile(r"\s*(\S+)\s+([\d.]+)(ms|s)\s")
_NAME = re.compile(r"[.#]([\w-]+)")
_SHARES = {"from": "0", "to": "100"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class _Rule(NamedTuple):
    """What stands between two braces: the selectors around it, the inner one last, and what is said by property."""

    selectors: tuple[str, ...]
    said: Mapping[str, str]


class _Shown(NamedTuple):
    """A part of a page, and what is put back around it: ``margins`` at the top, right, bottom and left."""

    image: str
    x: Number
    y: Number
    width: Number
    height: Number
    margins: tuple[Number, ...]


def fits(text: str) -> bool:
    """Whether some rule of ``text`` shows a part of a picture."""
    return "background-position" in text and "{" in text


def read(text: str) -> list[DataPage]:
    """A page for each picture. Frames are called after their classes, without what the class of the sheet has before
    them: ``walk_00`` of ``.hero-walk_00`` beside ``.hero``. Raises ValueError."""
    if any(text.count(mark) > MAX_PARTS for mark in "{}\"'"):
        raise ValueError("it has far too many parts")
    strings: list[str] = []

    def kept(found: re.Match[str]) -> str:
        if found[0].startswith("/*"):
            return " "
        strings.append(_ESCAPED.sub(r"\1", found[1] or found[2] or ""))
        return f'"{len(strings) - 1}"'

    rules = list(_rules(_COMMENT_OR_STRING.sub(kept, text)))
    plain = [rule for rule in rules if len(rule.selectors) == 1]
    sheet = next((rule for rule in plain if _image(rule, strings)), None)
    usual = (_image(sheet, strings) if sheet else None) or ""
    before = _class(sheet) if sheet and not _is_frame(sheet) else ""
    times = _times(rules, usual, strings)
    pages: dict[str, list[Stated]] = {}
    for rule in plain:
        if _is_frame(rule) and _class(rule):
            shown = _shown(rule, usual, strings)
            top, right, bottom, left = shown.margins
            whole = (left + shown.width + right, top + shown.height + bottom)
            name = _class(rule).removeprefix(f"{before}-") if before else _class(rule)
            pages.setdefault(shown.image, []).append(
                Stated(name, *shown[1:5], left, top, whole, time=times.get(shown))
            )
    return [DataPage(image, None, bounded(frames)) for image, frames in pages.items()]


def _rules(text: str) -> Iterator[_Rule]:
    """All rules, also those within others, in the order in which they end."""
    selectors: list[str] = []
    content = ""
    for part in re.split(r"([{}])", text):
        if part == "{":
            selectors.append(content.rpartition(";")[2].strip())
            if len(selectors) > MAX_DEPTH:
                raise ValueError("it is nested too deeply")
        elif part == "}" and selectors:
            pairs = (each.partition(":") for each in content.split(";"))
            yield _Rule(tuple(selectors), {key.strip().lower(): value.strip() for key, _, value in pairs})
            selectors.pop()
        content = part if part not in "{}" else ""


def _is_frame(rule: _Rule) -> bool:
    return {"width", "height", "background-position"} <= rule.said.keys()


def _image(rule: _Rule, strings: list[str]) -> str | None:
    said = rule.said.get("background-image") or rule.said.get("background") or ""
    found = _URL.search(said)
    if found is None:
        return None
    said = found[1].strip()
    return strings[int(said[1:-1])] if said.startswith('"') else said


def _class(rule: _Rule) -> str:
    """The last class, or id, of its selector."""
    return next(reversed(_NAME.findall(rule.selectors[-1])), "")


def _shown(rule: _Rule, usual: str, strings: list[str]) -> _Shown:
    x, y = (-_pixels(part) for part in rule.said["background-position"].split())
    image = _image(rule, strings)
    size = _pixels(rule.said["width"]), _pixels(rule.said["height"])
    margins = rule.said.get("margin", "").split()  # by which our sheets put back what was trimmed
    around = tuple(_pixels(part) for part in margins) if len(margins) == 4 else (0, 0, 0, 0)
    return _Shown(usual if image is None else image, x, y, *size, around)


def _pixels(value: str) -> Number:
    return number(value.removesuffix("px"))


def _times(rules: list[_Rule], usual: str, strings: list[str]) -> dict[_Shown, int]:
    """Whole milliseconds by what is shown, of the first animation that shows it; ends are rounded, and no lengths."""
    steps: dict[str, list[tuple[Number, _Shown]]] = {}
    for rule in rules:
        heading, _, name = rule.selectors[0].partition(" ")
        if heading.endswith("keyframes") and len(rule.selectors) == 2 and _is_frame(rule):
            part = _shown(rule, usual, strings)
            for said in rule.selectors[1].split(","):
                share = _SHARES.get(said.strip()) or said.strip()
                steps.setdefault(name.strip(), []).append((number(share.removesuffix("%")), part))
    times: dict[_Shown, int] = {}
    for rule in rules:
        played = _PLAYS.match(rule.said.get("animation", "") + " ")
        if played and played[1] in steps:
            total = number(played[2]) * (1000 if played[3] == "s" else 1)
            shown = sorted(steps[played[1]], key=lambda step: step[0])
            ends = [round(Fraction(share) * total / 100) for share, _ in shown]
            for (_, part), start, end in zip(shown, ends, ends[1:], strict=False):
                times.setdefault(part, end - start)
    return times
