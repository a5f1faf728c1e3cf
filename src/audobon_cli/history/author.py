"""Who commits."""

from collections.abc import Mapping

from audobon_cli.platforms import current

VARIABLES = ("USER", "USERNAME", "LOGNAME")


def author_name(chosen: str, variables: Mapping[str, str]) -> str:
    """The author that the settings name, else the name of the account."""
    names = (chosen, *(variables.get(key, "") for key in VARIABLES))
    return next((name for name in names if name), "") or current().account_name() or "unknown"
