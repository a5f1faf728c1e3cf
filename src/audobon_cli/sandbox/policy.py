"""Whether files from outside are decoded in a child process, and what it may take: the settings ``import.*``."""

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput, SettingInvalid

if TYPE_CHECKING:  # every command comes through here
    from audobon_cli.settings.settings import Settings


class SandboxMode(StrEnum):
    """How the setting ``import.sandbox`` may stand."""

    AUTO = "auto"
    """In a child, held to as much as this system can hold it to."""
    REQUIRE = "require"
    """The same, and an error where the system cannot hold it to all of FULL (see process)."""
    OFF = "off"
    """In this process, as nothing else would do."""


LEAST_MEMORY_BYTES = 256 * 2**20
"""With less, NumPy and Pillow leave no room for a picture."""


@dataclass(frozen=True, slots=True)
class SandboxPolicy:
    """``memory_bytes`` of its own that a child may take, and ``seconds`` of processor time for one file."""

    mode: SandboxMode = SandboxMode.AUTO
    memory_bytes: int = 4 * 2**30
    seconds: int = 300


@lru_cache(maxsize=4)
def sandbox_policy(settings: "Settings") -> SandboxPolicy:
    """What ``settings`` say. Raises SettingInvalid for what is no mode, no amount, or too little."""
    if settings.import_sandbox not in tuple(SandboxMode):
        raise SettingInvalid(
            f"import.sandbox is {settings.import_sandbox!r}, which is none of {', '.join(SandboxMode)}.",
            hint="`audobon config set import.sandbox auto`",
            setting="import_sandbox",
        )
    from audobon_cli.domain.units import parse_bytes

    try:
        memory = parse_bytes(settings.import_max_memory)
    except InvalidInput as error:
        raise _bad_memory(settings.import_max_memory) from error
    if memory < LEAST_MEMORY_BYTES:
        raise _bad_memory(settings.import_max_memory)
    return SandboxPolicy(
        SandboxMode(settings.import_sandbox), memory, max(1, round(settings.import_max_seconds))
    )


def _bad_memory(given: str) -> SettingInvalid:
    return SettingInvalid(
        f"import.max_memory is {given!r}; it must be an amount of at least 256MB.",
        hint="`audobon config set import.max_memory 4GB`",
        setting="import_max_memory",
    )
