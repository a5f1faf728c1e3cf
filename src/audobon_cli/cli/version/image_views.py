"""Pictures of a difference: in the terminal, as a page, as numbers for scripts."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.domain.errors import OutputUnwritable

if TYPE_CHECKING:
    from audobon_cli.cli.session import Session
    from audobon_cli.history.worktree import AssetChange


def pictures_data(session: "Session", change: "AssetChange") -> dict[str, Any]:
    """How far the pictures of a change are from each other, where its bytes changed."""
    from audobon_cli.history.image_diff import picture_pair

    pair = picture_pair(session.workspace.library, change)
    if pair is None:
        return {}
    found = pair.difference
    return {
        "picture": {
            "distance_bits": found.bits,
            "pixels_changed": None if found.pixels is None else round(found.pixels, 4),
            "colors_added": ["#{:02x}{:02x}{:02x}".format(*colour) for colour in found.colours_added],
            "colors_removed": ["#{:02x}{:02x}{:02x}".format(*colour) for colour in found.colours_removed],
        }
    }


def show_pictures(session: "Session", changes: Iterable["AssetChange"]) -> None:
    """Draw the changed pictures side by side: before, after, what differs."""
    from audobon_cli.cli.screen.images import can_show, grid
    from audobon_cli.history.image_diff import picture_pair

    for change in changes:
        pair = picture_pair(session.workspace.library, change)
        if pair is not None:
            sides = [
                (f"{change.name} before", pair.before),
                ("after", pair.after),
                ("difference", pair.difference_image),
            ]
            if can_show(session.out.console):
                session.out.show(
                    grid(session.out.console.width, [s for s in sides if s[1] is not None], True)
                )


def write_report(session: "Session", changes: Sequence["AssetChange"], title: str, file: Path) -> Path:
    """Write the page; the file. Raises OutputUnwritable."""
    from audobon_cli.history.diff_page import diff_page

    page = diff_page(session.workspace.library, changes, title)
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OutputUnwritable(
            f"{file} cannot be written: {error.strerror}.", hint="name another file"
        ) from error
    return file
