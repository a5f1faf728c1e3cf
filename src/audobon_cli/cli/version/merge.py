"""``audobon version merge``."""

from enum import StrEnum
from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.cli.version.options import Message
from audobon_cli.cli.version.views import finish_merge
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.history.model.commits import short


class MergeStrategy(StrEnum):
    """How a merge decides conflicts by itself."""

    OURS = "ours"
    THEIRS = "theirs"


@command("merge", examples=["audobon version merge flat", "audobon version merge --abort"])
def merge(
    session: Session,
    revision: Annotated[str | None, typer.Argument(help="A branch, a tag or a commit.")] = None,
    message: Message = "",
    strategy: Annotated[
        MergeStrategy | None, typer.Option("--prefer", help="Resolve every conflict in favour of this side.")
    ] = None,
    abort: Annotated[bool, typer.Option("--abort", help="Abandon the unfinished merge.")] = False,
) -> None:
    """Merge a branch into this one.

    Asset by asset and field by field. With conflicts nothing changes until each is resolved; exit status 56.
    """
    from audobon_cli.history import merge as merging
    from audobon_cli.history.model.merge import Side

    library = session.workspace.library
    if abort:
        theirs = merging.abort(library)
        session.out.result({"aborted": theirs}, lambda: None)
        session.out.note(f"Abandoned the merge of {short(theirs)}; the library is as it was.")
        return
    if revision is None:
        raise InvalidInput("Say what to merge.", hint="name a branch; `audobon version branch` lists them")
    side = None if strategy is None else Side(strategy.value)
    report = merging.merge(library, revision, session.workspace.author, message, side)
    finish_merge(session, report)
