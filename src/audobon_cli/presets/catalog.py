"""Presets from TOML: qualities, styles, named sizes, models and model families.

Those that ship with the program come first; a user's own files of the same layout in the presets
folder of the configuration add to them, or replace one of the same name.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from audobon_cli.domain.capabilities import Capabilities, Option
from audobon_cli.domain.errors import PresetNotFound, SettingInvalid, SizeNotAllowed
from audobon_cli.domain.foreign.documents import parse_toml, read_bounded
from audobon_cli.domain.presets import NamedSize, Quality, Style
from audobon_cli.domain.scaling import UpscaleMethod
from audobon_cli.presets.families import Family as Family
from audobon_cli.presets.families import positive, read_family, size_of, texts
from audobon_cli.presets.models import PACKAGE, RefusedModel, read_model, read_refused, read_settings
from audobon_cli.presets.models import ModelPreset as ModelPreset
from audobon_cli.presets.parsed import ParsedPresets
from audobon_cli.presets.schedulers import SchedulerPreset, read_schedulers
from audobon_cli.presets.training import TrainingPreset, read_training

if TYPE_CHECKING:
    from audobon_cli.domain.providers import ProviderPreset
    from audobon_cli.domain.sound import SoundPreset, SoundWord

QUALITY_ORDER = ("draft", "optimized", "high", "ultra")

T = TypeVar("T")


def shipped_presets() -> Path:
    """The folder of the presets that ship with the program (in a checkout: ``presets/``)."""
    installed = PACKAGE / "presets" / "data"
    return installed if installed.is_dir() else PACKAGE.parent.parent / "presets"


class Presets:
    """All presets of one user: shipped ones, then their own, which replace those; ``plugins``' replace nothing. Files
    are read on first use of their kind; those that ship are parsed once, as ``cache`` is a folder (see ParsedPresets).
    """

    def __init__(
        self,
        folders: Sequence[tuple[str, Path]],
        plugins: Sequence[tuple[str, Path]] = (),
        cache: Path | None = None,
    ) -> None:
        self._folders = (*plugins, *folders)
        self._parsed = ParsedPresets(cache)

    @cached_property
    def qualities(self) -> dict[str, Quality]:
        """Quality levels by name, from the quickest to the best; a user's own come last."""
        found = self._load("quality", _quality)
        order = {name: place for place, name in enumerate(QUALITY_ORDER)}
        return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))

    @cached_property
    def styles(self) -> dict[str, Style]:
        """Styles by name."""
        return self._load("styles", _style)

    @cached_property
    def sizes(self) -> dict[str, NamedSize]:
        """Named sizes by name."""
        return self._load("sizes", _named_size)

    @cached_property
    def models(self) -> dict[str, ModelPreset]:
        """Models that have a short name."""
        return self._load("models", read_model)

    @cached_property
    def refused_models(self) -> dict[str, RefusedModel]:
        """Models that cannot be run, by name."""
        found: dict[str, RefusedModel] = {}
        for one in self._each("refused_models", read_refused):
            found |= one
        return found

    @cached_property
    def families(self) -> dict[str, Family]:
        """Model families by name."""
        return self._load("families", read_family)

    @cached_property
    def sounds(self) -> "dict[str, SoundPreset]":
        """Kinds of sounds that the synthesiser makes, by name."""
        from audobon_cli.presets.sounds import read_patterns, read_sound

        found = self._load("sounds", read_sound)
        for patterns in self._each("sound-patterns", read_patterns, sources=("built-in",)):
            for name, pattern in patterns.items():
                if name in found and found[name].source == "built-in":
                    found[name] = replace(found[name], pattern=pattern)
        return found

    @cached_property
    def sound_words(self) -> "dict[str, SoundWord]":
        """Words that say how a sound is, a user's own replacing shipped ones."""
        from audobon_cli.presets.sounds import read_sound_words

        found: dict[str, SoundWord] = {}
        for one in self._each("sound-words", read_sound_words):
            found |= one
        return found

    @cached_property
    def providers(self) -> "dict[str, ProviderPreset]":
        """Services that draw pictures elsewhere, by name."""
        from audobon_cli.presets.providers import read_provider

        return self._load("providers", read_provider)

    @cached_property
    def trainings(self) -> dict[str, TrainingPreset]:
        """Settings of training runs, by name."""
        return self._load("training", read_training)

    @cached_property
    def capabilities(self) -> Capabilities:
        """Which family honours which option: capabilities.toml, a user's own rows replacing shipped ones."""
        found = Capabilities({})
        for rows in self._each("capabilities", _capabilities):
            found = found.with_rows(rows)
        own = {one.name: one.honours for one in self.families.values() if one.honours is not None}
        return found.with_rows(Capabilities(own)) if own else found

    @cached_property
    def schedulers(self) -> dict[str, SchedulerPreset]:
        """The schedulers that requests may name, in the order of the file."""
        found: dict[str, SchedulerPreset] = {}
        for one in self._each("schedulers", read_schedulers):
            found |= one
        return found

    def scheduler(self, name: str) -> SchedulerPreset:
        """The scheduler ``name``. Raises PresetNotFound, naming the nearest."""
        return _pick("scheduler", name, self.schedulers)

    def provider(self, name: str) -> "ProviderPreset":
        """The provider ``name``. Raises PresetNotFound, naming the nearest."""
        return _pick("provider", name, self.providers, "providers list")

    def quality(self, name: str) -> Quality:
        """The quality level ``name``. Raises PresetNotFound, naming the nearest."""
        return _pick("quality", name, self.qualities)

    def style(self, name: str) -> Style:
        """The style ``name``. Raises PresetNotFound, naming the nearest."""
        return _pick("style", name, self.styles)

    def training(self, name: str) -> TrainingPreset:
        """The training settings ``name``. Raises PresetNotFound, naming the nearest."""
        return _pick("training preset", name, self.trainings)

    def size(self, name: str) -> NamedSize:
        """The named size ``name``. Raises PresetNotFound, naming the nearest."""
        return _pick("size", name, self.sizes)

    def sole_family(self, pipeline: str) -> Family | None:
        """The family of a pipeline class, if just one has it."""
        found = [family for family in self.families.values() if pipeline in family.pipelines]
        return found[0] if len(found) == 1 else None

    def family_of_pipeline(self, pipeline: str, traits: Mapping[str, object]) -> Family | None:
        """The family whose models run with the diffusers class ``pipeline``; of several the one whose
        conditions (``when``) the model's ``traits`` fulfil, else the one without conditions."""
        found = [f for f in self.families.values() if pipeline in f.pipelines]
        for family in sorted(found, key=lambda f: -len(f.when)):
            if all(traits.get(key) == value for key, value in family.when):
                return family
        return None

    def _load(self, kind: str, build: Callable[..., T]) -> dict[str, T]:
        found: dict[str, T] = {}
        for source, folder in self._folders:
            paths = sorted((folder / kind).glob("*.toml"))
            for path, table in zip(paths, self._tables(kind, source, paths), strict=True):
                found[path.stem] = _built(path, partial(build, path.stem, table, source=source))
        return dict(sorted(found.items()))

    def _each(
        self, kind: str, build: Callable[[Mapping[str, Any]], T], sources: Sequence[str] = ()
    ) -> Iterator[T]:
        """What ``build`` makes of the one file ``kind`` of each folder, of ``sources`` alone if there are any."""
        for source, folder in self._folders:
            path = folder / f"{kind}.toml"
            if source in (sources or (source,)) and path.is_file():
                for table in self._tables(kind, source, [path]):
                    yield _built(path, partial(build, table))

    def _tables(self, kind: str, source: str, paths: Sequence[Path]) -> Sequence[Mapping[str, Any]]:
        """What the files say. Raises SettingInvalid."""
        state = self._parsed.state(paths) if source == "built-in" else None
        known = None if state is None else self._parsed.known(kind, state)
        if known is not None:
            return known
        tables = [_built(path, lambda path=path: parse_toml(read_bounded(path))) for path in paths]  # type: ignore[misc]
        if state is not None:
            self._parsed.keep(kind, state, tables)
        return tables


