"""Writing assets as files, whatever their medium, and telling which."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.library.export import ExportReport, ExportRequest


def run_export(session: Session, request: "ExportRequest") -> None:
    """Write what ``request`` names; a path a line on stdout."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.export import export_assets

    with listening(session.out) as listen:
        report = export_assets(session.workspace.library, request, listen)
    show_export(session, report, request.dry_run)


def show_export(
    session: Session, report: "ExportReport", dry_run: bool, beside: "Sequence[Path]" = ()
) -> None:
    """Tell which files were written, and those ``beside`` them that are of no asset."""
    files = [
        {"asset": f.asset.id, "path": str(f.path), "blob": f.asset.blob, "status": f.status.value}
        for f in report.files
    ]
    data: dict[str, Any] = {"files": files}
    if beside:
        data["beside"] = [str(path) for path in beside]
    lines = "\n".join([*(file["path"] for file in files), *data.get("beside", ())])
    session.out.result(data, view=lambda: session.out.line(lines))
    if dry_run:
        session.out.note("Nothing was written: --dry-run.")
