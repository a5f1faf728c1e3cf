"""``audobon providers check``."""

from audobon_cli.cli.options import command
from audobon_cli.cli.providers.options import Names
from audobon_cli.cli.session import Session


@command("check", examples=["audobon providers check", "audobon providers check comfyui"])
def check(session: Session, names: Names = None) -> None:
    """Check that providers answer and accept the key.

    Nothing is paid for. Shows the time of an answer, the price of the usual model and, of a ComfyUI server,
    memory and queue. Providers that are named must all be usable, else one is enough: the exit status is 40
    otherwise, and 45 if that is for want of keys.
    """
    from audobon_cli.cli.providers.views import check_view, checked_data
    from audobon_cli.providers.check import check_providers, unusable

    found = check_providers(names or (), session.workspace.providers)
    data = {"providers": [checked_data(one) for one in found]}
    session.finish(data, lambda: check_view(session, found), unusable(found, bool(names)))
