"""``audobon config set``, ``get`` and ``unset``."""

from pathlib import Path
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import OutputUnwritable

Name = Annotated[str, typer.Argument(metavar="NAME", help="A setting of `audobon config show`.")]
Project = Annotated[
    bool, typer.Option("--project", help="In the project's audobon.toml instead of your own settings.")
]


@command("get", examples=["audobon config get model", "audobon config get budget.per_run --json"])
def get(session: Session, name: Name) -> None:
    """Print the value of one setting."""
    from audobon_cli.settings.edit import setting_name

    key = setting_name(name)
    loaded = session.workspace.loaded_settings
    value = getattr(loaded.values, key)
    session.out.result(
        {"key": key, "value": value, "source": loaded.sources[key]},
        lambda: session.out.line(str(value).lower() if isinstance(value, bool) else str(value)),
    )
    session.out.note(f"From: {loaded.sources[key]}.")


@command(
    "set",
    examples=[
        "audobon config set model sdxl",
        "audobon config set budget.per_run 2.50",
        "audobon config set quality high --project",
    ],
)
def set_(
    session: Session,
    name: Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="The new value.")],
    project: Project = False,
) -> None:
    """Set a setting in its file.

    The value is checked. All other lines of the file and its comments stay as they are.
    """
    from audobon_cli.settings.edit import setting_name, setting_value, with_setting

    key = setting_name(name)
    meant = setting_value(key, value)
    file = settings_file(session, project)
    write_settings(file, with_setting(read_settings(file), key, meant, file))
    session.out.result(
        {"key": key, "value": meant, "file": str(file)}, lambda: session.out.line(f"{key} = {meant}")
    )
    session.out.note(f"Written to {file}.")
    _warn_if_hidden(session, key, meant)


@command("unset", examples=["audobon config unset model", "audobon config unset quality --project"])
def unset(session: Session, name: Name, project: Project = False) -> None:
    """Remove a setting from its file, back to the default."""
    from audobon_cli.settings.edit import setting_name, without_setting

    key = setting_name(name)
    file = settings_file(session, project)
    text = without_setting(read_settings(file), key, file)
    if text is not None:
        write_settings(file, text)
    words = f"{key} is no longer set in {file}." if text is not None else f"{file} does not set {key}."
    session.out.result(
        {"key": key, "removed": text is not None, "file": str(file)}, lambda: session.out.line(words)
    )


def settings_file(session: Session, project: bool) -> Path:
    """The file that is changed: the user's own, or the project's, be it yet to be made here."""
    from audobon_cli.settings.settings import PROJECT_FILE, find_project_file

    if not project:
        return session.workspace.locations.settings_file
    return find_project_file(Path.cwd()) or Path.cwd() / PROJECT_FILE


def read_settings(file: Path) -> str:
    """The text of a settings file; empty where there is none. Raises OutputUnwritable."""
    from audobon_cli.domain.foreign.text import decode_file

    try:
        return decode_file(file.read_bytes())
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise OutputUnwritable(f"{file} cannot be read: {error}", hint="mend or remove it") from error


def write_settings(file: Path, text: str) -> None:
    """Write a settings file in one step. Raises OutputUnwritable."""
    from audobon_cli.storage.durable_files import output_errors, write_output

    with output_errors(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_output(file, text.encode(), overwrite=True)


def _warn_if_hidden(session: Session, key: str, value: object) -> None:
    """Say so where something that goes first sets the same."""
    import os

    from audobon_cli.settings.settings import find_project_file, load_settings

    now = load_settings(session.workspace.locations.settings_file, find_project_file(Path.cwd()), os.environ)
    if getattr(now.values, key) != value:
        session.out.warn(f"{now.sources[key]} sets {key} to {getattr(now.values, key)}, and goes first here.")
