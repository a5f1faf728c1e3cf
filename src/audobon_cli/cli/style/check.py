"""``audobon style check``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.style.views import Overwrite, Pictures, Report, library_of


@command(
    "check",
    examples=[
        "audobon style check tag:hero",
        "audobon style check tag:new --against mine --fail",
        "audobon style check art/ --against mine.png --report styles.html",
    ],
)
def check(
    session: Session,
    pictures: Pictures,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="CARD", help="A card, or other pictures. Default: the set itself."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", min=0, metavar="NUMBER", help="The distance that makes an outlier."),
    ] = None,
    gate: Annotated[bool, typer.Option("--fail", help="Exit status 3 if there is an outlier.")] = False,
    report: Report = None,
    overwrite: Overwrite = False,
) -> None:
    """Find the pictures that are not in the style.

    The furthest come first, with the reasons.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.cli.style.views import check_data, show_check
    from audobon_cli.derivations.run import write_result
    from audobon_cli.sprites.pictures import PictureReader
    from audobon_cli.sprites.style_cards import check_style, style_of, style_sources
    from audobon_cli.sprites.style_pages import check_page

    library = library_of(session)
    with listening(session.out) as listen:
        sources = style_sources(pictures, library)
        card = None if against is None else style_of(against, library, listen)
        found = check_style(sources, card, library, listen, threshold)
    if report is not None:
        reader = PictureReader(library() if sources[0].asset is not None else None)
        write_result(report.expanduser(), check_page(found, reader).encode(), overwrite)
    data = {**check_data(found), "report": None if report is None else str(report)}
    session.finish(data, lambda: show_check(session, found), found.error() if gate else None)
    if not found.outliers:
        session.out.note(f"All are within {found.limit:g} of {found.against.name}.")
