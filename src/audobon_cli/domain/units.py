"""Sizes in pixels, bytes, durations, dates, counts and money: parsing, and the one way in which people read them.

Scripts read bytes, seconds and UTC in ISO 8601: `machine_time`.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audobon_cli.domain.errors import InvalidInput, SizeNotAllowed

MAX_SIDE_PIXELS = 8192
"""Above this a decoded RGBA picture passes 256 MiB: a typing error rather than a wish."""
SECONDS_OF = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Width and height of a picture in pixels, both at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if not (1 <= self.width <= MAX_SIDE_PIXELS and 1 <= self.height <= MAX_SIDE_PIXELS):
            raise SizeNotAllowed(
                f"A size of {self.width}x{self.height} is outside 1 to {MAX_SIDE_PIXELS} pixels a side.",
                hint="give --size 64, --size 64x96 or a named size (`audobon presets list`)",
            )

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


MOST_COUNT = 10**18
"""More than there is of anything here."""


def count_of(digits: str) -> int:
    """A whole number that someone typed or wrote, a minus before it or not; at most MOST_COUNT, since Python refuses to
    read thousands of digits and takes long for hundreds."""
    number = digits.lstrip("-")
    count = int(number) if len(number) <= len(str(MOST_COUNT)) else MOST_COUNT
    return -count if digits.startswith("-") else count


def natural(name: str) -> list[tuple[bool, int, str]]:
    """A key that sorts walk_2 before walk_10."""
    return [
        (part.isdecimal(), count_of(part) if part.isdecimal() else 0, part)
        for part in re.split(r"(\d+)", name)
    ]


def parse_size(text: str) -> Size | None:
    """``"64"`` or ``"64x96"`` as a Size; None when ``text`` has neither form (a named size, perhaps).

    Raises SizeNotAllowed for numbers out of range.
    """
    match = re.fullmatch(r"(-?\d+)(?:\s*[xX×]\s*(-?\d+))?", text.strip())
    if match is None:
        return None
    width = count_of(match[1])
    return Size(width, count_of(match[2]) if match[2] is not None else width)


def parse_bytes(text: str) -> int:
    """``"5GB"``, ``"4.5 GiB"`` or ``"6000MB"`` in bytes; powers of 1024 either way, as memory is sold.

    Raises InvalidInput for anything else.
    """
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?)\s*([MGT])i?B?", text.strip(), re.IGNORECASE)
    if match is None:
        raise InvalidInput(f"{text!r} is no amount of memory.", hint="write it as 5GB or 4500MB", text=text)
    return int(float(match[1]) * 1024 ** {"M": 2, "G": 3, "T": 4}[match[2].upper()])


def format_bytes(count: int) -> str:
    """``count`` bytes for people, in powers of 1024 and at most three digits: ``"4.1 GiB"``, ``"282 MiB"``."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        # What would be rounded to four digits belongs to the next unit.
        if abs(value) < (1000 if unit == "B" else 999.5):
            return f"{value:.0f} {unit}" if unit == "B" else f"{_three_digits(value)} {unit}"
        value /= 1024
    return f"{_three_digits(value)} TiB"


def _three_digits(value: float) -> str:
    return f"{value:.1f}" if abs(value) < 99.95 else f"{value:.0f}"


def format_seconds(seconds: float) -> str:
    """A duration for people: ``"0.8 s"``, ``"43 s"``, ``"2 min 05 s"``, ``"1 h 02 min"``, ``"3 days"``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours < 48 else f"{hours // 24} days"


def plural(count: int, noun: str, plural_noun: str = "") -> str:
    """``"1 asset"``, ``"2 assets"``, ``"1,204 assets"``; ``plural_noun`` where an s is not all."""
    return f"{count:,} {noun if count == 1 else plural_noun or noun + 's'}"


def format_time(moment: datetime, now: datetime | None = None) -> str:
    """A moment for people, in the zone of this computer: ``"today 16:29"``, ``"yesterday 09:05"``,
    ``"2026-11-02 16:29"``. ``now`` is the moment at which they read it (None: this one)."""
    local = moment.astimezone()
    day = _day(local, now)
    return f"{day or f'{local:%Y-%m-%d}'} {local:%H:%M}"


def format_day(moment: datetime, now: datetime | None = None) -> str:
    """The same in eleven characters at most: ``"today 16:29"``, ``"yesterday"``, ``"2026-11-02"``."""
    local = moment.astimezone()
    day = _day(local, now)
    return f"{day} {local:%H:%M}" if day == "today" else day or f"{local:%Y-%m-%d}"


def format_exact_time(moment: datetime) -> str:
    """A moment for people to the second, with the zone: ``"2026-11-28 16:29:05 +0100"``."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S %z}"


def machine_time(moment: datetime) -> str:
    """A moment for scripts, in UTC: ``"2026-11-28T15:29:05Z"``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _day(local: datetime, now: datetime | None) -> str:
    """``"today"``, ``"yesterday"``, or ""."""
    today = (now or datetime.now(UTC)).astimezone().date()
    return {today: "today", today - timedelta(days=1): "yesterday"}.get(local.date(), "")


MOST_SECONDS = 100 * 366 * 86_400
"""A hundred years: clocks, timers and databases count further than that, but not for ever."""


def parse_seconds(text: str, option: str) -> float:
    """A duration as ``90``, ``90s``, ``10m``, ``2h`` or ``7d``, in seconds. Raises InvalidInput naming ``option``."""
    number, unit = text.strip(), 1.0
    if number[-1:] in SECONDS_OF:
        number, unit = number[:-1], SECONDS_OF[number[-1:]]
    try:
        seconds = float(number) * unit
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise InvalidInput(f"{option} {text!r} is no duration.", hint="write 90s, 10m or 2h")
    if seconds > MOST_SECONDS:
        raise InvalidInput(f"{option} {text!r} is longer than a hundred years.", hint="write 90s, 10m or 2h")
    return seconds


MICRO = 1_000_000


def micro_usd(dollars: float) -> int:
    """``dollars`` in micro-dollars, rounded to the nearest."""
    return round(dollars * MICRO)


def usd(micro: int) -> float:
    """Micro-dollars as dollars."""
    return micro / MICRO


def format_usd(micro: int) -> str:
    """For people: cents where they say enough, as many places as needed below a cent: ``"$0.003"``, ``"$1.20"``."""
    if micro % 10_000 == 0:
        return f"${micro / MICRO:.2f}"
    return f"${micro / MICRO:.6f}".rstrip("0")
