"""From where ``audobon studio`` is reached: its options, what they ask for, and what is said of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from audobon_cli.domain.errors import InvalidInput

if TYPE_CHECKING:
    from audobon_cli.cli.output import Output
    from audobon_cli.studio.login.password import Password
    from audobon_cli.studio.login.site import Site

THIS_MACHINE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ReachOptions:
    """Who may reach the page beside this machine."""

    PANEL: ClassVar[str] = "Other machines"

    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Listen at this address of this machine.")
    ] = THIS_MACHINE
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name", metavar="NAME", help="It is reached as NAME, or https://NAME by a proxy; repeatable."
        ),
    ] = None
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file", metavar="FILE", help="Let in who has the password in the first line of FILE."
        ),
    ] = None
    certificate: Annotated[
        Path | None,
        typer.Option("--certificate", metavar="FILE", help="Speak TLS with this certificate (PEM)."),
    ] = None
    key: Annotated[
        Path | None,
        typer.Option("--certificate-key", metavar="FILE", help="The key of the certificate, if apart."),
    ] = None

    def site(self, port: int) -> "Site":
        """Under which addresses the page is reached. Raises InvalidInput."""
        from audobon_cli.studio.login.site import checked_host, make_site

        return make_site(checked_host(self.host), port, self.names or (), self.certificate is not None)

    def password(self) -> "Password | None":
        """The password; None where only this machine reaches the page. Raises StudioPasswordMissing, InvalidInput."""
        from audobon_cli.domain.errors import StudioPasswordMissing
        from audobon_cli.studio.login.password import MAKING, read_password

        if self.key is not None and self.certificate is None:
            raise InvalidInput("--certificate-key is of a certificate.", hint="give --certificate FILE, too")
        if self.password_file is not None:
            return read_password(self.password_file.expanduser())
        if not self.site(1).is_local:
            raise StudioPasswordMissing(
                "Other machines would reach the studio, and there is no password.",
                hint=f"{MAKING.replace('FILE', 'studio-password')}, then --password-file studio-password",
            )
        return None


def tell_reach(out: "Output", site: "Site") -> None:
    """Say who can come in, where that is more than this machine."""
    if site.is_local:
        return
    from audobon_cli.domain.events import Warned

    places = ", ".join(site.origins)
    out.event(Warned(f"Whoever reaches this machine and has the password may use the studio, at {places}."))
    if not site.is_encrypted:
        fact = "Plain HTTP: the password, and all that is shown, can be read on the way. Take --certificate and --key,"
        out.event(
            Warned(f"{fact} or a TLS proxy before 127.0.0.1 with --name https://NAME; see docs/studio.md.")
        )