def _built(path: Path, build: Callable[[], T]) -> T:
    """What ``build`` makes of the file. Raises SettingInvalid, naming the file and the fault."""
    try:
        return build()
    except OSError as error:
        raise _broken(path, f"cannot be read: {error}") from error
    except KeyError as error:
        raise _broken(path, f"lacks {error}") from error
    except (TypeError, ValueError, AttributeError, OverflowError, SizeNotAllowed) as error:
        raise _broken(path, f"holds a wrong value: {error}") from error


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Up to three of ``known`` that look like ``name``."""
    return difflib.get_close_matches(name.casefold(), list(known), n=3, cutoff=0.5)


def _pick(kind: str, name: str, known: Mapping[str, T], listing: str = "presets list") -> T:
    if name in known:
        return known[name]
    near = nearest(name, known)
    names = " or ".join(near) if near else ", ".join(known)
    raise PresetNotFound(
        f"There is no {kind} called {name!r}.",
        hint=f"did you mean {names}? `audobon {listing}` shows all" if near else f"there are: {names}",
        kind=kind,
        name=name,
        nearest=near,
    )


def _broken(path: Path, fact: str) -> SettingInvalid:
    return SettingInvalid(f"The preset {path} {fact}.", hint="see `audobon presets check`", path=str(path))


def _quality(name: str, data: Mapping[str, Any], source: str) -> Quality:
    families = read_settings(data["families"])
    if "default" not in families:
        raise KeyError("families.default")
    limit = data.get("timeout_seconds")
    return Quality(
        name,
        str(data["description"]),
        families,
        source,
        None if limit is None else positive(limit),
        str(data.get("reason", "")),
    )


def _style(name: str, data: Mapping[str, Any], source: str) -> Style:
    template = str(data["template"])
    if "{prompt}" not in template:
        raise ValueError("the template has no {prompt}")
    return Style(
        name,
        str(data["description"]),
        template,
        str(data.get("negative", "")),
        texts(data.get("families", [])),
        source,
        UpscaleMethod(data.get("upscale", UpscaleMethod.SMOOTH)),
        int(data.get("grid", 1)),
        _sound(data["sound"]) if "sound" in data else None,
    )


def _sound(table: Mapping[str, Any]) -> "SoundWord":
    from audobon_cli.presets.sounds import read_sound_word

    return read_sound_word(table)


def _named_size(name: str, data: Mapping[str, Any], source: str) -> NamedSize:
    families = {family: size_of(value) for family, value in data.get("families", {}).items()}
    return NamedSize(name, str(data["description"]), size_of(data["size"]), families, source)


def _capabilities(data: Mapping[str, Any]) -> Capabilities:
    schedulers = {family: texts(names) for family, names in data.get("schedulers", {}).items()}
    rows = {family: frozenset(map(Option, row)) for family, row in data.items() if family != "schedulers"}
    return Capabilities(rows, schedulers)
