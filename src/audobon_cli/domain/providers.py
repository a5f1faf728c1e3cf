"""Other people's GPUs: what a service offers, what it costs, and what came of a call. Pure data and rules.

A service's models are data (presets/providers/*.toml, read by presets.providers); how it is spoken to is a
file of its own in engines/remote.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.units import Size, micro_usd, usd


class Billed(StrEnum):
    """Whether a call was, or will be, paid for."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"
    """The request left and no answer came: it counts as paid until the service's own bill says otherwise."""


@dataclass(frozen=True, slots=True)
class Sourced:
    """Where a figure comes from, and on which day it was read there."""

    source: str
    checked: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a service's reply says that a call took: tokens by kind (``text_in``, ``image_in``, ``image_out``),
    seconds of computing, or the cost itself. None and empty where it does not say."""

    tokens: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None
    cost_usd: float | None = None

    def facts(self) -> dict[str, Any]:
        """What is known, JSON-ready."""
        known: dict[str, Any] = dict(self.tokens)
        if self.seconds is not None:
            known["seconds"] = self.seconds
        if self.cost_usd is not None:
            known["cost_usd"] = self.cost_usd
        return known


@dataclass(frozen=True, slots=True)
class Price:
    """What one picture costs, in US dollars.

    ``per_picture`` maps qualities to dollars ("default" for the others): the price, or the estimate where the
    bill goes by tokens (``per_million``, by the kinds of Usage.tokens) or by ``per_second``. It holds for pictures
    of up to ``per_picture_pixels`` and grows with larger ones; 0: it is the same for all.
    """

    origin: Sourced
    per_picture: Mapping[str, float] = field(default_factory=dict)
    per_megapixel: float = 0.0
    per_second: float = 0.0
    per_million: Mapping[str, float] = field(default_factory=dict)
    per_picture_pixels: int = 0
    unknown: bool = False
    """Nobody here knows what is billed: nothing can be said before, and nothing is counted."""

    def estimate(self, quality: str, size: Size) -> int:
        """Micro-dollars that one picture is expected to cost: what is said before and reserved."""
        flat = self.per_picture.get(quality, self.per_picture.get("default", 0.0))
        pixels = size.width * size.height
        times = max(1.0, pixels / self.per_picture_pixels) if self.per_picture_pixels else 1.0
        return micro_usd(flat * times + self.per_megapixel * pixels / 1e6)

    def actual(self, usage: Usage, quality: str, size: Size) -> int:
        """Micro-dollars by what the reply says; the estimate where it says nothing that is billed by."""
        if usage.cost_usd is not None:
            return micro_usd(usage.cost_usd)
        if self.per_million and usage.tokens:
            return micro_usd(sum(usage.tokens.get(k, 0) * rate / 1e6 for k, rate in self.per_million.items()))
        if self.per_second and usage.seconds is not None:
            return micro_usd(self.per_second * usage.seconds)
        return self.estimate(quality, size)

    @property
    def is_free(self) -> bool:
        """Whether nothing is ever billed (a server of one's own)."""
        return not (
            self.unknown
            or any(self.per_picture.values())
            or self.per_megapixel
            or self.per_second
            or self.per_million
        )


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """When a model ends or ended, and what to use instead."""

    origin: Sourced
    ends: date
    successor: str = ""

    def is_over(self, today: date) -> bool:
        """Whether the service takes no more requests for it."""
        return today >= self.ends


@dataclass(frozen=True, slots=True, eq=False)
class RemoteModel:
    """A model of a provider. Compared by identity: there is one object for each file's entry.

    ``id`` is what the service calls it. ``parameters`` maps what a request may ask for (seed, steps, guidance,
    negative, init_image, strength, width, height) to the service's names; what is not in it is not honoured.
    ``fixed`` goes with every request, ``qualities`` with those of a quality, ``sizes`` maps each size that it
    draws to what asks for it. Without ``sizes`` every size within ``multiple``, ``minimum`` and ``maximum``
    pixels is drawn. ``native`` is the size when none is asked for.
    """

    name: str
    provider: str
    id: str
    family: str
    native: Size
    price: Price
    title: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    qualities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sizes: Mapping[Size, Mapping[str, Any]] = field(default_factory=dict)
    multiple: int = 8
    minimum: int = 64
    maximum: int = 2048
    extra_options: frozenset[Option] = frozenset()
    lifecycle: Lifecycle | None = None
    regions: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    """What only the provider's own engine reads (file names, API variants)."""

    @property
    def options(self) -> frozenset[Option]:
        """What a request may ask of it: the same names as for families here."""
        named = {name: option for name, option in _OPTION_OF.items() if name in self.parameters}
        sized = {Option.SIZE} if self.sizes or "width" in self.parameters else set()
        return frozenset(named.values()) | sized | self.extra_options


_OPTION_OF = {
    "seed": Option.SEED,
    "steps": Option.STEPS,
    "guidance": Option.GUIDANCE,
    "negative": Option.NEGATIVE,
    "init_image": Option.INIT_IMAGE,
}


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many requests that make pictures a service allows in a minute, by its documentation."""

    origin: Sourced
    per_minute: float


@dataclass(frozen=True, slots=True, eq=False)
class ProviderPreset:
    """A service: its models by short name, its documented limits, where it is and which variables hold its key.

    ``timeout_seconds`` is the longest that the platform lets a request run (None: not said); ``keys`` are the
    variables that may hold the key, the first found counts; ``endpoint_variables`` those that move the address.
    ``sign_in`` is the command that signs in where the service's own tools can do without a key.
    """

    name: str
    title: str
    default_model: str
    models: Mapping[str, RemoteModel]
    endpoint: str = ""
    endpoint_variables: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    rate: RateLimit | None = None
    timeout_seconds: float | None = None
    documentation: str = ""
    extra: str = ""
    sign_in: str = ""
    keyring_name: str = ""
    """What its key is called in the keyring, where that is not its name."""


LONGEST_WORKFLOW = 64 * 1024
"""Characters of a workflow that go into the recipe of each of its pictures."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the call that made a picture came to; recipes carry it. ``price_is`` is ``billed`` where it follows
    from the reply, ``unknown`` where nobody knows it, else ``listed``. ``workflow`` is the user's own, as JSON, where
    it was drawn by one; ``tiled``: it was decoded in tiles."""

    provider: str
    model: str
    request_id: str
    price_micro_usd: int
    price_is: str
    workflow: str = ""
    tiled: bool = False

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready. A workflow is named by its digest, and kept itself unless it is very long."""
        found = {
            "provider": self.provider,
            "model": self.model,
            "request_id": self.request_id,
            "price_usd": usd(self.price_micro_usd),
            "price_is": self.price_is,
        }
        if self.tiled:
            found["decoding"] = "tiled"
        if self.workflow:
            found["workflow_sha256"] = hashlib.sha256(self.workflow.encode()).hexdigest()
        if 0 < len(self.workflow) <= LONGEST_WORKFLOW:
            found["workflow"] = self.workflow
        return found
