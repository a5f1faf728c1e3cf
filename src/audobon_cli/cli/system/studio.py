"""``audobon studio``: the local page."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.output import OutputMode
from audobon_cli.cli.session import Session
from audobon_cli.cli.system.studio_reach import ReachOptions

USUAL_PORT = 4747


@command(
    "studio",
    examples=[
        "audobon studio",
        "audobon studio --open",
        "audobon studio --port 0 --events",
        "audobon studio --host 192.168.1.5 --password-file studio-password",
    ],
)
def studio(
    session: Session,
    reach: ReachOptions,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = USUAL_PORT,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    background: Annotated[bool, typer.Option("--background", hidden=True, help="Print no address.")] = False,
) -> None:
    """Show the library and its queue in the browser.

    Serves a page and an HTTP interface on 127.0.0.1, to nobody but this machine, until Ctrl-C. The address that is
    printed holds a token of this start; without it nothing is answered. With --host or --name other machines reach it,
    by a password; with --read-only it refuses whatever would change something. docs/studio.md lists the paths.
    """
    from audobon_cli.cli.interruption import Interruption
    from audobon_cli.cli.system.studio_generation import StudioGeneration
    from audobon_cli.cli.system.studio_reach import tell_reach
    from audobon_cli.services.list import studio_place
    from audobon_cli.studio.access import StudioReady, StudioSecrets
    from audobon_cli.studio.server import ServingOptions, check_certificate, listen_on, serve

    workspace, password = session.workspace, reach.password()
    serving = ServingOptions(workspace.settings.read_only, reach.certificate, reach.key)
    check_certificate(serving)
    workspace.library.assets.count()  # a library that cannot be read is told here

    def ready(held: StudioSecrets) -> None:
        if hold is not None:
            hold.ready(held.address)
        if background:  # in the background: what it prints is a log, and the address lets everybody in
            return
        session.out.event(StudioReady(held.address, held.token))
        if not session.out.for_scripts:
            session.out.line_now(held.address)
        session.out.note("Ctrl-C ends it." if session.out.mode is not OutputMode.JSON else held.address)
        tell_reach(session.out, held.site)
        if open_:
            typer.launch(held.address_for_once())

    listening = listen_on(port, reach.site(port or 1).host)
    site = reach.site(int(listening.getsockname()[1]))
    place = studio_place(workspace, site.port)
    with listening, place.hold() as hold, Interruption(session.out, "Ending.", again="") as interruption:

        def should_stop() -> bool:
            return interruption.should_stop() or (hold is not None and hold.should_stop())

        held = StudioSecrets(site, password)
        serve(workspace, StudioGeneration(session), listening, held, ready, should_stop, serving)
    session.out.result({}, lambda: None)
