"""Folders of presets that plugins bring: the models, families and services of their engines and providers."""

from importlib.util import find_spec
from pathlib import Path

from audobon_cli.plugins.discovery import Plugin, PluginKind, usable


def preset_folders() -> tuple[tuple[str, Path], ...]:
    """The folders of plugins that are enabled, each with what its presets say as their source. Imports nothing.
    Raises SettingInvalid."""
    folders = ((plugin, preset_folder(plugin)) for plugin in usable(PluginKind.PRESETS))
    return tuple((f"plugin {plugin.package}", folder) for plugin, folder in folders if folder is not None)


def preset_folder(plugin: Plugin) -> Path | None:
    """The folder that ``"package:folder"`` names within a package; None where it is not there."""
    package, _, folder = plugin.target.partition(":")
    if "." in package or not folder:
        return None  # importing a package to find what lies in it would run its code
    found = find_spec(package)
    places = [] if found is None else list(found.submodule_search_locations or ())
    paths = (Path(place, *folder.split(".")) for place in places)
    return next((path for path in paths if path.is_dir()), None)
