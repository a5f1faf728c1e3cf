"""``audobon backup verify``."""

from typing import Annotated

import typer

from audobon_cli.cli.backup.options import read_share
from audobon_cli.cli.backup.views import verify_data
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, opened
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural


@command(
    "verify",
    examples=[
        "audobon backup verify",
        "audobon backup verify --read-data",
        "audobon backup verify --read-data=5%",
    ],
)
def verify(
    session: Session,
    place: RepositoryOptions,
    read_data: Annotated[
        str,
        typer.Option(
            "--read-data",
            metavar="SHARE",
            help="Also read every byte, or a random share such as 5%.",
        ),
    ] = "0%",
) -> None:
    """Check that recovery points can be restored.

    Looks whether everything that they need is there; with --read-data, whether it is what was written.
    """
    from audobon_cli.backup.check.verify import verify_repository
    from audobon_cli.cli.listening import listening

    share = read_share(read_data)
    with opened(session, place) as repository, listening(session.out) as listen:
        report = verify_repository(repository, share, session.workspace.working_folder, listen)

    def view() -> None:
        for problem in report.problems:
            session.out.line(f"{problem.key}: {problem.why}")
        for bad in report.damaged:
            session.out.line(
                f"recovery point {bad.point.point.short} of {bad.point.point.time:%Y-%m-%d %H:%M} loses:"
            )
            session.out.lines(f"  {what}" for what in bad.other)
            session.out.lines(
                f"  {' '.join(assets) or 'picture'} ({blob[:12]}…)" for blob, assets in bad.blobs
            )
        if report.clean:
            session.out.line(
                f"{plural(report.points, 'recovery point')}, {plural(report.objects, 'object')} in "
                f"{plural(report.packs, 'pack')}: all there; "
                f"{format_bytes(report.read_bytes)} read."
            )

    session.finish(verify_data(report), view, report.error())
