"""The log on the terminal while a command runs, and what of a command line is the user's alone."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

LOG_FORMATS = ("text", "json", "gcp")
VARIABLE = "AUDOBON_LOG_FORMAT"
"""What `--log-format` is where it is not given: in containers, whose platforms read a program's stderr."""
_FLAGS = frozenset(
    {"--json", "--events", "--quiet", "--verbose", "--debug", "--offline", "--read-only", "--yes", "--plan"}
)

RecordViewer = Callable[[dict[str, Any], bool], None]


def record_viewer(verbose: int, log_format: str) -> RecordViewer | None:
    """Who shows records on stderr as they come: with -v what the log keeps, with -vv steady ones too; None: nobody."""
    from_variable = os.environ.get(VARIABLE, "")
    chosen = log_format or (from_variable if from_variable in LOG_FORMATS else "")
    if not verbose and not chosen:
        return None
    from audobon_cli.operations.log_file import as_json
    from audobon_cli.operations.log_records import as_cloud_logging, as_text

    def as_line(record: Mapping[str, Any]) -> str:
        return f"{record['level']} {as_text(record)}"

    write = {"json": as_json, "gcp": as_cloud_logging}.get(chosen, as_line)

    def show(record: dict[str, Any], steady: bool) -> None:
        if not steady or verbose > 1:
            sys.stderr.write(f"{write(record)}\n")

    return show


def words_of_the_user(argv: Sequence[str], command: str) -> tuple[str, ...]:
    """What was typed that a log must not repeat: arguments, and values that hold paths or several words."""
    return tuple(dict.fromkeys(_typed(argv, command.split())))


def _typed(argv: Sequence[str], command: Sequence[str]) -> Iterator[str]:
    before = ""
    for place, word in enumerate(argv):
        if word.startswith("--") and "=" in word:
            word = word.partition("=")[2]
        elif word.startswith("-"):
            before = word
            continue
        is_value = before.startswith("-") and before not in _FLAGS and len(before) > 2
        of_command = place < len(command) and word == command[place]
        if not of_command and (not is_value or any(mark in word for mark in " /\\")):
            yield word
        before = ""
