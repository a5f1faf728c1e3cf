"""``audobon help``."""

from typing import Annotated

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput


@command(
    "help",
    examples=["audobon help", "audobon help assets export", "audobon help tasks", "audobon help topics"],
)
def help_(
    session: Session,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND|TOPIC]...", help="A command, or a topic.")
    ] = None,
) -> None:
    """Explain a command, or a topic such as tasks."""
    from difflib import get_close_matches

    from audobon_cli.cli.grammar.descriptions import descriptions
    from audobon_cli.cli.grammar.pages import page_of
    from audobon_cli.cli.grammar.topics import TOPICS
    from audobon_cli.cli.grammar.vocabulary import in_new_words

    path = " ".join(words or ())
    text = page_of(words or ())
    if text is None:
        text = page_of(in_new_words(words or ()).argv)
    if text is None:
        near = get_close_matches(path, [*descriptions(), *TOPICS], n=1)
        asked = f"did you mean `audobon help {near[0]}`?" if near else "`audobon help topics` lists topics"
        raise InvalidInput(f"There is no help on {path!r}.", hint=asked)
    session.out.result({"about": path, "text": text}, lambda: session.out.lines(text.splitlines()))
