"""``audobon config edit``."""

from audobon_cli.cli.config.set import Project, read_settings, settings_file, write_settings
from audobon_cli.cli.editor import editor_command, run_editor
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput, SettingInvalid


@command("edit", examples=["audobon config edit", "audobon config edit --project"])
def edit(session: Session, project: Project = False) -> None:
    """Edit the settings file in your editor.

    The editor is that of VISUAL or EDITOR. The file changes only if what was written can be read.
    """
    from audobon_cli.settings.edit import template
    from audobon_cli.settings.settings import load_settings

    file = settings_file(session, project)
    editor = editor_command(file, f"`audobon config set NAME VALUE` changes {file}")
    draft = file.with_name(f"{file.name}.draft")
    write_settings(draft, draft.read_text("utf-8") if draft.is_file() else read_settings(file) or template())
    status = run_editor(editor, draft)
    text = read_settings(draft)
    try:
        load_settings(draft, None, {})
    except SettingInvalid as error:
        error.hint = f"{file} is as it was; `audobon config edit` goes on with what you wrote"
        raise
    if status != 0:
        draft.unlink()
        raise InvalidInput(f"The editor ended with status {status}.", hint=f"{file} is as it was")
    changed = text != read_settings(file)
    if changed:
        write_settings(file, text)
    draft.unlink()
    words = f"{file} was written." if changed else f"{file} is as it was."
    session.out.result({"file": str(file), "changed": changed}, lambda: session.out.line(words))
