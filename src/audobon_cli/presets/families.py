"""Model families: what all models of one share."""

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.foreign.documents import shortened
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.model import LOCAL_ENGINE, Calling
from audobon_cli.domain.units import Size, parse_size


@dataclass(frozen=True, slots=True)
class Family:
    """What all models of a family share; see SizeRule for the sizes (pixels)."""

    name: str
    pipelines: tuple[str, ...]
    native: Size
    multiple: int
    minimum: int
    maximum: int
    scales: bool
    calling: Calling = field(default_factory=Calling)
    when: tuple[tuple[str, object], ...] = ()
    """What the model's configuration must say, as (``component.key`` or ``key`` of the index, value)."""
    native_is_fixed: bool = False
    """Whether ``native`` holds for all models; else the denoiser's configuration goes first."""
    float16: bool = True
    """Whether its networks bear float16's range; where bfloat16 is missing, those that do not use float32."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Remarks on single options, for docs/capabilities.md."""
    engine: str = LOCAL_ENGINE
    produces: str = IMAGE
    """Engine and medium; see Model."""
    honours: frozenset[Option] | None = None
    """The options that an engine of its own heeds; None: those of the measured table."""
    usual_seconds: float = 0.0
    longest_seconds: float = 0.0
    """Of sounds: how long they are where nothing is said, and at most."""


def read_family(name: str, data: Mapping[str, Any], source: str) -> Family:
    """The family in a file's table. Raises KeyError for what is missing, ValueError or TypeError for what is wrong."""
    return Family(
        name,
        texts(data.get("pipelines", [])),
        size_of(data["native"]),
        int(data["multiple"]),
        int(data["minimum"]),
        int(data["maximum"]),
        bool(data.get("scales", False)),
        _calling(data.get("call", {})),
        tuple(sorted(data.get("when", {}).items())),
        bool(data.get("native_is_fixed", False)),
        bool(data.get("float16", True)),
        {str(Option(option)): str(words) for option, words in data.get("notes", {}).items()},
        str(data.get("engine", LOCAL_ENGINE)),
        str(data.get("produces", IMAGE)),
        frozenset(map(Option, data["honours"])) if "honours" in data else None,
        *map(positive, _lengths(data)),
    )


def _lengths(data: Mapping[str, Any]) -> tuple[Any, ...]:
    return (data["seconds"]["usual"], data["seconds"]["longest"]) if "seconds" in data else ()


def _calling(data: Mapping[str, Any]) -> Calling:
    # TOML has no null: ``none`` lists the arguments that are to be None.
    fixed = {**data.get("fixed", {}), **dict.fromkeys(data.get("none", ()))}
    names = {key: str(value) for key, value in data.items() if key not in ("fixed", "none")}
    return Calling(fixed=tuple(sorted(fixed.items())), **names)


def positive(value: object) -> float:
    """A number of seconds. Raises ValueError for any other value."""
    number = float(str(value))
    if not 0 < number < math.inf:
        raise ValueError(f"{value!r} is no number of seconds")
    return number


def texts(value: object) -> tuple[str, ...]:
    """A list of texts. Raises TypeError for any other value."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError(f"{shortened(value)} is no list of texts")
    return tuple(value)


def size_of(value: object) -> Size:
    """A size as it is written. Raises ValueError for any other value."""
    size = parse_size(str(value))
    if size is None:
        raise ValueError(f"{value!r} is not a size such as 64 or 64x96")
    return size
