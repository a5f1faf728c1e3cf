"""What a project's file may set of the settings that guard the user: stricter values, and some not at all."""

from collections.abc import Callable, Mapping
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import parse_bytes


def _is_less(own: str, wanted: str) -> bool:
    """Whether the amount ``wanted`` is no larger than ``own``; what is no amount is told where it is used."""
    if not own or not wanted:
        return not own
    try:
        return parse_bytes(wanted) <= parse_bytes(own)
    except InvalidInput:
        return True


_SANDBOX = {"off": 0, "auto": 1, "require": 2}

_STRICTER: dict[str, Callable[[Any, Any], bool]] = {
    "offline": lambda own, wanted: wanted or not own,
    **dict.fromkeys(("read_only", "safe"), lambda own, wanted: wanted or not own),
    "update_check": lambda own, wanted: own or not wanted,
    "budget_per_run": lambda own, wanted: not own or 0 < wanted <= own,
    "budget_per_month": lambda own, wanted: not own or 0 < wanted <= own,
    "budget_confirm_above": lambda own, wanted: wanted <= own,
    "import_sandbox": lambda own, wanted: _SANDBOX.get(wanted, 0) >= _SANDBOX.get(own, 0),
    "import_max_memory": _is_less,
    "import_max_seconds": lambda own, wanted: wanted <= own,
    "resources_max_memory": _is_less,
    "resources_max_disk": _is_less,
    "resources_max_card_memory": _is_less,
}
"""For what guards the user, whether the project's value is at least as strict; 0 is no limit in the first two budgets.
A project comes from anywhere (a clone, an archive), and its file is found by standing in it."""


_OF_THE_USER = (
    *("alert_webhook", "alert_ntfy", "alert_command", "notify_after", "otel_endpoint", "log_prompts"),
    *("audit_log", "cloud_project", "cloud_region", "cloud_place", "cloud_starter", "plugins_enabled"),
    *("update_index", "billing_export", "sync_models", "vertex_endpoint"),
)
"""What a project cannot set: programs and code that are run, addresses that are told, words that are kept, what is
recorded, whose account pays and where requests are sent."""


def tightening(own: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` of a project without those that would loosen what guards the user, whose settings are ``own``."""
    return {
        key: value
        for key, value in values.items()
        if key not in _OF_THE_USER
        and (
            key not in _STRICTER
            or type(value) not in (bool, int, float, str)
            or isinstance(value, str) != isinstance(getattr(own, key), str)
            or _STRICTER[key](getattr(own, key), value)
        )
    }
