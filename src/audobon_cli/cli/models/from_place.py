"""``audobon models pull --from PLACE``."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from audobon_cli.cli.models.views import needs_data, pull_data, pull_view, tell_needs
from audobon_cli.cli.repository_options import Unlock, place_access
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.sync.models.pull import ModelsPull


@dataclass(frozen=True, slots=True)
class FromPlaceOptions(Unlock):
    """From which place of `models push`, and what opens it."""

    PANEL: ClassVar[str] = "Place"

    place: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="PLACE",
            help="A place of `models push`: a folder, gs:// or s3://BUCKET/FOLDER; without MODEL all that it has.",
        ),
    ] = None


def pull_from(
    session: Session, source: FromPlaceOptions, reference: str, name: str | None, dry_run: bool
) -> None:
    """Bring the model ``reference`` of a place here, or all of them for ""."""
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.needs import needs_of
    from audobon_cli.sync.models.pull import pull_models

    if name is not None and not reference:
        raise InvalidInput("--name is for one model.", hint="say which: audobon models pull MODEL --from ...")
    registry = session.workspace.models
    destination = session.workspace.destinations.find(source.place)
    with (
        place_access(session, source).opened(destination) as opened,
        listening(session.out) as listen,
    ):
        names = [reference] if reference else []
        done = pull_models(opened, names, registry, name=name, dry_run=dry_run, listen=listen)
    here = [registry.manifests.get(one.manifest.name) for one in done.reports]
    needs = [need for one in here if one is not None for need in needs_of(one, registry)]

    def view() -> None:
        for one in done.reports:
            pull_view(session.out, one)

    data = {**_data(done, reference, dry_run), "needs": needs_data(needs), "brought": []}
    session.out.result(data, view)
    if len(done.reports) != 1:
        what = "to be fetched" if dry_run else "came"
        session.out.note(f"{plural(len(done.reports), 'model')}; {format_bytes(done.fetch_bytes)} {what}.")
    for other in done.differing:
        session.out.warn(
            f"Another model is called {other} here, and stays: `audobon models pull {other} --from "
            f"{done.address} --name NAME` brings that of the place."
        )
    tell_needs(session.out, needs)


def _data(done: "ModelsPull", reference: str, dry_run: bool) -> dict[str, Any]:
    if reference:
        return {**pull_data(done.reports[0]), "place": done.address}
    return {
        "place": done.address,
        "pulled": [pull_data(one) for one in done.reports],
        "differing": list(done.differing),
        "fetch_bytes": done.fetch_bytes,
        "dry_run": dry_run,
    }
