"""``audobon models push``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.models.options import DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import Unlock, place_access
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput, SyncPlaceNotFound
from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.backup.destinations import Destination
    from audobon_cli.models.source import Manifest
    from audobon_cli.sync.models.push import ModelsPush


@command(
    "push",
    examples=[
        "audobon models push gs://my-bucket/art --dry-run",
        "audobon models push my-lora /mnt/nas/art",
        "audobon models push ~/models/fur.safetensors s3://my-bucket/art",
    ],
)
def push(
    session: Session,
    unlock: Unlock,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL|PLACE...",
            help="Names or files of models (all of one's own if none is named); last the place: a folder, gs:// or "
            "s3://BUCKET/FOLDER, or a repository of the settings.",
        ),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put these in the place of others of the same names there.")
    ] = False,
    no_encryption: Annotated[
        bool, typer.Option("--no-encryption", help="The place is not encrypted: its readers read everything.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Send models to a place that other machines pull from.

    The place is one of `library push`, or is made, encrypted as that is. Only what it lacks is sent; killed, the same
    command goes on. `audobon models pull MODEL --from PLACE` brings a model to another machine, verified.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.sync.models.push import plan_models_push, push_models

    *names, place = words
    models = _models(session, names, place)
    destination = session.workspace.destinations.find(place)
    if dry_run:
        with listening(session.out):
            done = _planned(session, unlock, destination, models, replace)
        _finish(session, done or plan_models_push(None, models, replace), destination.address, True)
        return
    with (
        place_access(session, unlock).opened_or_made(destination, not no_encryption) as opened,
        listening(session.out) as listen,
    ):
        done = push_models(opened, models, replace=replace, listen=listen)
    _finish(session, done, done.address, False)
    if no_encryption:
        session.out.warn("NOT ENCRYPTED: whoever can read the place can read every model.")


def _planned(
    session: Session, unlock: Unlock, destination: "Destination", models: "list[Manifest]", replace: bool
) -> "ModelsPush | None":
    """What would be sent to a place; None where there is none yet."""
    from audobon_cli.sync.models.push import plan_models_push

    try:
        with place_access(session, unlock).opened(destination) as opened:
            return plan_models_push(opened, models, replace)
    except SyncPlaceNotFound:
        return None


def _models(session: Session, names: list[str], place: str) -> "list[Manifest]":
    """The models meant. Raises InvalidInput where there are none, ModelNotFound."""
    from audobon_cli.models.install.add import record_of
    from audobon_cli.sync.models.push import own_models

    registry = session.workspace.models
    if not names:
        if registry.manifests.get(place) is not None or Path(place).expanduser().is_file():
            raise InvalidInput(
                f"{place} is a model, and no place is named.", hint=f"audobon models push {place} PLACE"
            )
        found = list(own_models(registry))
        if not found:
            raise InvalidInput(
                "There are no models of your own: none was trained or added.",
                hint=f"name those that are meant, as `audobon models push sdxl {place}`; "
                "`audobon models list` shows them",
            )
        return found
    models = []
    for name in names:
        known, path = registry.manifests.get(name), Path(name).expanduser()
        if known is None and path.exists():
            models.append(record_of(path, None, registry))
        else:
            models.append(known or registry.manifest(name))
    return models


def _finish(session: Session, done: "ModelsPush", address: str, dry_run: bool) -> None:
    data: dict[str, Any] = {
        "place": address,
        "made": done.made,
        "sent": [
            {"name": one.name, "size_bytes": one.size_bytes, "licence": one.licence} for one in done.sent
        ],
        "there": list(done.there),
        "differing": list(done.differing),
        "send_bytes": done.send_bytes,
        "stored_bytes": done.stored_bytes,
        "dry_run": dry_run,
    }
    lines = [f"{one.name}\t{format_bytes(one.size_bytes)}\t{one.licence}" for one in done.sent]
    session.finish(data, lambda: session.out.lines(lines), done.error())
    if dry_run:
        session.out.note(f"Still to be sent: {format_bytes(done.send_bytes)}, less what can be packed.")
    elif done.sent or done.stored_bytes:
        session.out.note(
            f"{plural(len(done.sent), 'model')} sent, {format_bytes(done.stored_bytes)}. "
            f"On another machine: audobon models pull --from {address}"
        )
    else:
        session.out.note("Everything is there already.")
