"""Manage what opens an encrypted library."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import SecretOptions, Yes, tell_key_file
from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.library.encryption.keys import KeySlot

GROUP = ("list", "add", "remove", "rotate")

Label = Annotated[str, typer.Option("--message", "-m", help="Whose key it is; can be read without any key.")]


@command("list", examples=["audobon library key list", "audobon library key list --json"])
def list_(session: Session) -> None:
    """List the keys that open the library."""
    from audobon_cli.library.encryption.keys import list_keys

    found = list_keys(session.workspace.library_path)
    session.out.result({"keys": [_data(slot) for slot in found]}, lambda: _table(session, found))


@command(
    "add",
    examples=["audobon library key add --keyring -m laptop", "audobon library key add --key-file spare.key"],
)
def add(session: Session, secret: SecretOptions, label: Label = "") -> None:
    """Add a passphrase, a key file or a keyring's entry."""
    from audobon_cli.library.encryption.keys import add_key

    workspace = session.workspace
    made, key_file = add_key(
        workspace.writable_library_path, workspace.library_access.unlock, secret.secret(session, False), label
    )
    session.out.result(
        {"key": _data(made), "key_file": str(key_file) if key_file else None},
        lambda: session.out.line(made.name),
    )
    tell_key_file(session, key_file)


@command("remove", examples=["audobon library key remove 713cbd7a --yes"])
def remove(
    session: Session,
    key: Annotated[str, typer.Argument(help="A key's name, or its first characters.")],
    yes: Yes = False,
) -> None:
    """Remove a key from the library.

    Whoever has a copy of its file in `keys/`, and its secret, still opens the library.
    """
    from audobon_cli.library.encryption.keys import remove_key

    session.confirm(
        yes,
        f"Permanently remove the key {key}?",
        "This permanently removes a key",
        hint="; `audobon library key list` shows them",
    )
    workspace = session.workspace
    gone = remove_key(workspace.writable_library_path, workspace.library_access.unlock, key)
    session.out.result({"key": _data(gone)}, lambda: session.out.line(gone.name))


@command("rotate", examples=["audobon library key rotate --passphrase-file new.txt --yes"])
def rotate(session: Session, secret: SecretOptions, label: Label = "", yes: Yes = False) -> None:
    """Replace all keys by a new one.

    Pictures and records stay as they are: only what opens them changes.
    """
    from audobon_cli.library.encryption.keys import rotate_keys

    session.confirm(
        yes,
        "Remove all present keys and take a new one?",
        "This removes all present keys",
        hint="; `audobon library key list` shows them",
    )
    workspace = session.workspace
    made, removed, key_file = rotate_keys(
        workspace.writable_library_path, workspace.library_access.unlock, secret.secret(session, False), label
    )
    data = {
        "key": _data(made),
        "removed": [_data(slot) for slot in removed],
        "key_file": str(key_file) if key_file else None,
    }
    session.out.result(data, lambda: session.out.line(made.name))
    session.out.note(f"{plural(len(removed), 'key')} removed. What is stored stays as it is.")
    tell_key_file(session, key_file)


def _data(slot: "KeySlot") -> dict[str, Any]:
    return {"name": slot.name, "way": slot.way, "label": slot.label, "created": slot.created}


def _table(session: Session, found: "tuple[KeySlot, ...]") -> None:
    rows = [
        (Both(slot.name[:12], slot.name), slot.way, datetime.fromisoformat(slot.created), slot.label)
        for slot in found
    ]
    session.out.table(("key", "opened by", Column("made", Kind.TIME), Column("label", Kind.NAME)), rows)
