"""Under which licence a picture may be learnt from, as far as is known."""

from collections.abc import Callable, Mapping
from typing import Any

from audobon_cli.credits.owed import UNKNOWN, owed_by
from audobon_cli.domain.asset import Asset
from audobon_cli.library.store.library import Library
from audobon_cli.media.types import Foreign
from audobon_cli.models.registry import ModelRegistry

LicenceOf = Callable[[Asset | None, Foreign], str]
"""The licence of an asset, or (None) of a file by what is written in it; "" where none is known."""


def written_licence(asset: Asset | None, foreign: Foreign) -> str:
    """By what is written in the file or was noted at its import."""
    return _written(asset.metadata if asset is not None else foreign.details)


def licence_by_credits(library: Library, registry: ModelRegistry) -> LicenceOf:
    """By everything that an asset owes: the models and the hands that drew it and what it derives from, and files."""

    def licence_of(asset: Asset | None, foreign: Foreign) -> str:
        if asset is None:
            return written_licence(None, foreign)
        owed = owed_by(library, [asset], registry)
        found = [
            *(one.licence for one in owed.models if one.licence != UNKNOWN),
            *(one.licence for one in owed.hands.owed),
            *(one.licence or (f"© {one.copyright}" if one.copyright else "") for one in owed.imported),
        ]
        return ", ".join(sorted({one for one in found if one}))

    return licence_of


def _written(details: Mapping[str, Any]) -> str:
    said = {key.lower(): value for key, value in details.items() if isinstance(value, str)}
    licence = said.get("licence") or said.get("license", "")
    return licence or (f"© {said['copyright']}" if said.get("copyright") else "")
