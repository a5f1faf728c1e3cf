"""All that the program keeps about its user, written in open formats, with a list of it."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audobon_cli.analytics.files import TableExport, TableFormat, export_tables
from audobon_cli.analytics.rows import AnalyticsSources, RowSlice
from audobon_cli.domain.secrets import redacted
from audobon_cli.history.commits import log
from audobon_cli.library.audit.log import read_audit
from audobon_cli.privacy.sources import PrivacySources
from audobon_cli.queue.model import JobFilter, job_data
from audobon_cli.queue.open import open_queue
from audobon_cli.storage.durable_files import output_errors, output_exists, write_output

LIST = "contents.json"
EVERY_COMMIT = 2**31
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The earliest that the format knows: the same content gives the same archive."""

TABLES = {
    "assets": "names, prompts, notes, tags and ratings of the library's assets, and how each was made",
    "calls": "calls to providers: when, which, what they cost",
    "runs": "commands: when, how they ended, how long they took",
    "counts": "sums of metrics by day",
}


@dataclass(frozen=True, slots=True)
class ExportedPart:
    """A file of the export, what is in it, and how many records that is (0: not counted)."""

    name: str
    what: str
    records: int
    bytes: int


def export_private(
    sources: PrivacySources, target: Path, overwrite: bool = False
) -> tuple[ExportedPart, ...]:
    """Write everything to ``target``: a folder, or an archive if it ends in ``.zip``. Keys are in none of it.

    Raises OutputExists for what is there (a folder that is empty is no hindrance; only an archive can be overwritten),
    OutputUnwritable, and what the stores raise; then nothing is left at ``target``.
    """
    archive = target.suffix.lower() == ".zip"
    in_the_way = target.exists() and (
        not overwrite if archive else not target.is_dir() or any(target.iterdir())
    )
    if in_the_way:
        raise output_exists(target)
    with output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".privacy-", dir=target.parent) as made:  # mode 0700
            folder = Path(made, "export")
            folder.mkdir(mode=0o700)
            parts = tuple(_written(sources, folder))
            _write_list(folder, parts)
            if archive:
                write_output(target, _zipped(folder), overwrite)
            else:
                if target.exists():
                    target.rmdir()
                folder.rename(target)
    return parts


def _written(sources: PrivacySources, folder: Path) -> Iterator[ExportedPart]:
    yield _part(folder, "settings.json", "settings and where each comes from", _settings(sources))
    tables = AnalyticsSources(sources.library, sources.ledger, sources.locations.metrics)
    request = TableExport(tuple(TABLES), folder, TableFormat.NDJSON, RowSlice(written=True))
    for table in export_tables(tables, request):
        yield ExportedPart(table.path.name, TABLES[table.table], table.rows, table.path.stat().st_size)
    for name, (what, read) in _LINES.items():
        yield _part(folder, f"{name}.ndjson", what, read(sources))
    for path in sources.log_files():
        yield _copied(path, folder, f"logs/{path.name}", "a log of commands, as it is")
    for kind, place in (("presets", sources.locations.presets), ("prompts", sources.locations.templates)):
        for path in sorted(place.rglob("*.toml")):
            yield _copied(path, folder, f"{kind}/{path.relative_to(place).as_posix()}", f"{kind} of your own")


def _settings(sources: PrivacySources) -> Iterator[dict[str, Any]]:
    yield redacted(dict(sources.settings))


def _jobs(sources: PrivacySources) -> Iterator[dict[str, Any]]:
    for job in open_queue(sources.library).matching(JobFilter()):
        yield redacted({**job_data(job), "request": job.request})


def _commits(sources: PrivacySources) -> Iterator[dict[str, Any]]:
    for one in log(sources.library, limit=EVERY_COMMIT):
        commit = one.commit
        yield {
            "commit": one.id,
            "time": commit.time.isoformat(),
            "author": commit.author,
            "message": commit.message,
            "parents": list(commit.parents),
        }


def _audit(sources: PrivacySources) -> Iterator[dict[str, Any]]:
    for one in read_audit(sources.library, 0):
        did = {verb: list(ids) for verb, ids in one.did.items()}
        yield {
            "number": one.number,
            "time": one.time.isoformat(),
            "who": one.who,
            "command": one.what,
            "did": did,
        }


_LINES: dict[str, tuple[str, Callable[[PrivacySources], Iterator[dict[str, Any]]]]] = {
    "jobs": ("jobs of the queue: what was asked for, and what came of it", _jobs),
    "commits": ("commits of the history: who, when, with which words", _commits),
    "audit": ("records of the audit log: who changed which assets", _audit),
}


def _part(folder: Path, name: str, what: str, records: Iterable[dict[str, Any]]) -> ExportedPart:
    """A file of JSON objects, one a line; of a single one if it is no ``.ndjson``."""
    lines = [json.dumps(one, ensure_ascii=False, sort_keys=True, default=str) for one in records]
    data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    (folder / name).write_bytes(data)
    return ExportedPart(name, what, len(lines), len(data))


def _copied(source: Path, folder: Path, name: str, what: str) -> ExportedPart:
    data = source.read_bytes()
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    return ExportedPart(name, what, data.count(b"\n"), len(data))


def _write_list(folder: Path, parts: Iterable[ExportedPart]) -> None:
    listed = [{"file": p.name, "what": p.what, "records": p.records, "bytes": p.bytes} for p in parts]
    (folder / LIST).write_text(json.dumps({"schema": "audobon-privacy/1", "files": listed}, indent=1) + "\n")


def _zipped(folder: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), ZIP_TIME)
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
