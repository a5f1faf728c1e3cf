"""What a model was made from, by its card."""

import re
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.foreign.documents import read_bounded
from audobon_cli.domain.foreign.text import decode_lenient, visible_line

CARD = "README.md"
MOST_CARD_BYTES = 1024 * 1024
MOST_SOURCES = 100
_DATASET = re.compile(r"^datasets:\s*\n((?:\s*-\s*.+\n)+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrainingSource:
    """A source of what a model was taught with; ``licence`` is "" where the card gives none."""

    name: str
    licence: str


def training_sources(folder: Path) -> tuple[TrainingSource, ...]:
    """What the card in ``folder`` names: a table with a column ``licence``, or the ``datasets`` of its head.

    Nothing where there is no card, or it names nothing.
    """
    try:
        text = decode_lenient(read_bounded(folder / CARD, MOST_CARD_BYTES))
    except (OSError, ValueError):
        return ()
    found = _in_tables(text)
    if not found:
        listed = _DATASET.search(text.split("\n---", 1)[0] + "\n")
        lines = listed[1].splitlines() if listed else []
        found = [TrainingSource(visible_line(line.strip().lstrip("- ").strip("'\"")), "") for line in lines]
    return tuple(dict.fromkeys(found))[:MOST_SOURCES]


def _in_tables(text: str) -> list[TrainingSource]:
    column = None
    found = []
    for line in text.splitlines():
        if not line.startswith("|"):
            column = None
            continue
        cells = [visible_line(cell.strip().replace("`", "")) for cell in line.strip().strip("|").split("|")]
        heads = [cell.lower() for cell in cells]
        if column is None:
            column = next((heads.index(name) for name in ("licence", "license") if name in heads), -1)
        elif 0 < column < len(cells) and cells[column] and set(cells[column]) - set("-: "):
            found.append(TrainingSource(cells[0], cells[column]))
    return found
