"""``audobon assets credits`` and ``licences``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.assets.options import QUERY_HELP
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

LICENCES = (
    Column("asks for"),
    Column("licence", Kind.NAME),
    Column("of"),
    Column("name", Kind.NAME),
    Column("whose", Kind.PROSE),
    Column("assets", Kind.NUMBER),
)
COLUMNS = (Column("whose", Kind.PROSE), Column("licence", Kind.NAME), Column("what", Kind.NAME))


@command(
    "credits",
    examples=[
        "audobon assets credits cute_dragon",
        "audobon assets credits tag:final --out art/CREDITS.md",
        "audobon assets credits tag:final --json",
    ],
)
def credits_(
    session: Session,
    assets: Annotated[list[str], typer.Argument(metavar="ASSETS...", help=QUERY_HELP)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write a page, CREDITS.md, or a .json.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite an existing file.")] = False,
) -> None:
    """List what pictures and sounds owe, and to whom.

    The hands whose drawings pictures are composed of, the models that drew, with what their cards say of what taught
    them, and the authors of imported files, all with their licences; of what assets derive from, too.

    MIT and Apache-2.0 ask that the lines of drawings go with copies: put them into your game's credits.
    """
    from audobon_cli.credits.owed import as_data, owed_by
    from audobon_cli.credits.page import SILENT, credits_page
    from audobon_cli.library.select import select_assets
    from audobon_cli.storage.durable_files import write_output

    if out is not None and out.suffix.lower() not in (".md", ".json"):
        raise InvalidInput(f"--out {out} ends neither in .md nor in .json.", hint="--out CREDITS.md")
    library = session.workspace.library
    chosen = select_assets(library, assets)
    found = owed_by(library, chosen, session.workspace.models)
    data = as_data(found, chosen)
    if out is not None:
        text = (
            credits_page(found)
            if out.suffix.lower() == ".md"
            else json.dumps(data, indent=1, sort_keys=True) + "\n"
        )
        write_output(out.expanduser(), text.encode(), overwrite)

    def view() -> None:
        rows = [(one.attribution, one.licence, ", ".join(one.things)) for one in found.hands.owed]
        rows += [
            (
                model.model,
                f"terms of {model.provider}" if model.provider else model.licence,
                "drew with what it was taught",
            )
            for model in found.models
        ]
        rows += [
            (each.name, each.licence, f"taught {model.model}")
            for model in found.models
            for each in model.sources
        ]
        rows += [
            (one.author or one.copyright or one.name, one.licence or one.copyright or SILENT, one.name)
            for one in found.imported
        ]
        session.out.table(COLUMNS, rows, order=("what", "licence", "whose"))

    session.out.result(data, view)
    if out is not None:
        session.out.note(f"Written: {out}")
    for asset in found.hands.unread:
        session.out.note(f"{asset}: this version cannot read its recipe, so that what it owes is not known.")


@command(
    "licences",
    examples=[
        "audobon assets licences",
        "audobon assets licences tag:final --fail-on unknown,non-commercial",
        "audobon assets licences tag:final --json",
    ],
)
def licences(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help=f"{QUERY_HELP} Default: all.")] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="TERMS", help="Fail where a licence asks for these, with commas between."
        ),
    ] = "",
) -> None:
    """Audit the licences of assets and models.

    Of the models that drew them and what taught those, of imported files, drawings and what LoRAs were trained on, and
    of all that assets derive from; and of models that are installed. Unknown licences come first, then those that are
    non-commercial, no-derivatives, share-alike, or have conditions of their own (which is what --fail-on takes), as far
    as their names say so: a model's card may ask for more.
    """
    from audobon_cli.credits.licences import LicenceTerm, audit_licences
    from audobon_cli.library.select import select_assets

    wanted = [word.strip().lower() for word in fail_on.split(",") if word.strip()]
    unknown = sorted(set(wanted) - {term.value for term in LicenceTerm})
    if unknown:
        raise InvalidInput(
            f"{unknown[0]!r} is nothing to fail on.", hint=f"known are {', '.join(LicenceTerm)}"
        )
    library = session.workspace.library
    chosen = list(library.assets.matching("")) if assets is None else select_assets(library, assets)
    found = audit_licences(library, chosen, session.workspace.models)
    data = {
        "licences": [one.summary() for one in found.entries],
        "counts": {term.value: len(found.with_terms([term])) for term in LicenceTerm},
        "unread": list(found.unread),
    }
    rows = [
        (", ".join(one.terms), one.licence, one.subject.value, one.name, one.whose, len(one.assets))
        for one in found.entries
    ]
    session.finish(
        data,
        lambda: session.out.table(LICENCES, rows),
        found.error([LicenceTerm(word) for word in wanted]),
    )
    for asset in found.unread:
        session.out.note(f"{asset}: this version cannot read its recipe, so that what it owes is not known.")
