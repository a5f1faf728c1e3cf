"""What the program may take of the machine, by the settings ``resources.*``."""

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput, SettingInvalid
from audobon_cli.domain.units import format_bytes, parse_bytes
from audobon_cli.platforms import current
from audobon_cli.settings.settings import Settings

LEAST_MEMORY_BYTES = 2**30
"""With less, no network could be drawn with: importing torch, diffusers and transformers takes half of it (474 MiB of
private memory with torch 2.13.0 and diffusers 0.42.1, Python 3.11 on Linux)."""


@dataclass(frozen=True, slots=True)
class ResourceLimits:
    """Bytes of main memory that one process may take, and of stored files that the library may have; None: no limit."""

    memory_bytes: int | None = None
    library_bytes: int | None = None


def resource_limits(settings: Settings) -> ResourceLimits:
    """The limits that ``settings`` say. Raises SettingInvalid for what is no amount, or too little memory."""
    memory = limit_of(settings.resources_max_memory, "resources_max_memory")
    if memory is not None and memory < LEAST_MEMORY_BYTES:
        raise SettingInvalid(
            f"resources.max_memory is {settings.resources_max_memory}; the program needs "
            f"{format_bytes(LEAST_MEMORY_BYTES)}.",
            hint="`audobon config set resources.max_memory 4GB`, or `config unset` it",
            setting="resources_max_memory",
        )
    return ResourceLimits(memory, limit_of(settings.resources_max_disk, "resources_max_disk"))


def limit_of(text: str, setting: str) -> int | None:
    """The bytes that ``text``, the value of ``setting``, means; None for "". Raises SettingInvalid."""
    if not text:
        return None
    try:
        return parse_bytes(text)
    except InvalidInput as error:
        name = setting.replace("_", ".", 1)
        raise SettingInvalid(
            f"The setting {name} is {text!r}, which is no amount of memory.",
            hint=f"`audobon config set {name} 8GB`",
            setting=setting,
        ) from error


def hold_memory(limits: ResourceLimits) -> None:
    """Let the system refuse this process, and those that it begins, more memory than ``limits`` allow; where it can
    (see docs/operations.md). For the life of the process: a limit is lowered and not raised."""
    if limits.memory_bytes is not None:
        current().limit_memory(limits.memory_bytes)
