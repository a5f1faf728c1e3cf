"""``audobon assets``: find and take out what the library keeps."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes

if TYPE_CHECKING:
    from audobon_cli.domain.asset import Asset

app = typer.Typer(no_args_is_help=True, help="Find, show and take out what the library keeps.")

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many at most.")]


@command(app, "list", examples=["audobon assets list", "audobon assets list --limit 5 --json"])
def list_(
    session: Session,
    limit: Limit = 20,
    after: Annotated[
        str | None, typer.Option("--after", metavar="CURSOR", help="Go on behind a page (`after` in JSON).")
    ] = None,
) -> None:
    """List the assets, newest first."""
    from audobon_cli.services.library import list_assets

    page = list_assets(session.workspace.library, limit, after)
    data = {
        "assets": [asset.summary() for asset in page.assets],
        "total": page.total,
        "after": page.after,
    }
    session.out.result(data, view=lambda: _table(session, page.assets))
    if not page.assets:
        session.out.note('The library is empty. Make something: audobon generate "cute dragon"')
    elif page.after is not None:
        session.out.note(f"{len(page.assets)} of {page.total}; go on with --after {page.after}")


@command(app, "search", examples=["audobon assets search dragon", 'audobon assets search "red dra"'])
def search(
    session: Session,
    words: Annotated[list[str], typer.Argument(help="Words, or their beginnings; all must be found.")],
    limit: Limit = 20,
) -> None:
    """Find assets by words in their name, prompt, tags and notes; the best first."""
    from audobon_cli.services.library import search_assets

    page = search_assets(session.workspace.library, " ".join(words), limit)
    data = {
        "assets": [asset.summary() for asset in page.assets],
        "total": page.total,
        "total_is_exact": page.total_is_exact,
    }
    session.out.result(data, view=lambda: _table(session, page.assets))
    more = "" if page.total_is_exact else "more than "
    session.out.note(f"{len(page.assets)} of {more}{page.total} found.")


@command(app, "show", examples=["audobon assets show k3f9x2", "audobon assets show k3f9x2 --json"])
def show(
    session: Session,
    asset: Annotated[str, typer.Argument(help="An id, the beginning of one, or a name.")],
) -> None:
    """Show an asset: the picture, all that is known of it, and its recipe."""
    from audobon_cli.cli.pictures import show_picture
    from audobon_cli.services.library import show_asset

    details = show_asset(session.workspace.library, asset)
    found = details.asset
    recipe = found.recipe.to_dict() if found.recipe else None
    relations = [{"kind": str(r.kind), "source": r.source, "target": r.target} for r in details.relations]
    data = {"asset": {**found.summary(), "path": details.path, "recipe": recipe, "relations": relations}}
    data["asset"]["metadata"] = found.metadata
    data["asset"]["derivation"] = found.derivation.to_dict() if found.derivation else None

    def view() -> None:
        show_picture(session.out.console, session.workspace.library.blobs.read(found.blob))
        for key, value in {**found.summary(), "path": details.path}.items():
            if value not in ("", None, []):
                session.out.line(f"{key.replace('_', ' ') + ':':<18}{value}")
        if recipe:
            session.out.line("\nrecipe")
            for key, value in recipe.items():
                if value not in ("", None, []):
                    session.out.line(f"  {key.replace('_', ' ') + ':':<18}{value}")

    session.out.result(data, view=view)


@command(
    app,
    "export",
    examples=["audobon assets export k3f9x2 --to art/", "audobon assets export --search dragon --to art/"],
)
def export(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help="Ids, beginnings of ids, or names.")] = None,
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where to write the files.")] = Path("."),
    search: Annotated[
        str | None, typer.Option("--search", metavar="WORDS", help="Export what this finds, too.")
    ] = None,
    name: Annotated[
        str,
        typer.Option("--name", help="File name from {name} {id} {prompt} {seed} {width} {height} {kind}."),
    ] = "{name}",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace other files of that name.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be written.")] = False,
) -> None:
    """Write assets as files, byte for byte as they are kept."""
    from audobon_cli.cli.progress import listening
    from audobon_cli.services.export import ExportRequest, export_assets

    request = ExportRequest(to.expanduser(), tuple(assets or ()), search, name, overwrite, dry_run)
    with listening(session.out) as listen:
        report = export_assets(session.workspace.library, request, listen)
    files = [
        {"asset": f.asset.id, "path": str(f.path), "blob": f.asset.blob, "status": f.status.value}
        for f in report.files
    ]
    lines = "\n".join(file["path"] for file in files)
    session.out.result({"files": files}, view=lambda: session.out.line(lines))
    if dry_run:
        session.out.note("Nothing was written: --dry-run.")


@command(app, "verify", examples=["audobon assets verify"])
def verify(session: Session) -> None:
    """Read and hash every stored file and check the database; report what is damaged or missing."""
    from audobon_cli.cli.progress import listening
    from audobon_cli.services.verification import verify_library

    with listening(session.out) as listen:
        report = verify_library(session.workspace.library, listen)
    data: dict[str, Any] = {
        "blobs_read": report.blobs_read,
        "bytes_read": report.bytes_read,
        "corrupted": [{"blob": d.blob, "assets": list(d.assets), "why": d.why} for d in report.corrupted],
        "missing": [{"blob": d.blob, "assets": list(d.assets), "why": d.why} for d in report.missing],
        "unreferenced": report.unreferenced,
        "database_problems": list(report.database_problems),
    }
    whole = report.blobs_read - len(report.corrupted)
    words = f"{whole} files are as they were stored ({format_bytes(report.bytes_read)} read)."
    session.finish(data, lambda: session.out.line(words), report.error())


def _table(session: Session, assets: "tuple[Asset, ...]") -> None:
    rows = [
        (
            asset.id,
            asset.name,
            f"{asset.width}x{asset.height}",
            "" if asset.seed is None else str(asset.seed),
            asset.quality,
            asset.model,
            asset.created.astimezone().strftime("%Y-%m-%d %H:%M"),
        )
        for asset in assets
    ]
    session.out.table(("id", "name", "size", "seed", "quality", "model", "made"), rows)
