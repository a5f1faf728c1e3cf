"""``audobon library pull``."""

from audobon_cli.cli.library.places import Models, Prefer, finish_pull, pulled_models, takes_models
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Place, Unlock, place_access
from audobon_cli.cli.session import Session


@command(
    "pull",
    examples=["audobon library pull /mnt/nas/art", "audobon library pull gs://my-bucket/art --prefer theirs"],
)
def pull(
    session: Session, unlock: Unlock, place: Place, prefer: Prefer = None, models: Models = None
) -> None:
    """Fetch what other machines pushed, and merge it.

    As `version merge` does: with conflicts nothing changes until each is resolved; exit status 56.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.history.model.merge import Side
    from audobon_cli.sync.pull import pull as fetch_and_merge

    workspace = session.workspace
    side = None if prefer is None else Side(prefer.value)
    destination = workspace.destinations.find(place)
    with place_access(session, unlock).opened(destination) as opened, listening(session.out) as listen:
        done = fetch_and_merge(workspace.library, opened, workspace.author, side, listen)
        came = pulled_models(session, opened, listen) if takes_models(session, models) else None
    finish_pull(session, done, came)
