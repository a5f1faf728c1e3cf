"""Writing assets as files, whatever their medium, and telling which."""

from typing import TYPE_CHECKING

from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.library.export import ExportRequest


def run_export(session: Session, request: "ExportRequest") -> None:
    """Write what ``request`` names; a path a line on stdout."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.export import export_assets

    with listening(session.out) as listen:
        report = export_assets(session.workspace.library, request, listen)
    files = [
        {"asset": f.asset.id, "path": str(f.path), "blob": f.asset.blob, "status": f.status.value}
        for f in report.files
    ]
    lines = "\n".join(file["path"] for file in files)
    session.out.result({"files": files}, view=lambda: session.out.line(lines))
    if request.dry_run:
        session.out.note("Nothing was written: --dry-run.")
