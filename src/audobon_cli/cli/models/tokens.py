"""``audobon models login`` and ``logout``: the token for gated models, in the keyring."""

import sys
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput

Service = Annotated[str, typer.Argument(metavar="[SERVICE]", help="hf, the Hugging Face hub.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "login", examples=["audobon models login", "audobon models login --stdin < token.txt"])(
        login
    )
    command(app, "logout", examples=["audobon models logout"])(logout)


def login(
    session: Session,
    service: Service = "hf",
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the token from stdin, not a prompt.")] = False,
) -> None:
    """Keep an access token in the keyring of this computer; it opens gated and private models to `pull`.

    The token is asked for without showing it, checked at the hub and never printed. HF_TOKEN goes before it.
    """
    from audobon_cli.models.install.login import check_service, log_in

    check_service(service)
    done = log_in(service, read_token(stdin), session.workspace.models)
    data = {"service": done.service, "user": done.user or None, "checked": bool(done.user)}
    whose = f" as {done.user}" if done.user else "; it was not checked, being offline"
    session.out.result(data, view=lambda: session.out.line(f"Logged in to {done.service}{whose}."))
    if done.shadowed:
        session.out.warn("HF_TOKEN is set and goes before the keyring: unset it to use this token.")


def logout(session: Session, service: Service = "hf") -> None:
    """Forget the token that `login` has put into the keyring."""
    from audobon_cli.models.install.login import log_out

    removed = log_out(service, session.workspace.models)
    words = f"Logged out of {service}." if removed else f"There was no token for {service}."
    session.out.result({"service": service, "removed": removed}, view=lambda: session.out.line(words))


def read_token(stdin: bool) -> str:
    """The token, from where no other process and no history can see it."""
    if stdin:
        return sys.stdin.read(8192)
    if not sys.stdin.isatty():
        raise InvalidInput(
            "There is no terminal to ask for the token at.",
            hint="pipe it in: add --stdin < token.txt",
        )
    import getpass

    return getpass.getpass("Token (not shown): ")
