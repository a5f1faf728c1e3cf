"""How long what is kept is kept, by which rule, and what goes next."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from audobon_cli.analytics.rows import EPOCH
from audobon_cli.doctor.caches import list_caches
from audobon_cli.history.commits import log
from audobon_cli.history.maintenance import KEPT_DAYS as KEPT_OPERATIONS
from audobon_cli.history.undo import operations
from audobon_cli.library.audit.log import read_audit
from audobon_cli.library.trash import list_trash
from audobon_cli.operations.log_file import KEPT_FILES, LOG_BYTES
from audobon_cli.operations.metrics_store import KEPT_DAYS, LONG_AGO, MetricsStore
from audobon_cli.privacy.sources import PrivacySources
from audobon_cli.queue.model import JobFilter
from audobon_cli.queue.open import open_queue

EVERYTHING = 2**31
FOR_EVER = "until you remove it"


@dataclass(frozen=True, slots=True)
class KeptKind:
    """One kind of what is kept, and how many (None: not counted here): ``rule`` says for how long, ``removed_by`` which
    command removes it. ``oldest`` is the age of the oldest in seconds, None where there is none; ``goes`` when the next
    goes by itself, None if none does."""

    kind: str
    count: int | None
    rule: str
    removed_by: str
    oldest: float | None = None
    goes: datetime | None = None


def retention(sources: PrivacySources) -> tuple[KeptKind, ...]:
    """All kinds, of the user and of the library. Reads records, not files; changes nothing."""
    return tuple(one for read in _READ for one in read(sources))


def _library(sources: PrivacySources) -> Iterator[KeptKind]:
    library = sources.library
    trash = [one.since for one in list_trash(library, EVERYTHING)]
    yield KeptKind("trash", len(trash), FOR_EVER, "audobon assets purge", _age(trash))
    undone = [one.time for one in operations(library, EVERYTHING)]
    rule = f"until `version prune` finds it older than {KEPT_OPERATIONS} days"
    yield KeptKind("what undo knows", len(undone), rule, "audobon version prune", _age(undone))
    commits = [one.commit.time for one in log(library, limit=EVERYTHING)]
    yield KeptKind(
        "commits", len(commits), "for as long as a branch, tag or commit leads to it", "", _age(commits)
    )
    audit = [one.time for one in read_audit(library, 0)]
    yield KeptKind("audit records", len(audit), "for ever", "", _age(audit))
    over = [job.finished for job in open_queue(library).matching(JobFilter()) if job.finished is not None]
    yield KeptKind(
        "ended jobs", len(over), FOR_EVER, "audobon queue prune, audobon privacy erase", _age(over)
    )


def _user(sources: PrivacySources) -> Iterator[KeptKind]:
    calls = sources.ledger.calls(EPOCH)
    started = [datetime.fromtimestamp(call["started"] / 1_000_000, UTC) for call in calls]
    yield KeptKind("calls to providers", len(calls), FOR_EVER, "audobon privacy erase", _age(started))
    with MetricsStore(sources.locations.metrics) as store:
        store.take_in()
        days = sorted({one.day for one in store.counts() if one.day != LONG_AGO})
    first = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days[:1]]
    rule = f"{KEPT_DAYS} days one by one, then in one sum"
    goes = first[0] + timedelta(days=KEPT_DAYS) if first else None
    yield KeptKind("days of metrics", len(days), rule, "audobon privacy erase", _age(first), goes)
    files = sources.log_files()
    rule = f"{KEPT_FILES + 1} files of {LOG_BYTES // 1_000_000} MB; the oldest goes when another is begun"
    changed = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in files]
    yield KeptKind("log files", len(files), rule, "audobon privacy erase", _age(changed))


def _caches(sources: PrivacySources) -> Iterator[KeptKind]:
    for one in list_caches(sources.locations, sources.library.root):
        oldest = one.oldest_seconds if one.files else None
        yield KeptKind(f"cache: {one.kind}", one.files, FOR_EVER, f"audobon cache prune {one.kind}", oldest)


def _elsewhere(sources: PrivacySources) -> Iterator[KeptKind]:
    yield KeptKind(
        "recovery points", None, "until `backup prune` and its --keep options", "audobon backup prune"
    )


_READ: Sequence[Callable[[PrivacySources], Iterator[KeptKind]]] = (_library, _user, _caches, _elsewhere)


def _age(moments: Sequence[datetime]) -> float | None:
    """Of the oldest, in seconds."""
    return max(0.0, time.time() - min(moments).timestamp()) if moments else None
