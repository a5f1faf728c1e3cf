"""``audobon backup restore``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import PointArgument, RepositoryOptions, Yes, opened
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes, format_time, plural

if TYPE_CHECKING:
    from audobon_cli.backup.restore.to_folder import Restored


@command(
    "restore",
    examples=[
        "audobon backup restore --out ~/restored",
        "audobon backup restore 3f2a --into-library --yes",
        'audobon backup restore --asset "tag:boss"',
        "audobon backup restore --asset red_dragon --out pictures/",
    ],
)
def restore(
    session: Session,
    place: RepositoryOptions,
    point: PointArgument = "latest",
    to: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="DIR", help="A new folder, which becomes a separate library."),
    ] = None,
    into_library: Annotated[
        bool, typer.Option("--into-library", help="Bring this library back to the recovery point.")
    ] = False,
    asset: Annotated[
        str,
        typer.Option(
            "--asset", metavar="QUERY", help="Only these assets, into the library, or as files with --out."
        ),
    ] = "",
    decrypted: Annotated[
        bool, typer.Option("--decrypted", help="Let an encrypted library be restored as one that is not.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Restore a recovery point, or assets from it.

    As a new library with --out, into this one with --into-library, or single assets with --asset.
    """
    if (to is None) == (not into_library) and not (asset and to is None and not into_library):
        raise InvalidInput(
            "Say where to: --out DIR, or --into-library.", hint="`audobon backup restore --help`"
        )
    if asset:
        _restore_assets(session, place, point, asset, to, decrypted)
        return
    from audobon_cli.backup.opener import find_point
    from audobon_cli.backup.point_contents import PointContents
    from audobon_cli.backup.restore.into_library import restore_into
    from audobon_cli.backup.restore.to_folder import restore_to
    from audobon_cli.cli.listening import listening

    with opened(session, place) as repository:
        chosen = find_point(repository, point, session.workspace.library_path).point
        if to is None:
            session.confirm(
                yes,
                f"Replace the library's records by those of {format_time(chosen.time)} from {chosen.host}? "
                "A copy of them is kept.",
                "This replaces the library's records",
                hint="; `audobon backup diff` shows how they differ",
            )
        with listening(session.out) as listen:
            contents = PointContents(repository.reader(), chosen)
            if to is not None:
                private = session.workspace.settings.library_private
                done = restore_to(contents, to.absolute(), listen, decrypted, private)
            else:
                done = restore_into(contents, session.workspace.library, listen, decrypted)
    _show_restored(session, done, to)


def _show_restored(session: Session, done: "Restored", to: Path | None) -> None:
    data = {
        "point": done.point.summary(),
        "path": str(done.path),
        "written_files": done.written_files,
        "present_files": done.present_files,
        "written_bytes": done.written_bytes,
        "lost": [{"blob": blob, "assets": list(assets)} for blob, assets in done.lost],
    }
    if done.point.missing:
        lost = plural(len(done.point.missing), "file")
        session.out.warn(f"The library had lost {lost} already when it was backed up.")
    session.finish(data, lambda: session.out.line(str(done.path)), done.error())
    session.out.note(
        f"{plural(done.written_files, 'file')} restored ({format_bytes(done.written_bytes)}), "
        f"{done.present_files} already there."
    )
    if to is not None:
        session.out.note(
            f"Use it with --library {done.path}; settings and presets are in {done.path}/restored."
        )
    else:
        session.out.note("The records as they were before are in audobon.db.before-restore.")


def _restore_assets(
    session: Session, place: RepositoryOptions, point: str, query: str, to: Path | None, decrypted: bool
) -> None:
    from audobon_cli.backup.opener import find_point
    from audobon_cli.backup.point_contents import PointContents
    from audobon_cli.backup.restore.into_library import export_from, restore_assets

    with opened(session, place) as repository:
        chosen = find_point(repository, point, session.workspace.library_path).point
        contents = PointContents(repository.reader(), chosen)
        if to is not None:
            report = export_from(contents, query, to, session.workspace.working_folder)
            files = [{"asset": file.asset.id, "path": str(file.path)} for file in report.files]
            session.out.result(
                {"point": contents.point.summary(), "files": files},
                lambda: session.out.lines(str(file["path"]) for file in files),
            )
            return
        assets = restore_assets(contents, session.workspace.library, query, decrypted)
    data = {"point": contents.point.summary(), "assets": [one.summary() for one in assets]}
    session.out.result(data, lambda: session.out.lines(f"{one.id}\t{one.name}" for one in assets))
    session.out.note(f"{plural(len(assets), 'asset')} restored as they were at the recovery point.")
