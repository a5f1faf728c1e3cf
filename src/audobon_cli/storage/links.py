"""Symbolic links, which Windows gives to administrators and developers alone."""

from pathlib import Path

from audobon_cli.domain.errors import LinksRefused
from audobon_cli.platforms import current


def make_link(place: Path, target: Path | str) -> None:
    """Let ``place``, which is not there, be a link to ``target``. Raises LinksRefused, OSError."""
    try:
        place.symlink_to(target)
    except OSError as error:
        if not current().links_are_refused(error):
            raise
        raise LinksRefused(
            f"Windows does not let this account make symbolic links: {place}.",
            hint="switch developer mode on (`start ms-settings:developers`), then run the same command again",
            path=str(place),
        ) from error
