"""Up to where rows were exported, on this machine: by dataset, library and table."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.storage.durable_files import output_errors, write_output

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Watermark:
    """``until`` is the time of the last row that was taken, ``edge`` digests of those of that very moment;
    ``sequence`` counts slices, so that the ids of two slices' jobs differ though their rows may not."""

    until: str = ""
    edge: tuple[str, ...] = ()
    sequence: int = 0


@dataclass
class Watermarks:
    """The watermarks in ``file``. Without it everything is exported again, and merged into what is there."""

    file: Path
    _known: dict[str, Watermark] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, place: str, library: Path) -> "Watermarks":
        """Those of a dataset and a library; a file that cannot be read counts as none."""
        name = hashlib.sha256(f"{place}\0{library}".encode(errors="surrogateescape")).hexdigest()[:24]
        made = cls(folder / f"{name}.json")
        try:
            found = parse_json(read_bounded(made.file))
            if found["format"] == FORMAT:
                made._known = {table: _watermark(one) for table, one in found["tables"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            made._known = {}
        return made

    def get(self, table: str) -> Watermark:
        """That of a table; before the first slice, one from which everything is exported."""
        return self._known.get(table, Watermark())

    def put(self, table: str, mark: Watermark) -> None:
        """Remember that a slice was taken. Durable on return. Raises OutputUnwritable."""
        self._known[table] = mark
        tables = {name: asdict(one) for name, one in sorted(self._known.items())}
        with output_errors(self.file):
            self.file.parent.mkdir(parents=True, exist_ok=True)
        write_output(self.file, json.dumps({"format": FORMAT, "tables": tables}).encode(), overwrite=True)


def _watermark(found: Any) -> Watermark:
    return Watermark(str(found["until"]), tuple(map(str, found["edge"])), int(found["sequence"]))
