"""``audobon assets export``."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.cli.assets.options import QUERY_HELP
from audobon_cli.cli.exporting import run_export
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.media.image.formats import ExportFormat

if TYPE_CHECKING:
    from audobon_cli.library.export import ExportRequest


@dataclass(frozen=True, slots=True)
class FormatOptions:
    """How files are written."""

    PANEL: ClassVar[str] = "Format"

    form: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="Convert to this format; without it files stay as they are."),
    ] = None
    optimize: Annotated[bool, typer.Option("--optimize", help="Make PNG files smaller without loss.")] = False


@command(
    "export",
    examples=["audobon assets export k3f9x2 --out art/", "audobon assets export --search dragon --out art/"],
)
def export(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help=QUERY_HELP)] = None,
    to: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Folder to write the files to.")
    ] = Path("."),
    search: Annotated[
        str | None, typer.Option("--search", metavar="QUERY", help="Export what this query finds, too.")
    ] = None,
    name: Annotated[
        str,
        typer.Option(
            "--name", help="File name from {name} {id} {prompt} {seed} {width} {height} {kind} {category}."
        ),
    ] = "{name}",
    *,
    writing: FormatOptions,
    credentials: Annotated[
        bool, typer.Option("--credentials", help="Sign the files with your key (Content Credentials, C2PA).")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be written; write nothing.")
    ] = False,
) -> None:
    """Write assets as files.

    They are written byte for byte as they are kept, unless --format, --optimize or --credentials is given. With
    --format svg what was composed is drawn again in vectors, from its recipe.
    """
    signer = None
    if credentials:
        from audobon_cli.credentials.keys import read_key
        from audobon_cli.credentials.library import c2pa
        from audobon_cli.credentials.sign import ExportSigner

        c2pa()
        signer = ExportSigner(read_key(session.workspace.locations.credentials))
    request = _request(writing.form)(
        to.expanduser(), tuple(assets or ()), search, name, overwrite, dry_run,
        writing.form, writing.optimize, signer,
    )  # fmt: skip
    run_export(session, request)


def _request(form: ExportFormat | None) -> "type[ExportRequest]":
    """What an export to ``form`` is asked for with."""
    if form is ExportFormat.SVG:
        from audobon_cli.exemplars.export_vectors import VectorExportRequest

        return VectorExportRequest
    from audobon_cli.library.export import ExportRequest

    return ExportRequest
