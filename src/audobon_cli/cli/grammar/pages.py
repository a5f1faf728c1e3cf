"""Which page of help a command line asks for."""

from collections.abc import Sequence

from audobon_cli.cli.grammar.descriptions import described, descriptions
from audobon_cli.cli.grammar.help_page import command_page, group_page, page_width, root_page
from audobon_cli.cli.grammar.topics import TOPICS, topic_text, topics_page

SHORT, FULL = "-h", "--help"


def page_of(words: Sequence[str], full: bool = True) -> str | None:
    """The page of the command, group or topic that ``words`` name, of the program where there are none; or None."""
    path, width = " ".join(words), page_width()
    if not path:
        return root_page(width, full)
    found = described(path)
    if found is not None:
        return (
            group_page(path, found, width) if "commands" in found else command_page(path, found, width, full)
        )
    if path == "topics":
        return topics_page()
    return topic_text(path) if path in TOPICS else None


def help_asked_for(argv: Sequence[str]) -> str | None:
    """The page that ``argv`` asks for with nothing but names and -h or --help; None for any other command line."""
    if list(argv[-1:]) not in ([SHORT], [FULL]):
        return None
    words = list(argv[:-1])
    return page_of(words, argv[-1] == FULL) if " ".join(words) in descriptions() or not words else None
