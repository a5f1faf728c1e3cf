"""Things of one kind by name: built-in ones, then those of plugins. A further kind is a PluginKind and one of these."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

from audobon_cli.dataclass import dataclass
from audobon_cli.plugins.discovery import Plugin, PluginKind, enabled, installed, usable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Registry(Generic[T]):
    """``builtin`` are the things that ship, or ``"module:attribute"`` of each; entry points are the same of plugins.

    A name is looked for among plugins only if it is not built in, so that what ships is found as if there were none.
    ``expected`` is the class that things of plugins must be of; None: whatever they do is found when they are used.
    """

    kind: PluginKind
    builtin: Mapping[str, T | str]
    expected: type | None = None

    def load(self, name: str) -> T | None:
        """What is called ``name``; None if nothing is. Raises PluginUnusable."""
        found: Any = self.builtin.get(name)
        if isinstance(found, str):
            return named(found)  # type: ignore[no-any-return]
        if found is not None:
            return found  # type: ignore[no-any-return]
        plugin = self.plugin(name)
        if plugin is None:
            return None
        found = plugin.load()
        if self.expected is not None and not isinstance(found, self.expected):
            raise plugin.unusable(f"{plugin.target} is no {self.expected.__name__}")
        return found  # type: ignore[no-any-return]

    def names(self) -> tuple[str, ...]:
        """Built-in names in their order, then those of plugins."""
        return (*self.builtin, *(one.name for one in self.plugins()))

    def plugins(self) -> tuple[Plugin, ...]:
        """The plugins that are in use: enabled, and not named as something built-in."""
        return tuple(one for one in usable(self.kind) if one.name not in self.builtin)

    def plugin(self, name: str) -> Plugin | None:
        """The plugin that ``name`` is of; None for what is built in or not there."""
        if name in self.builtin:
            return None
        return next((one for one in self.plugins() if one.name == name), None)

    def package_of(self, name: str) -> dict[str, str]:
        """The package and version of the plugin that ``name`` is of, as recipes name them; nothing for what ships."""
        plugin = self.plugin(name)
        return {} if plugin is None else {plugin.package: plugin.version}

    def hint(self, name: str) -> str:
        """What to do about ``name``, which is not there: the plugin that has it may be off. Empty: nothing is known."""
        off = (one for one in installed() if one.kind is self.kind and one.name == name and not enabled(one))
        plugin = next(off, None)
        if plugin is None:
            return ""
        return f"the plugin of {plugin.label} has it, and is off: see `audobon plugins list`"


def named(target: str) -> Any:
    """What ``"module:attribute"`` names, imported now."""
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
