"""``audobon providers check``, and ``reset`` of what it shows of failures."""

import time

from audobon_cli.cli.options import command
from audobon_cli.cli.providers.options import Names
from audobon_cli.cli.session import Session


@command("check", examples=["audobon providers check", "audobon providers check comfyui"])
def check(session: Session, names: Names = None) -> None:
    """Check that providers answer and accept the key.

    Nothing is paid for. Shows the time of an answer, the price of the usual model and, of a ComfyUI server,
    memory and queue; and which servers failed so often that they are left alone, and for how long. Providers that are
    named must all be usable, else one is enough: the exit status is 40 otherwise, and 45 if that is for want of keys.
    """
    from audobon_cli.cli.providers.views import check_view, checked_data
    from audobon_cli.providers.check import check_providers, unusable

    pause = session.workspace.settings.providers_breaker_pause_seconds
    found = check_providers(names or (), session.workspace.providers)
    data = {"providers": [checked_data(one, pause) for one in found]}
    session.finish(data, lambda: check_view(session, found, pause), unusable(found, bool(names)))


@command("reset", examples=["audobon providers reset", "audobon providers reset comfyui"])
def reset(session: Session, names: Names = None) -> None:
    """Ask providers again that are left alone after failures.

    A server that failed too often in a row is asked no more for a while, by any command. This forgets its failures;
    nothing is sent.
    """
    from audobon_cli.cli.providers.views import reset_view
    from audobon_cli.providers.check import reset_providers

    pause = session.workspace.settings.providers_breaker_pause_seconds
    gone = reset_providers(names or (), session.workspace.providers)
    session.out.result(
        {"servers": [one.to_dict(pause, time.time()) for one in gone]}, lambda: reset_view(session, gone)
    )
