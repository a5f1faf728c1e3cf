"""Manage passphrases and key files of a repository."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions, Yes, ask_new_passphrase, opened
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.backup.keys import KeySlot, UnlockSecret

GROUP = ("list", "add", "remove", "rotate")

NewPassphrase = Annotated[
    str,
    typer.Option(
        "--new-passphrase-file", metavar="FILE", help="Read the new passphrase from the first line of FILE."
    ),
]
NewKeyFile = Annotated[
    str,
    typer.Option("--new-key-file", metavar="FILE", help="The new key file; created if it does not exist."),
]
Label = Annotated[str, typer.Option("--message", "-m", help="Whose key it is; can be read without any key.")]


@command("list", examples=["audobon backup key list", "audobon backup key list --json"])
def list_(session: Session, place: RepositoryOptions) -> None:
    """List the keys that open the repository."""
    from audobon_cli.backup.keys import list_keys

    with opened(session, place) as repository:
        found = list_keys(repository)
    session.out.result({"keys": [_data(slot) for slot in found]}, lambda: _table(session, found))


@command(
    "add",
    examples=["audobon backup key add -m laptop", "audobon backup key add --new-key-file spare.key"],
)
def add(
    session: Session,
    place: RepositoryOptions,
    new_passphrase_file: NewPassphrase = "",
    new_key_file: NewKeyFile = "",
    label: Label = "",
) -> None:
    """Add a passphrase or key file."""
    from audobon_cli.backup.keys import add_key

    with opened(session, place) as repository:
        made = add_key(repository, _new(new_passphrase_file, new_key_file), label)
    session.out.result({"key": _data(made)}, lambda: session.out.line(made.name))


@command("remove", examples=["audobon backup key remove 713cbd7a --yes"])
def remove(
    session: Session,
    place: RepositoryOptions,
    key: Annotated[str, typer.Argument(help="A key's name, or its first characters.")],
    yes: Yes = False,
) -> None:
    """Remove a key from the repository.

    Whoever had it may have copied what it opened.
    """
    from audobon_cli.backup.keys import remove_key

    session.confirm(
        yes,
        f"Permanently remove the key {key}?",
        "This permanently removes a key",
        hint="; `audobon backup key list` shows them",
    )
    with opened(session, place) as repository:
        gone = remove_key(repository, key, session.workspace.backup.secret_in_use(place.destination(session)))
    session.out.result({"key": _data(gone)}, lambda: session.out.line(gone.name))


@command("rotate", examples=["audobon backup key rotate --new-passphrase-file new.txt --yes"])
def rotate(
    session: Session,
    place: RepositoryOptions,
    new_passphrase_file: NewPassphrase = "",
    new_key_file: NewKeyFile = "",
    label: Label = "",
    yes: Yes = False,
) -> None:
    """Replace all keys by a new one.

    All others are removed.
    """
    from audobon_cli.backup.keys import change_secret_files, rotate_keys

    changed: list[Path] = []

    def keep() -> None:
        files = reversed(session.workspace.destination_files)  # the project's comes before the user's
        found = change_secret_files(files, place.destination(session), new_passphrase_file, new_key_file)
        changed.extend([found] if found else [])

    session.confirm(
        yes,
        "Remove all present keys and take a new one?",
        "This removes all present keys",
        hint="; `audobon backup key list` shows them",
    )
    with opened(session, place) as repository:
        secret = _new(new_passphrase_file, new_key_file)
        made, removed = rotate_keys(repository, secret, label, keep)
    data = {
        "key": _data(made),
        "removed": [_data(slot) for slot in removed],
        "settings": str(changed[0]) if changed else None,
    }
    session.out.result(data, lambda: session.out.line(made.name))
    session.out.note(
        f"{plural(len(removed), 'key')} removed. The data is encrypted as before; only what opens it has changed."
    )
    if changed:
        session.out.note(f"{changed[0]} names the new passphrase or key file, or none if it was typed.")


def _new(passphrase_file: str, key_file: str) -> "UnlockSecret":
    from audobon_cli.backup.opener import TERMS
    from audobon_cli.encryption.secret_files import SecretFiles, chosen_secret

    return chosen_secret(SecretFiles(passphrase_file, key_file), ask_new_passphrase, TERMS)


def _data(slot: "KeySlot") -> dict[str, Any]:
    return {"name": slot.name, "way": slot.way, "label": slot.label, "created": slot.created}


def _table(session: Session, found: "tuple[KeySlot, ...]") -> None:
    rows = [
        (Both(slot.name[:12], slot.name), slot.way, datetime.fromisoformat(slot.created), slot.label)
        for slot in found
    ]
    columns = ("key", "opened by", Column("made", Kind.TIME), Column("label", Kind.NAME))
    session.out.table(columns, rows)
