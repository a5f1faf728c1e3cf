"""``audobon presets edit``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.presets.options import Set, preset_folders, save_preset, written_data
from audobon_cli.cli.session import Session


@command(
    "edit",
    examples=[
        "audobon presets edit style ink",
        "audobon presets edit quality mine --set families.sprite.steps=24 --unset reason",
    ],
)
def edit(
    session: Session,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="quality, style, size, sound or model.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="A preset of your own.")],
    values: Set = None,
    removed: Annotated[
        list[str] | None, typer.Option("--unset", metavar="KEY", help="Remove a key. Repeatable.")
    ] = None,
) -> None:
    """Change a preset of your own in an editor or by --set.

    The file changes only if nothing is wrong with what was written. The editor is that of VISUAL or EDITOR.
    """
    from audobon_cli.domain.errors import InvalidInput
    from audobon_cli.presets.checking import KINDS
    from audobon_cli.presets.editing import MADE, find_preset, read_preset, with_values

    if kind not in KINDS:
        raise InvalidInput(f"{kind!r} is none of {', '.join(KINDS)}.", hint="audobon presets edit style NAME")
    source, path = find_preset(preset_folders(session), kind, name)
    if source != "own":
        copy = f"`audobon presets new {kind} mine --from {name}` makes a copy of it"
        raise InvalidInput(
            f"{name} ships with the program.", hint=copy if kind in MADE else f"copy {path} to edit it"
        )
    if values or removed:
        before = read_preset(path)
        text = with_values(before, values or (), removed or ())
        save_preset(session, kind, path, text, "the file is as it was; mend what --set says")
        changed = text != before
    else:
        changed = _in_editor(session, kind, path)
    words = f"{path} was written." if changed else f"{path} is as it was."
    session.out.result(written_data(kind, path, changed), lambda: session.out.line(words))


def _in_editor(session: Session, kind: str, path: Path) -> bool:
    """Whether the file was changed: a draft beside it is edited, and takes its place if nothing is wrong with it."""
    from audobon_cli.cli.editor import editor_command, run_editor
    from audobon_cli.domain.errors import InvalidInput
    from audobon_cli.presets.editing import read_preset
    from audobon_cli.storage.durable_files import write_output

    editor = editor_command(path, f"`audobon presets edit {kind} {path.stem} --set KEY=VALUE` changes it")
    draft = path.with_name(f"{path.name}.draft")
    if not draft.is_file():
        write_output(draft, path.read_bytes(), overwrite=True)
    status = run_editor(editor, draft)
    text = read_preset(draft)
    if status != 0:
        draft.unlink()
        raise InvalidInput(f"The editor ended with status {status}.", hint=f"{path} is as it was")
    changed = text != read_preset(path)
    if changed:
        again = f"{path} is as it was; `audobon presets edit {kind} {path.stem}` goes on with what you wrote"
        save_preset(session, kind, path, text, again)
    draft.unlink()
    return changed
