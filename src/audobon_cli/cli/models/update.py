"""``audobon models update``."""

from typing import Annotated

import typer

from audobon_cli.cli.models.options import DryRun, TermsOptions
from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session


@command("update", examples=["audobon models update sdxl", "audobon models update sdxl --dry-run"])
def update(
    session: Session,
    model: Annotated[str, typer.Argument(help="The name of a model pulled from hf: or gs://.")],
    terms: TermsOptions,
    dry_run: DryRun = False,
) -> None:
    """Update a pulled model to its newest commit.

    The old one stays until the new one is checked.
    """
    from audobon_cli.cli.interruption import DOWNLOADS, Interruption
    from audobon_cli.cli.listening import listening
    from audobon_cli.models.install.keep import update as renew
    from audobon_cli.models.install.request import Terms

    registry = session.workspace.models
    with (
        Interruption(session.out, DOWNLOADS, eager=True) as interruption,
        listening(session.out, interruption) as listen,
    ):
        found = renew(
            model,
            registry,
            listen,
            interruption.should_stop,
            dry_run,
            Terms(terms.project, terms.allow_pickle),
        )
    data = {
        "name": found.name,
        "before": found.before,
        "after": found.after,
        "changed": list(found.changed),
        "added": list(found.added),
        "gone": list(found.gone),
        "dry_run": dry_run,
    }

    def view() -> None:
        if found.before == found.after:
            session.out.line(f"{model} is up to date ({found.after[:12]}).")
            return
        session.out.line(f"{model}: {found.before[:12]} -> {found.after[:12]}")
        for word, paths in (("changed", found.changed), ("added", found.added), ("gone", found.gone)):
            for path in paths:
                session.out.line(f"  {word:<8}{path}")

    session.out.result(data, view=view)
