"""What Linux, macOS and Windows do differently: one protocol, and a file for each system."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audobon_cli.platforms.base import Platform

_current: "Platform | None" = None


def current() -> "Platform":
    """The system that this program runs on. What is neither Windows nor macOS is taken for Linux."""
    global _current
    if _current is None:
        _current = _make(sys.platform)
    return _current


def _make(system: str) -> "Platform":
    if system == "win32":
        from audobon_cli.platforms.windows import WindowsPlatform

        return WindowsPlatform()
    if system == "darwin":
        from audobon_cli.platforms.macos import MacosPlatform

        return MacosPlatform()
    from audobon_cli.platforms.linux import LinuxPlatform

    return LinuxPlatform()
