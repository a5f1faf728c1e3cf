"""``audobon presets new``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.options import Set, preset_folders, save_preset, written_data
from audobon_cli.cli.session import Session


@command(
    "new",
    examples=[
        "audobon presets new style ink --set template='{prompt}, ink drawing'",
        "audobon presets new quality mine --from high --set families.sprite.steps=40",
        "audobon presets new size card --set size=832x1216",
    ],
)
def new(
    session: Session,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="quality, style or size.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called: small letters and digits.")],
    copied: Annotated[
        str | None, typer.Option("--from", metavar="PRESET", help="Begin with a copy of this one.")
    ] = None,
    values: Set = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
) -> None:
    """Begin a quality, style or size of your own.

    The file is a preset as it stands, with a comment on every key; what cannot be used is not written.
    """
    from audobon_cli.domain.errors import InvalidInput, OutputExists
    from audobon_cli.presets.checking import check_name
    from audobon_cli.presets.editing import (
        MADE,
        find_preset,
        preset_file,
        starting_text,
        with_values,
    )

    if kind not in MADE:
        raise InvalidInput(f"{kind!r} is none of {', '.join(MADE)}.", hint="audobon presets new style NAME")
    check_name(kind, name)
    folders = preset_folders(session)
    path = preset_file(folders[-1][1], kind, name)
    if path.exists() and not overwrite:
        raise OutputExists(
            f"You have a {kind} called {name} already.",
            hint=f"`audobon presets edit {kind} {name}` changes it; --overwrite begins anew",
            paths=[str(path)],
        )
    source = find_preset(folders, kind, copied)[1] if copied is not None else None
    text = with_values(starting_text(kind, name, source), values or ())
    save_preset(session, kind, path, text, "nothing was written; mend what --set says")
    session.out.result(written_data(kind, path, changed=True), lambda: session.out.line(str(path)))
    if preset_file(folders[0][1], kind, name).is_file():
        session.out.note(f"It takes the place of the shipped {name}.")
    session.out.note(f"`audobon presets edit {kind} {name}` changes it.")
