"""``audobon assets import``."""

from typing import Annotated

import typer

from audobon_cli.cli.assets.options import DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command(
    "import",
    examples=[
        "audobon assets import art/ --tag hand-made",
        'audobon assets import "shots/**/*.png" --by-folder',
    ],
)
def import_(
    session: Session,
    paths: Annotated[list[str], typer.Argument(help="Files, folders, or patterns such as 'art/**/*.png'.")],
    tags: Annotated[
        list[str] | None, typer.Option("--tag", "-t", help="Tag all of them; repeatable.")
    ] = None,
    category: Annotated[
        str, typer.Option("--category", "-c", help="Put all of them into this category.")
    ] = "",
    name: Annotated[
        str,
        typer.Option("--name", help="Name them by {stem} {folder} {number} {width} {height} {format}."),
    ] = "{stem}",
    by_folder: Annotated[bool, typer.Option("--by-folder", help="Make categories of the folders.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Import pictures, byte for byte.

    Formats: PNG, APNG, WebP, JPEG, GIF, SVG. Recipes inside them are read.
    """
    from audobon_cli.media.untrusted.decoding import prepare_import

    prepare_import()
    from audobon_cli.cli.listening import listening
    from audobon_cli.library.import_files import ImportRequest, ImportStatus, import_files

    request = ImportRequest(tuple(paths), tuple(tags or ()), category, name, by_folder, dry_run)
    with listening(session.out) as listen:
        report = import_files(session.workspace.library, request, listen)
    counts = {status.value: report.count(status) for status in ImportStatus}
    files = [
        {"path": str(f.path), "status": f.status.value, "asset": f.asset, "why": f.why, "lacks": f.lacks}
        for f in report.files
    ]
    words = [
        f"{counts['imported']} imported" if not dry_run else f"{counts['planned']} would be imported",
        f"{counts['existing']} in the library already",
    ]
    for file in report.files:
        if file.status is ImportStatus.FAILED:
            session.out.warn(f"{file.path}: {file.why}")
        elif file.lacks:
            session.out.warn(f"{file.path}: {file.lacks}; it is taken as far as it goes")
    session.finish(
        {"files": files, **counts}, lambda: session.out.line(f"{', '.join(words)}."), report.error()
    )
