"""Who says what the sandbox may take in this process: set by every command, and asked by few."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon_cli.sandbox.policy import SandboxPolicy

_source: "Callable[[], SandboxPolicy] | None" = None


def take_policy_from(source: "Callable[[], SandboxPolicy] | None") -> None:
    """From now on ``source`` says what holds in this process; it is asked when the first file comes. None: what holds
    without settings."""
    global _source
    _source = source


def current_policy() -> "SandboxPolicy":
    """What holds in this process. Raises SettingInvalid."""
    from audobon_cli.sandbox.policy import SandboxPolicy

    return SandboxPolicy() if _source is None else _source()
