"""Which plugins are installed, told from the metadata of packages: nothing of a plugin is imported for it.

A package names what it brings as entry points of the groups ``audobon.engines``, ``audobon.providers`` and so on. The
folders that Python imports from are read directly, and importlib.metadata is imported for packages that have such
groups alone: it takes longer to import than all these folders take to read.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import PluginUnusable
from audobon_cli.plugins.enabling import ALL, NONE, is_said, said

API_VERSION = 1
"""What plugins are written against: raised when one that worked could stop working. See docs/extensions.md."""
API_ATTRIBUTE = "AUDOBON_API"
"""Where a plugin's module says which it is."""

_MARK = b"[audobon."
_MOST_BYTES = 256 * 2**10
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}\Z")


class PluginKind(StrEnum):
    """What a plugin may be; ``audobon.`` and the value is the group of its entry points."""

    ENGINES = "engines"
    PROVIDERS = "providers"
    MEDIA = "media"
    OPERATIONS = "operations"
    METRICS = "metrics"
    PRESETS = "presets"
    """A folder of presets: models, families and services that the others of a package need. No code."""

    @property
    def group(self) -> str:
        """The group of entry points."""
        return f"audobon.{self.value}"


@dataclass(frozen=True, slots=True)
class Plugin:
    """One thing that an installed package brings. ``target`` is ``"module:attribute"``."""

    kind: PluginKind
    name: str
    target: str
    package: str
    version: str

    @property
    def label(self) -> str:
        """The package and its version."""
        return f"{self.package} {self.version}"

    def load(self) -> Any:
        """What the entry point names, imported now. Raises PluginUnusable for whatever its code raises, and for one of
        another API version."""
        if not _NAME.match(self.name):
            raise self._unusable(
                "its name is not of small letters, digits, - and _", "it must be named otherwise"
            )
        module_name, _, attribute = self.target.partition(":")
        try:  # what a module of others raises must stop nothing of ours
            module = import_module(module_name)
        except Exception as error:
            why = f"importing {module_name} fails: {type(error).__name__}: {error}"
            raise self._unusable(why, f"update or remove the package {self.package}") from error
        version = getattr(module, API_ATTRIBUTE, None)
        if version != API_VERSION:
            says = (
                f"{module_name} says no {API_ATTRIBUTE}"
                if version is None
                else f"it is made for API {version!r}"
            )
            hint = f"update the package {self.package}, or audobon-cli"
            raise self._unusable(f"{says}, and this version has API {API_VERSION}", hint)
        found = getattr(module, attribute, None)
        if found is None:
            raise self._unusable(
                f"{module_name} has no {attribute or 'attribute named'}", "update the package"
            )
        return found

    def unusable(self, why: str) -> PluginUnusable:
        """The error for a plugin that is not what its kind must be."""
        return self._unusable(why, f"`audobon plugins check {self.name}` tells what it must be")

    def _unusable(self, why: str, hint: str) -> PluginUnusable:
        return PluginUnusable(
            f"The plugin {self.name} of {self.label} cannot be used: {why.rstrip('.')}.",
            hint=hint,
            plugin=self.name,
            kind=self.kind.value,
            package=self.package,
            version=self.version,
        )


def enabled(plugin: Plugin) -> bool:
    """Whether the settings let ``plugin`` be used. Raises SettingInvalid."""
    text = said().strip()
    if text in (ALL, NONE, ""):
        return text == ALL
    names = {_normalised(one) for one in text.split(",")}
    return not names.isdisjoint((_normalised(plugin.package), _normalised(plugin.name)))


def installed() -> tuple[Plugin, ...]:
    """All plugins of installed packages, enabled or not, by kind and name; of a package that is there twice those of
    the first. Reads the folders of ``sys.path`` the first time: some milliseconds."""
    return _scan(tuple(sys.path))


def usable(kind: PluginKind) -> tuple[Plugin, ...]:
    """Those of ``kind`` that are enabled; of two with one name the first by package. Raises SettingInvalid."""
    if not is_said():
        return ()
    found: dict[str, Plugin] = {}
    for plugin in installed():
        if plugin.kind is kind and plugin.name not in found and enabled(plugin):
            found[plugin.name] = plugin
    return tuple(found.values())


def missing_packages(libraries: Mapping[str, str]) -> tuple[str, ...]:
    """Of the packages that a recipe names those that are not installed, each with its version."""
    from importlib.metadata import PackageNotFoundError, version

    missing = []
    for name, used in sorted(libraries.items()):
        try:
            if name != "audobon":
                version(name)
        except PackageNotFoundError:
            missing.append(f"{name} {used}")
    return tuple(missing)


@cache
def _scan(path: tuple[str, ...]) -> tuple[Plugin, ...]:
    found: dict[str, list[Plugin]] = {}
    for folder in dict.fromkeys(path):
        for metadata in _with_plugins(folder or "."):
            plugins = _plugins_in(metadata)
            if plugins:
                found.setdefault(_normalised(plugins[0].package), plugins)
    together = [plugin for plugins in found.values() for plugin in plugins]
    return tuple(sorted(together, key=lambda one: (one.kind, one.name, one.package)))


def _with_plugins(folder: str) -> Iterator[Path]:
    """The metadata folders in ``folder`` of packages that have entry points for us."""
    try:
        names = os.listdir(folder)
    except OSError:
        return  # an archive, or a folder that is not there
    for name in sorted(names):
        if name.endswith((".dist-info", ".egg-info")):
            path = os.path.join(folder, name, "entry_points.txt")
            try:
                with open(path, "rb") as file:
                    data = file.read(_MOST_BYTES)
            except OSError:
                continue  # most packages have none
            if _MARK in data:
                yield Path(folder, name)


def _plugins_in(metadata: Path) -> list[Plugin]:
    from importlib.metadata import Distribution

    distribution = Distribution.at(metadata)
    package, version = distribution.metadata["Name"], distribution.version
    kinds = {kind.group: kind for kind in PluginKind}
    return [
        Plugin(kinds[point.group], point.name, point.value, package, version)
        for point in distribution.entry_points
        if point.group in kinds and package
    ]


def _normalised(name: str) -> str:
    """As the specification of names of packages compares them."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()
