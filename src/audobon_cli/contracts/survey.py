"""Which plugins are installed, which of them are in use, and why others are not."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from audobon_cli.derivations import registry as operations
from audobon_cli.domain.errors import PluginUnusable
from audobon_cli.engines import registry as engines
from audobon_cli.media import registry as media
from audobon_cli.plugins.discovery import Plugin, PluginKind, enabled, installed
from audobon_cli.plugins.presets import preset_folder
from audobon_cli.plugins.registry import Registry
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.providers.services import registry as providers
from audobon_cli.sprites.quality import faults

REGISTRIES: Mapping[PluginKind, Registry] = {  # type: ignore[type-arg]
    PluginKind.ENGINES: engines.REGISTRY,
    PluginKind.PROVIDERS: providers.REGISTRY,
    PluginKind.MEDIA: media.REGISTRY,
    PluginKind.OPERATIONS: operations.REGISTRY,
    PluginKind.METRICS: faults.REGISTRY,
}
"""Where things of each kind are found by name; presets are found by their folders."""


class PluginState(StrEnum):
    """How it stands with a plugin."""

    ON = "on"
    OFF = "off"
    """The settings do not name it, or name none."""
    SHADOWED = "shadowed"
    """Its name is taken, by what ships or by another package."""
    BROKEN = "broken"
    """It cannot be imported, or is not what its kind must be."""


@dataclass(frozen=True, slots=True)
class SurveyedPlugin:
    """A plugin that is installed; ``why`` it is not in use, or what of it is not."""

    plugin: Plugin
    state: PluginState
    why: str = ""


def survey() -> tuple[SurveyedPlugin, ...]:
    """All that are installed, by kind and name. Imports those that are enabled, so as to tell which are broken. Raises
    SettingInvalid."""
    found: list[SurveyedPlugin] = []
    taken: dict[tuple[PluginKind, str], str] = {}
    for plugin in installed():
        state, why = _state(plugin, taken)
        found.append(SurveyedPlugin(plugin, state, why))
        if state is not PluginState.OFF:
            taken.setdefault((plugin.kind, plugin.name), plugin.label)
    return tuple(found)


def _state(plugin: Plugin, taken: Mapping[tuple[PluginKind, str], str]) -> tuple[PluginState, str]:
    if not enabled(plugin):
        return PluginState.OFF, "plugins.enabled does not name it"
    if plugin.kind is PluginKind.PRESETS:
        return _presets_state(plugin)
    registry = REGISTRIES[plugin.kind]
    if plugin.name in registry.builtin:
        return PluginState.SHADOWED, f"{plugin.name} is built in, which goes first"
    other = taken.get((plugin.kind, plugin.name))
    if other is not None:
        return PluginState.SHADOWED, f"{other} has one of that name, which goes first"
    try:
        registry.load(plugin.name)
    except PluginUnusable as error:
        return PluginState.BROKEN, error.message
    return PluginState.ON, ""


def _presets_state(plugin: Plugin) -> tuple[PluginState, str]:
    folder = preset_folder(plugin)
    if folder is None:
        return PluginState.BROKEN, f"{plugin.target} is no folder in a package"
    shipped = shipped_presets()
    files = sorted(path.relative_to(folder) for path in folder.glob("*/*.toml"))
    same = [path.as_posix() for path in files if (shipped / path).is_file()]
    return PluginState.ON, f"built in, and so not taken: {', '.join(same)}" if same else ""
