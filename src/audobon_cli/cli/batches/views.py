"""Batches for people and for scripts: the plan, and the ledger."""

import os
import sys
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.generation_session import picture_data
from audobon_cli.cli.plan_views import run_plan_data, show_run_plan
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.batch.plan import BatchPlan
    from audobon_cli.batch.report import BatchReport, LedgerEntry
    from audobon_cli.domain.request import ResolvedRequest

LEDGER = (
    Column("line", Kind.NUMBER),
    Column("status"),
    Column("seed", Kind.NUMBER, drop=2, unlike=True),
    Column("file", Kind.NAME, drop=1),
    Column("prompt", Kind.NAME, unlike=True),
    Column("style", unlike=True),
)
PLAN = (
    Column("line", Kind.NUMBER),
    Column("state"),
    Column("seed", Kind.NUMBER, unlike=True),
    Column("model", Kind.NAME, unlike=True),
    Column("style", unlike=True),
    Column("size", unlike=True),
    Column("prompt", Kind.NAME),
)
STYLES = {"done": "green", "cached": "cyan", "failed": "red", "skipped": "yellow", "in the library": "cyan"}


def report_data(report: "BatchReport") -> dict[str, Any]:
    """The ledger for scripts, with all pictures that are there."""
    return {
        "asked": len(report.entries),
        "counts": {status.value: count for status, count in report.counts.items()},
        "jobs": [_entry_data(entry) for entry in report.entries],
        "assets": [picture_data(made) for made in report.pictures],
    }


def _entry_data(entry: "LedgerEntry") -> dict[str, Any]:
    made = entry.picture
    return {
        "line": entry.job.line,
        "status": entry.status.value,
        "asset": made.asset.id if made else None,
        "path": str(made.path) if made and made.path else None,
        "prompt": entry.job.request.prompt,
        "seed": entry.job.request.seed,
        "style": entry.job.request.style,
        "error": {"code": entry.code, "message": entry.reason} if entry.reason else None,
    }


def show_report(session: Session, report: "BatchReport", preview: bool) -> None:
    """One line and the folder where every picture is there, or with -v, in a pipe and where one is not a line a
    job: where it stands in the file, what became of it, and the file or the reason."""
    from audobon_cli.cli.screen.images import show_picture

    if preview:
        for made in report.pictures:
            show_picture(session.out.messages, session.workspace.library.blobs.read(made.asset.blob))
    counts = ", ".join(f"{count} {status.value}" for status, count in report.counts.items() if count)
    is_whole = len(report.pictures) == len(report.entries)
    if is_whole and sys.stdout.isatty() and not session.options.verbose:
        session.out.line(
            f"{plural(len(report.entries), 'picture')} in {_folder(report)}: {counts}. A line each: -v"
        )
        return
    rows = []
    for entry in report.entries:
        where = str(entry.picture.path) if entry.picture else entry.reason
        request = entry.job.request
        rows.append((entry.job.line, entry.status.value, request.seed, where, request.prompt, request.style))
    session.out.table(LEDGER, rows, STYLES, order=("line", "prompt", "style", "seed", "status", "file"))
    session.out.note(f"{plural(len(report.entries), 'job')}: {counts}.")


def _folder(report: "BatchReport") -> str:
    """The folder that holds all pictures."""
    folders = {str(made.path.parent) for made in report.pictures if made.path is not None}
    return os.path.commonpath(folders) if folders else "the library"


def plan_data(plan: "BatchPlan") -> dict[str, Any]:
    """The plan for scripts."""
    return {
        **run_plan_data(plan.missing),
        "cached": len(plan.cached),
        "jobs": [
            {
                "line": job.line,
                "status": "cached" if job.index in plan.cached else "missing",
                "prompt": job.request.prompt,
                "seed": job.request.seed,
                "provider": job.request.provider,
                "model": job.request.model.name,
                "quality": job.request.quality,
                "style": job.request.style,
                "size": str(job.request.size),
                "out": job.out,
            }
            for job in plan.jobs
        ],
    }


def show_plan(session: Session, plan: "BatchPlan") -> None:
    """The plan for people: a line a job, and what those need that are missing."""
    rows = []
    for job in plan.jobs:
        request = job.request
        there = "in the library" if job.index in plan.cached else "to be made"
        rows.append(
            (
                job.line,
                there,
                request.seed,
                _drawn_by(request),
                request.style,
                request.extent,
                request.prompt,
            )
        )
    session.out.table(PLAN, rows, STYLES)
    session.out.line("")
    missing = len(plan.jobs) - len(plan.cached)
    session.out.line(
        f"{plural(len(plan.jobs), 'job')}: {len(plan.cached)} in the library, {missing} to be made."
    )
    if missing:
        show_run_plan(session, plan.missing)
    else:
        session.out.line("Nothing is left to do.")


def _drawn_by(request: "ResolvedRequest") -> str:
    """The model, and where it is if not here."""
    return request.model.name if request.model.remote is None else f"{request.provider}:{request.model.name}"
