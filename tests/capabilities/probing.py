"""Experiments that find out whether a family's pictures obey an option.

A probe draws with the real engine on the family's tiny pipeline (tests/tiny_models/families.py), with and
without the option, from the same seed. The bench goes the way of a user's request - resolution, then the
engine - with a capability table in which every family honours everything, so that the probe sees what would
happen if nothing were refused.

To add a probe: a file probe_<option>.py in this folder with ``PROBES``, a tuple of Probe. Then
``python -m tests.capabilities`` writes presets/capabilities.toml and docs/capabilities.md.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import tests.capabilities as package
from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.errors import InvalidInput, ModelUnsupported
from audobon_cli.domain.events import ignore
from audobon_cli.domain.request import GenerationRequest, ResolvedRequest
from audobon_cli.domain.sound import SoundChoices
from audobon_cli.engines.base import Rendered
from audobon_cli.engines.diffusers.engine import LocalEngine
from audobon_cli.generation.resolve.local import resolve
from audobon_cli.media.sound.wav import SoundSamples
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.hub import HubAccess
from audobon_cli.settings.settings import Settings
from tests.tiny_models.families import ALL_FAMILIES, TINY_SOUNDS, TinyFamily

Pixels = NDArray[np.integer[Any]]
OF_PICTURES = {
    *(Option.SIZE, Option.INIT_IMAGE, Option.MASK, Option.TILE),
    *(Option.CONTROLNET, Option.IP_ADAPTER, Option.REFINER),
}
"""What is said in pixels: there is nothing to try where none are drawn."""
REFUSALS = (InvalidInput, ModelUnsupported)
"""How the engine says that a pipeline cannot do something (OptionUnsupported is an InvalidInput)."""


@dataclass(frozen=True)
class Bench:
    """One family's tiny pipeline in a real engine. ``work`` is a folder for files that a probe makes."""

    family: str
    tiny: TinyFamily
    engine: LocalEngine
    registry: ModelRegistry
    work: Path
    starts: dict[str, Pixels] = field(default_factory=dict)
    """What requests drew from which others differ in one option, by what is asked: most experiments share one."""

    @property
    def folder(self) -> Path:
        """The pipeline's folder."""
        return self.tiny.folder()

    def request(self, **asked: Any) -> ResolvedRequest:
        """A request for a small picture in few steps; ``asked`` are fields of GenerationRequest."""
        extent: dict[str, Any] = {"size": str(self.tiny.side)}
        if self.family in TINY_SOUNDS:
            extent = {"sound": SoundChoices(0.2)}
        fields = {
            "prompt": "cute dragon",
            "model": f"tiny-{self.family}",
            "quality": "draft",
            "style": "none",
            "steps": 2,
            "seed": 7,
            **extent,
        }
        return resolve(GenerationRequest(**{**fields, **asked}), Settings(), self.registry)

    def draw(self, **asked: Any) -> Pixels:
        """The first picture of such a request, (height, width, 3 or 4), or the samples of the first sound, (frames,
        channels). Raises what a user would meet."""
        made = self.render(self.request(**asked)).content
        return made.samples if isinstance(made, SoundSamples) else np.asarray(made)

    def render(self, request: ResolvedRequest) -> Rendered:
        """The first picture of ``request``, with its problems."""
        return self.engine.render(request, request.seed, 0, ignore, lambda: False)

    def obeys(self, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
        """Whether two requests that differ in the option give different pictures; False if refused.

        The first is drawn twice: a picture that differs from itself proves nothing.
        """
        try:
            return not np.array_equal(self._start(one), self.draw(**other))
        except REFUSALS:
            return False

    def _start(self, asked: Mapping[str, Any]) -> Pixels:
        key = repr(sorted(({"steps": 2, "seed": 7} | dict(asked)).items()))
        if key not in self.starts:
            first, again = self.draw(**asked), self.draw(**asked)
            assert np.array_equal(first, again), f"{self.family}: the same request gave two pictures"
            self.starts[key] = first
        return self.starts[key]


@dataclass(frozen=True)
class Probe:
    """``honoured`` runs the experiment; ``asks`` are request fields that ask for the option: with them a
    family that does not honour it must be refused by resolution (empty where no field asks for it)."""

    option: Option
    honoured: Callable[[Bench], bool]
    asks: Mapping[str, Any] = field(default_factory=dict)


@cache
def all_probes() -> dict[Option, Probe]:
    """The probes of every probe_*.py here, by option."""
    found: dict[Option, Probe] = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("probe_"):
            for probe in importlib.import_module(f"{package.__name__}.{module.name}").PROBES:
                assert probe.option not in found, f"two probes for {probe.option}"
                found[probe.option] = probe
    return found


def make_bench(family: str, work: Path, engine: LocalEngine | None = None) -> Bench:
    """A bench in the empty folder ``work``."""
    return Bench(
        family, ALL_FAMILIES[family], engine or LocalEngine(device="cpu"), permissive_registry(work), work
    )


def permissive_registry(work: Path) -> ModelRegistry:
    """The shipped presets, with the tiny models as tiny-<family> and a table that honours everything."""
    own = work / "presets"
    (own / "models").mkdir(parents=True, exist_ok=True)
    everything = [option.value for option in Option]
    table = "".join(f"{name} = {everything!r}\n" for name in ALL_FAMILIES)
    schedulers = [*Presets((("built-in", shipped_presets()),)).schedulers]
    table += "[schedulers]\n" + "".join(f"{name} = {schedulers!r}\n" for name in ALL_FAMILIES)
    (own / "capabilities.toml").write_text(table, encoding="utf-8")
    return tiny_registry(own)


def tiny_registry(own: Path) -> ModelRegistry:
    """A registry with the tiny models as tiny-<family>; ``own`` is the folder for presets of its own."""
    (own / "models").mkdir(parents=True, exist_ok=True)
    for name, tiny in ALL_FAMILIES.items():
        lines = (f"family = {name!r}", f"folder = {str(tiny.folder())!r}", "licence = ''", "description = ''")
        (own / "models" / f"tiny-{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    presets = Presets((("built-in", shipped_presets()), ("own", own)))
    return ModelRegistry(presets, own / "shelf", HubAccess("http://127.0.0.1:9", own / "cache", None, True))


def measure(family: str, work: Path) -> frozenset[Option]:
    """The options that ``family`` honours, by experiment."""
    bench = make_bench(family, work)
    probes = {
        option: probe
        for option, probe in all_probes().items()
        if family not in TINY_SOUNDS or option not in OF_PICTURES
    }
    return frozenset(option for option, probe in probes.items() if probe.honoured(bench))
