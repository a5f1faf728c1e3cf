"""The faults: what each is, where its limit lies, how it is said in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.plugins.discovery import PluginKind
from audobon_cli.plugins.registry import Registry


@dataclass(frozen=True, slots=True)
class Fault:
    """``limit`` is the number that scores 0.5. ``words`` says a number that is multiplied by ``scale`` before."""

    about: str
    limit: float
    words: str
    scale: float = 1.0

    def score(self, value: float) -> float:
        """From 1 (without the fault) down to 0: 0.5 at the limit, 0.2 at twice of it, 0.8 at half."""
        return 1 / (1 + (value / self.limit) ** 2)

    def said(self, value: float) -> str:
        """``value`` as people read it."""
        return self.words.format(value * self.scale)


FAULTS: Mapping[str, Fault] = {
    "blank": Fault("nothing, or one colour all over", 0.25, "hardly anything is to be seen"),
    "outline": Fault("gaps in an outline", 0.06, "the outline leaves out {:.0f} % of the rim", 100),
    "stray": Fault("specks apart from the figure", 1.0, "stray specks: {:.0f}"),
    "clipped": Fault("cut off at the border", 0.27, "cut off along {:.0f} % of its extent", 100),
    "jaggies": Fault(
        "bumps and dents of one pixel", 0.06, "{:.0f} bumps and dents in 100 pixels of the rim", 100
    ),
    "off_palette": Fault("colours outside of the palette", 0.05, "{:.0f} % is outside of the palette", 100),
    "halo": Fault("a rim left of a background", 0.1, "a rim of a former background, {:.2f} of 1"),
    "alignment": Fault("pixel art beside its grid", 0.04, "{:.0f} % of the edges are beside the grid", 100),
    "banding": Fault("gradients in visible steps", 0.14, "{:.0f} % is in visible bands", 100),
}
"""Every fault by its name, which printed scores use. ``python -m bench.quality limits`` says how many sound
and how many faulty pictures are below each limit; halo's is that of ``sprite check``."""


@dataclass(frozen=True, slots=True)
class QualityMetric(Fault):
    """A fault that a plugin measures: ``measure`` gives 0 for a picture without it, the more the worse, and the same
    for equal pixels. It is called with each frame alone, as ``picture.frames[0]``."""

    measure: Callable[[DecodedImage], float] = field(kw_only=True)


REGISTRY: Registry[Fault] = Registry(PluginKind.METRICS, FAULTS, QualityMetric)
"""The faults, and the metrics of plugins, whose entry points name a QualityMetric."""


def metrics_named(names: Sequence[str]) -> dict[str, QualityMetric]:
    """The metrics of plugins called ``names``. Raises InvalidInput for others, PluginUnusable."""
    found: dict[str, QualityMetric] = {}
    for name in names:
        metric = None if name in FAULTS else REGISTRY.load(name)
        if not isinstance(metric, QualityMetric):
            there = ", ".join(one.name for one in REGISTRY.plugins()) or "none is installed"
            fact = "is measured anyway" if name in FAULTS else "is a metric of no plugin"
            raise InvalidInput(
                f"{name!r} {fact}.", hint=REGISTRY.hint(name) or f"metrics of plugins: {there}"
            )
        found[name] = metric
    return found
