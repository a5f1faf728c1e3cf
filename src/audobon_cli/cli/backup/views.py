"""How the commands of `backup` show what they found."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.output import Output
from audobon_cli.cli.screen.columns import Both, Cell, Column, Kind
from audobon_cli.domain.units import format_bytes, format_exact_time, format_seconds, machine_time, plural

if TYPE_CHECKING:
    from audobon_cli.backup.check.verify import RepositoryVerifyReport
    from audobon_cli.backup.create.dry_run import DryRunReport
    from audobon_cli.backup.drill import DrillReport
    from audobon_cli.backup.list_points import AssetLine, PointDiff, RecoveryPoint, StoredPoint
    from audobon_cli.backup.status import DestinationStatus

POINT_COLUMNS = (
    Column("point"),
    Column("made", Kind.TIME),
    Column("assets", Kind.NUMBER, drop=2),
    Column("files", Kind.NUMBER, drop=4),
    Column("size", Kind.BYTES, drop=1),
    Column("new", Kind.BYTES, drop=3),
    Column("host", Kind.NAME, drop=5, unlike=True),
    Column("note", Kind.NAME),
)
FACTS = (Column(""), Column("", Kind.PROSE))
DIFFERENCE = (Column("what"), Column("id"), Column("name", Kind.NAME))
DESTINATIONS = (
    Column("name"),
    Column("last backup"),
    Column("since then", drop=1),
    Column("state", Kind.PROSE),
    Column("address", Kind.PROSE),
)


def show_points(out: Output, points: "Sequence[StoredPoint]") -> None:
    """A line for each recovery point."""
    out.table(POINT_COLUMNS, [point_row(stored.point) for stored in points])


def point_row(point: "RecoveryPoint") -> tuple[Cell, ...]:
    """A recovery point in a table."""
    missing = f"({plural(len(point.missing), 'picture')} missing) " if point.missing else ""
    return (
        Both(point.short, point.id),
        point.time,
        point.assets,
        point.blob_count,
        point.size_bytes,
        point.added_bytes,
        point.host,
        missing + point.note,
    )


def point_details(point: "RecoveryPoint") -> dict[str, Any]:
    """What `show` says beyond the summary, for scripts."""
    return {
        "program": point.program,
        "database_bytes": point.database.size_bytes,
        "files_beside": [file.to_dict() for file in point.files],
        "models": [
            {
                "name": m.name,
                "source": m.manifest.get("source"),
                "files": [file.to_dict() for file in m.files],
            }
            for m in point.models
        ],
        "missing_blobs": list(point.missing),
    }


def show_point(out: Output, point: "RecoveryPoint") -> None:
    """All about one recovery point."""
    rows: list[tuple[str, Cell]] = [
        ("point", point.id),
        ("made", Both(format_exact_time(point.time), machine_time(point.time))),
        ("library", f"{point.host}:{point.library}"),
        ("program", f"audobon {point.program}"),
        ("assets", point.assets),
        ("files", f"{point.blob_count}, {format_bytes(point.blob_bytes)}"),
        ("database", Both(format_bytes(point.database.size_bytes), str(point.database.size_bytes))),
        ("added", Both(format_bytes(point.added_bytes), str(point.added_bytes))),
        ("note", point.note),
    ]
    rows += [("beside", f"{file.path}  {format_bytes(file.size_bytes)}") for file in point.files]
    for model in point.models:
        held = (
            plural(len(model.files), "file")
            if model.files
            else f"by reference to {model.manifest.get('source')}"
        )
        rows.append(("model", f"{model.name}  {held}"))
    rows += [("missing", digest) for digest in point.missing]
    out.table(FACTS, [row for row in rows if row[1]])


def foreseen_data(found: "DryRunReport") -> dict[str, Any]:
    """What a backup would do, for scripts."""
    use, cost = found.use, found.cost
    data: dict[str, Any] = {
        "dry_run": True,
        "upload_bytes": use.uploaded_bytes,
        "download_bytes": use.downloaded_bytes,
        "stored_bytes": found.stored_bytes,
        "packs": found.packs,
        "missing": found.missing,
        "operations": {"class_a": use.class_a, "class_b": use.class_b},
        "cost": None,
    }
    if cost is not None:
        data["cost"] = {
            "currency": "USD",
            "month": round(cost.month, 6),
            "once": round(cost.once, 6),
            "storage_class": cost.price.storage_class,
            "as_of": cost.price.as_of.isoformat(),
        }
    return data


def show_foreseen(out: Output, found: "DryRunReport") -> None:
    """What a backup would do."""
    use, cost = found.use, found.cost
    rows = [
        ("to send", f"{format_bytes(use.uploaded_bytes)} in {plural(found.packs, 'pack')}"),
        ("stored then", format_bytes(found.stored_bytes)),
        ("operations", f"{use.class_a} writes and lists (class A), {use.class_b} reads (class B)"),
    ]
    if cost is not None:
        rows += [
            (
                "a month",
                f"${cost.month:.4f} for {found.stored_bytes / 2**30:.3f} GiB-months, {cost.price.storage_class}",
            ),
            ("once", f"${cost.once:.4f} for operations and what is read"),
            ("prices", f"of {cost.price.as_of}; free tiers left out"),
        ]
    out.table(FACTS, rows)


def asset_data(asset: "AssetLine") -> dict[str, str]:
    """An asset of a comparison, for scripts."""
    return {"id": asset.id, "name": asset.name, "blob": asset.blob}


def show_diff(out: Output, found: "PointDiff") -> None:
    """A line for each asset that differs."""
    lines = (("added", found.added), ("changed", found.changed), ("gone", found.removed))
    out.table(DIFFERENCE, [(word, one.id, one.name) for word, assets in lines for one in assets])


def show_status(out: Output, found: "Sequence[DestinationStatus]") -> None:
    """A line for each destination."""
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        last = Both("never from here", "")
        if one.age_seconds is not None and one.last_time is not None:
            ago = f"{format_seconds(max(one.age_seconds, 0))} ago"
            last = Both(ago, machine_time(one.last_time))
        changed = {None: "", True: "changes since", False: "nothing changed since"}[one.changed]
        rows.append((one.name, last, changed, "ok" if one.reachable else one.why, one.address))
    out.table(DESTINATIONS, rows, {"ok": "green"})


def verify_data(report: "RepositoryVerifyReport") -> dict[str, Any]:
    """A verification for scripts."""
    return {
        "clean": report.clean,
        "points": report.points,
        "packs": report.packs,
        "objects": report.objects,
        "read_bytes": report.read_bytes,
        "problems": [{"object": problem.key, "why": problem.why} for problem in report.problems],
        "damaged_points": [
            {
                "id": bad.point.point.id,
                "blobs": [{"blob": blob, "assets": list(assets)} for blob, assets in bad.blobs],
                "other": list(bad.other),
            }
            for bad in report.damaged
        ],
        "unfinished": report.intents,
    }


def drill_data(report: "DrillReport") -> dict[str, Any]:
    """A drill for scripts."""
    since = report.since
    return {
        "point": report.point.summary(),
        "whole": not report.damage,
        "damage": list(report.damage),
        "assets": report.assets,
        "files": report.files,
        "restored_bytes": report.restored_bytes,
        "commits": report.commits,
        "identical": report.identical,
        "current": report.current,
        "added": [asset_data(one) for one in since.added],
        "removed": [asset_data(one) for one in since.removed],
        "changed": [asset_data(one) for one in since.changed],
        "heads": [
            {"name": head.name, "restored": head.restored, "library": head.library, "state": head.state.value}
            for head in report.heads
        ],
        "restore_seconds": round(report.restore_seconds, 3),
        "check_seconds": round(report.check_seconds, 3),
    }


def show_drill(out: Output, report: "DrillReport") -> None:
    """What a drill came to, in lines."""
    for words in report.damage:
        out.line(f"damaged: {words}")
    point = report.point
    state = "damaged" if report.damage else "whole"
    out.line(
        f"Recovery point {point.short} of {format_exact_time(point.time)}: restored, read and {state}: "
        f"{plural(report.assets, 'asset')}, {plural(report.files, 'file')}, {plural(report.commits, 'commit')}."
    )
    out.line(
        f"Restored in {format_seconds(report.restore_seconds)}, checked in {format_seconds(report.check_seconds)}."
    )
    if report.identical:
        out.line("It is the library as it is now, byte for byte.")
    elif report.current:
        out.line("It has the assets and the history of the library as it is now.")
    else:
        since = report.since
        out.line(
            f"Since then: {len(since.added)} added, {len(since.changed)} changed, {len(since.removed)} gone; "
            f"{plural(len(report.moved), 'branch or tag', 'branches or tags')} moved."
        )
