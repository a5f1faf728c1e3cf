"""What the commands of ``audobon library`` share: options, models that go along, and what is said of a pull."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.session import Session
from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.domain.events import Listener
    from audobon_cli.sync.models.pull import ModelsPull
    from audobon_cli.sync.place import SharedPlace
    from audobon_cli.sync.pull import LibraryPull


class ConflictSide(StrEnum):
    """How a pull decides conflicts by itself."""

    OURS = "ours"
    THEIRS = "theirs"


Prefer = Annotated[
    ConflictSide | None, typer.Option("--prefer", help="Resolve every conflict in favour of this side.")
]


Models = Annotated[
    bool | None,
    typer.Option(
        "--models/--no-models", help="Also models of one's own; as the setting sync_models if neither."
    ),
]


def takes_models(session: Session, models: bool | None) -> bool:
    """Whether models go along."""
    return session.workspace.settings.sync_models if models is None else models


def pulled_models(session: Session, place: "SharedPlace", listen: "Listener") -> "ModelsPull":
    """Bring all models of ``place`` here; those of which there is another of the same name stay as they are."""
    from audobon_cli.sync.models.pull import pull_models

    return pull_models(place, (), session.workspace.models, listen=listen)


def _tell_rules(session: Session, done: "LibraryPull") -> None:
    """Which tag rules came along, and which did not."""
    for rule in done.rules:
        session.out.note(f"A tag rule came along: {rule.does} for {rule.query!r}.")
    for rule in done.refused_rules:
        session.out.warn(
            f"A tag rule of the place is left out, as it does not go with those here: {rule.query!r}."
        )


def finish_pull(session: Session, done: "LibraryPull", models: "ModelsPull | None" = None) -> None:
    """Say what a pull did, and end with the error of its merge."""
    merge, fetched = done.merge, done.fetched
    conflicts = () if merge is None else merge.conflicts
    data: dict[str, Any] = {
        "address": done.address,
        "branch": done.branch,
        "commit": None if merge is None else merge.commit,
        "changed": 0 if merge is None else merge.changed,
        "fast_forward": merge is not None and merge.fast_forward,
        "up_to_date": merge is None or merge.up_to_date,
        "commits": fetched.commits,
        "files": fetched.files,
        "file_bytes": fetched.file_bytes,
        "moved": list(done.moved),
        "diverged": list(done.diverged),
        "tags": list(fetched.tags),
        "differing_tags": list(fetched.differing),
        "rules": [rule.summary() for rule in done.rules],
        "refused_rules": [rule.summary() for rule in done.refused_rules],
        "models": None
        if models is None
        else {
            "here": [one.manifest.name for one in models.reports],
            "fetch_bytes": models.fetch_bytes,
            "differing": list(models.differing),
        },
        "conflicts": [
            {"id": one.asset, "kind": one.kind.value, "fields": list(one.fields)} for one in conflicts
        ],
    }
    lines = [f"{one.asset}  {', '.join(one.fields) or one.kind.value}" for one in conflicts]
    error = None if merge is None else merge.error()
    session.finish(data, lambda: session.out.lines(lines), error)
    _tell_rules(session, done)
    came = f"{plural(fetched.commits, 'commit')} and {plural(fetched.files, 'file')} came"
    if merge is None:
        session.out.note(f"{came}; {done.address} has no branch {done.branch or 'to merge'}.")
    elif merge.up_to_date and not fetched.commits:
        session.out.note("Nothing is new there.")
    else:
        session.out.note(
            f"{came} ({format_bytes(fetched.file_bytes)}); {plural(merge.changed, 'asset')} changed."
        )
    for name in done.diverged:
        session.out.note(
            f"The branch {name} has commits on both sides: `audobon version switch {name}`, then pull again."
        )
    for name in fetched.differing:
        session.out.note(f"The tag {name} names another commit there; it stays as it is.")
    if models is not None:
        session.out.note(
            f"{plural(len(models.reports), 'model')} here; {format_bytes(models.fetch_bytes)} came."
        )
        for name in models.differing:
            session.out.warn(
                f"Another model is called {name} here, and stays: `audobon models pull {name} --from "
                f"{done.address} --name NAME` brings that of the place."
            )
