"""What commands that write presets share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from audobon_cli.cli.session import Session

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Set a key; one in a table with dots: families.sdxl.steps=30. Repeatable.",
    ),
]


def families_of(session: Session) -> list[str]:
    """The names of the families of models, without reading presets that may be damaged."""
    return sorted(
        {path.stem for _, folder in preset_folders(session) for path in (folder / "families").glob("*.toml")}
    )


def preset_folders(session: Session) -> list[tuple[str, Path]]:
    """Where presets are from, and their folders: the user's own last."""
    from audobon_cli.presets.catalog import shipped_presets

    return [("built-in", shipped_presets()), ("own", session.workspace.locations.presets)]


def save_preset(session: Session, kind: str, path: Path, text: str, hint: str) -> None:
    """Write ``text`` as the preset's file, whole or not at all.

    Raises PresetInvalid with every fault, and ``hint``, without touching anything; OutputUnwritable or DiskFull."""
    from audobon_cli.presets.editing import checked_text
    from audobon_cli.storage.durable_files import output_errors, write_output

    data = checked_text(kind, path, text, families_of(session), hint)
    with output_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_output(path, data, overwrite=True)


def written_data(kind: str, path: Path, changed: bool) -> dict[str, Any]:
    """A preset that was written, for scripts."""
    return {"preset": {"kind": kind, "name": path.stem, "path": str(path)}, "changed": changed}
