"""``audobon models login`` and ``logout``: the token for gated models, in the keyring."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.token_prompt import read_token

Service = Annotated[str, typer.Argument(metavar="[SERVICE]", help="hf, the Hugging Face hub.")]


@command("login", examples=["audobon models login", "audobon models login --stdin < token.txt"])
def login(
    session: Session,
    service: Service = "hf",
    stdin: Annotated[
        bool, typer.Option("--stdin", help="Read the token from stdin instead of asking.")
    ] = False,
) -> None:
    """Keep a hub's access token in the keyring.

    It opens gated and private models to `pull`. It is asked for without showing it, checked at the hub and never
    printed. HF_TOKEN takes precedence.
    """
    from audobon_cli.models.install.login import check_service, log_in

    check_service(service)
    done = log_in(service, read_token(stdin), session.workspace.models)
    data = {"service": done.service, "user": done.user or None, "checked": bool(done.user)}
    whose = f" as {done.user}" if done.user else "; it was not checked, being offline"
    session.out.result(data, view=lambda: session.out.line(f"Logged in to {done.service}{whose}."))
    if done.shadowed:
        session.out.warn("HF_TOKEN is set and goes before the keyring: unset it to use this token.")


@command("logout", examples=["audobon models logout"])
def logout(session: Session, service: Service = "hf") -> None:
    """Remove the token that `login` stored."""
    from audobon_cli.models.install.login import log_out

    removed = log_out(service, session.workspace.models)
    words = f"Logged out of {service}." if removed else f"There was no token for {service}."
    session.out.result({"service": service, "removed": removed}, view=lambda: session.out.line(words))
