"""What the monitor goes by: the settings that begin with ``monitor_``, read once."""

from dataclasses import dataclass
from typing import Self

from audobon_cli.domain.errors import InvalidInput, SettingInvalid
from audobon_cli.domain.units import parse_bytes, parse_seconds
from audobon_cli.settings.settings import Settings

SHORTEST_INTERVAL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class MonitorPolicy:
    """Intervals in seconds, limits, and what may be done about what is found."""

    health_seconds: float = 30.0
    performance_seconds: float = 5.0
    max_attempts: int = 3
    workers: int = 0
    disk_floor_bytes: int = 10**9
    backup_age_seconds: float = 7 * 86_400.0
    card_celsius: int = 90
    breaker_pause_seconds: float = 60.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """What ``settings`` say. Raises SettingInvalid."""
        return cls(
            max(SHORTEST_INTERVAL_SECONDS, _seconds("monitor_health_interval", settings)),
            max(SHORTEST_INTERVAL_SECONDS, _seconds("monitor_performance_interval", settings)),
            settings.monitor_max_attempts,
            settings.monitor_workers,
            _bytes("monitor_disk_floor", settings),
            _seconds("monitor_backup_age", settings),
            settings.monitor_card_celsius,
            settings.providers_breaker_pause_seconds,
        )


def _seconds(key: str, settings: Settings) -> float:
    text = str(getattr(settings, key))
    try:
        return parse_seconds(text, key)
    except InvalidInput as error:
        raise SettingInvalid(error.message, hint=error.hint, setting=key) from error


def _bytes(key: str, settings: Settings) -> int:
    text = str(getattr(settings, key))
    try:
        return parse_bytes(text)
    except InvalidInput as error:
        raise SettingInvalid(
            f"{key} is {text!r}: {error.message}", hint="write it as 2GB", setting=key
        ) from error
