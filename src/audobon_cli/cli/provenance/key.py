"""``audobon provenance key``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


@command("key", examples=["audobon provenance key --holder 'Tiny Games'", "audobon provenance key"])
def key(
    session: Session,
    holder: Annotated[
        str | None, typer.Option("--holder", help="Make a key for this person or studio.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the one there is.")
    ] = False,
) -> None:
    """Show the key that signs exports, or make one.

    It vouches for itself: readers will say that a file is whole and signed, and that they do not know by whom.
    """
    from audobon_cli.credentials.keys import make_key, read_key

    folder = session.workspace.locations.credentials
    if holder is not None and not holder.strip():
        raise InvalidInput("A key needs somebody's name.", hint="--holder 'Tiny Games'")
    if holder is None and replace:
        raise InvalidInput("--replace makes a new key, which needs a name.", hint="add --holder NAME")
    found = read_key(folder) if holder is None else make_key(folder, holder.strip(), replace)
    data = {
        "holder": found.holder,
        "fingerprint": found.fingerprint,
        "expires": found.expires.isoformat(),
        "folder": str(found.folder),
        "made": holder is not None,
    }

    def view() -> None:
        session.out.table(
            ("holder", "expires", "fingerprint"),
            [(found.holder, f"{found.expires:%Y-%m-%d}", found.fingerprint)],
        )

    session.out.result(data, view)
    session.out.note(f"It lies in {found.folder}: keep key.pem to yourself.")
