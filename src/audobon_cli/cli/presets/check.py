"""``audobon presets check``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.options import known_to
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audobon_cli.presets.checking import CheckedPreset

COLUMNS = (
    Column("file", Kind.NAME),
    Column("line", Kind.NUMBER),
    Column("what is wrong", Kind.PROSE),
    Column("what to do", Kind.PROSE),
)


@command("check", examples=["audobon presets check", "audobon presets check style ink"])
def check(
    session: Session,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="PRESET...", help="Names, or a kind and a name. Default: all of your own."),
    ] = None,
) -> None:
    """Look for faults in your own presets, line by line.

    Ends with status 2 if there are any.
    """
    from audobon_cli.domain.units import plural
    from audobon_cli.presets.checking import check_file, own_files, preset_error

    folder = session.workspace.locations.presets
    chosen = _chosen(own_files(folder), words or [])
    known = known_to(session)
    checked = [check_file(kind, path, known) for kind, path in chosen]
    faulty = [one for one in checked if one.faults]
    error = preset_error(faulty, "mend the lines named, or remove the files") if faulty else None
    data = {"folder": str(folder), "presets": [_data(one) for one in checked], "passed": not faulty}
    session.finish(data, lambda: _view(session, checked), error)
    if error is None:
        session.out.note(
            f"Nothing is wrong with {plural(len(checked), 'preset')} of your own."
            if checked
            else f"There are none in {folder}: `audobon presets new` begins one."
        )


def _chosen(files: "Sequence[tuple[str, Path]]", words: "list[str]") -> "list[tuple[str, Path]]":
    """The files that ``words`` name; all without any. Raises PresetNotFound."""
    from audobon_cli.domain.errors import PresetNotFound
    from audobon_cli.presets.catalog import nearest
    from audobon_cli.presets.checking import KINDS

    kind, names = (words[0], words[1:]) if len(words) > 1 and words[0] in KINDS else ("", words)
    of_kind = [one for one in files if kind in ("", one[0])]
    if not names:
        return of_kind
    known = [path.stem for _, path in of_kind]
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise PresetNotFound(
                f"You have no preset called {name!r}.",
                hint=f"did you mean {near[0]}?" if near else "`audobon presets check` checks all of your own",
                name=name,
                nearest=near,
            )
    return [one for one in of_kind if one[1].stem in names]


def _data(one: "CheckedPreset") -> dict[str, Any]:
    return {
        "kind": one.kind,
        "name": one.name,
        "path": str(one.path),
        "faults": [{"line": each.line, "what": each.what, "advice": each.advice} for each in one.faults],
    }


def _view(session: Session, checked: "Sequence[CheckedPreset]") -> None:
    rows = [
        (f"{one.path.parent.name}/{one.path.name}", str(each.line), each.what, each.advice)
        for one in checked
        for each in one.faults
    ]
    if rows:
        session.out.table(COLUMNS, rows)
