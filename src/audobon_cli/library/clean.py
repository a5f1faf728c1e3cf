"""Old assets that nothing uses and nobody cared for: into the trash together, from where `audobon undo` takes them."""

import time
from dataclasses import dataclass

from audobon_cli.domain.asset import Asset
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.undo_steps import MOST_ASSETS
from audobon_cli.library.trash import trash_assets

KINDS = ("sprite", "image", "animation", "vector", "sound")
"""What is made by the dozen. Sheets, styles and LoRAs were made of others, inputs were given: they stay."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The ``assets`` that went, or would go; ``kept`` as old ones that stay because something uses them."""

    assets: tuple[Asset, ...]
    kept: int


def clean_assets(
    library: Library, older_seconds: float, unrated: bool, dry_run: bool = False, limit: int = MOST_ASSETS
) -> Cleaned:
    """Trash assets that were added longer ago than ``older_seconds`` (with ``unrated`` only those without a rating), at
    most ``limit``, the oldest first: as many as one undo takes back.

    An asset stays that another is derived from or a variant of, that is part of a sheet, that a commit names, or that
    has a note.
    """
    before = time.time_ns() // 1000 - int(older_seconds * 1e6)
    assets, kept = library.survey.unused_since(before, unrated, KINDS, limit)
    if assets and not dry_run:
        trash_assets(library, assets)
    return Cleaned(assets, kept)
