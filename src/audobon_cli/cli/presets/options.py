"""What commands that write presets share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.presets.checking import Known

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set a key; one in a table with dots: families.sdxl.steps=30. Repeatable.",
    ),
]


def known_to(session: Session) -> "Known":
    """What presets are held against, without reading presets that may be damaged."""
    from audobon_cli.generation.typed_prompts import style_refusals
    from audobon_cli.presets.checking import Known

    def names(folder: str) -> list[str]:
        folders = [place / folder for _, place in preset_folders(session)]
        return sorted({path.stem for each in folders for path in each.glob("*.toml")})

    return Known(names("families"), names("styles"), style_refusals)


def preset_folders(session: Session) -> list[tuple[str, Path]]:
    """Where presets are from, and their folders: the user's own last."""
    from audobon_cli.presets.catalog import shipped_presets

    return [("built-in", shipped_presets()), ("own", session.workspace.locations.presets)]


def save_preset(session: Session, kind: str, path: Path, text: str, hint: str) -> None:
    """Write ``text`` as the preset's file, whole or not at all.

    Raises PresetInvalid with every fault, and ``hint``, without touching anything; OutputUnwritable or DiskFull."""
    from audobon_cli.presets.editing import checked_text
    from audobon_cli.storage.durable_files import output_errors, write_output

    data = checked_text(kind, path, text, known_to(session), hint)
    with output_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_output(path, data, overwrite=True)


def written_data(kind: str, path: Path, changed: bool) -> dict[str, Any]:
    """A preset that was written, for scripts."""
    return {"preset": {"kind": kind, "name": path.stem, "path": str(path)}, "changed": changed}
