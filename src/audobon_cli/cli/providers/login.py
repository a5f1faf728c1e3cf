"""``audobon providers login`` and ``logout``: a provider's key, in the keyring."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.providers.options import Name
from audobon_cli.cli.session import Session


@command(
    "login",
    examples=["audobon providers login replicate", "audobon providers login replicate --stdin < key"],
)
def login(
    session: Session,
    name: Name,
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the key from stdin instead of asking.")
    ] = False,
) -> None:
    """Keep a provider's key in the keyring.

    Its environment variable takes precedence.
    """
    from audobon_cli.cli.token_prompt import read_token
    from audobon_cli.providers.keys import keep_key

    shadowed = keep_key(name, read_token(stdin), session.workspace.providers)
    session.out.result({"provider": name}, lambda: session.out.line(f"The key for {name} is in the keyring."))
    if shadowed:
        session.out.warn(f"{shadowed} is set and goes before the keyring: unset it to use this key.")


@command("logout", examples=["audobon providers logout replicate"])
def logout(session: Session, name: Name) -> None:
    """Remove the key that `login` stored."""
    from audobon_cli.providers.keys import drop_key

    removed = drop_key(name, session.workspace.providers)
    words = f"The key for {name} was removed." if removed else f"There was no key for {name}."
    session.out.result({"provider": name, "removed": removed}, lambda: session.out.line(words))
