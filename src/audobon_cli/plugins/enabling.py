"""Who says which plugins may be used: set by every command, and asked where a plugin is looked for."""

from collections.abc import Callable, Mapping

ALL, NONE = "all", "none"
"""Values of the setting ``plugins_enabled`` beside names."""

NO_PLUGINS = "AUDOBON_NO_PLUGINS"

_said: Callable[[], str] | None = None


def enable_by(setting: Callable[[], str]) -> None:
    """Let ``setting`` say from now on, whenever a plugin is looked for, which are enabled: all, none, or names of
    packages or plugins with commas between. Until then none is: a process without settings runs no code of others."""
    global _said
    _said = setting


def is_said() -> bool:
    """Whether anything says it."""
    return _said is not None


def said() -> str:
    """Which are enabled. Raises SettingInvalid."""
    return NONE if _said is None else _said()


def has_no_plugins(variables: Mapping[str, str]) -> bool:
    """Whether the environment turns all plugins off, whatever the settings say."""
    return variables.get(NO_PLUGINS, "") not in ("", "0")
