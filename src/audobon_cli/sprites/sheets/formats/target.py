"""Under what names a sheet's files are written."""

import json
from dataclasses import dataclass
from typing import Any

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.sprites.sheets.sheet import PackedSheet


@dataclass(frozen=True, slots=True)
class Target:
    """``stem`` begins every file's name; ``pages`` are the names of the pages' PNG files.

    ``resource_folder`` is where Godot will find them; previews are enlarged by ``preview_scale``.
    """

    stem: str
    pages: tuple[str, ...]
    resource_folder: str = "res://"
    preview_scale: int = 1

    def numbered(self, page: int, suffix: str) -> str:
        """A file that belongs to one page, named as its PNG is."""
        return self.pages[page].rpartition(".")[0] + suffix

    def only_page(self, sheet: PackedSheet, format_name: str) -> str:
        """The one page's file. Raises InvalidInput when there are more."""
        if len(sheet.pages) > 1:
            raise InvalidInput(
                f"{format_name} holds one page, and this sheet has {len(sheet.pages)}.",
                hint="raise --max-size, or make a sheet for each animation",
            )
        return self.pages[0]


def page_names(stem: str, count: int) -> tuple[str, ...]:
    """``hero.png``, or ``hero-0.png``, ``hero-1.png`` ... when there are several."""
    return (f"{stem}.png",) if count == 1 else tuple(f"{stem}-{page}.png" for page in range(count))


def json_bytes(data: Any) -> bytes:
    """``data`` as indented JSON, keys in their order."""
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()
