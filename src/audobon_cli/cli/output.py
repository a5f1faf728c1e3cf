"""The only writer: data to stdout, words to stderr, for people or for scripts."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from audobon_cli.domain.errors import AudobonError, Interrupted
from audobon_cli.domain.foreign.text import visible
from audobon_cli.domain.secrets import redact, redacted

# rich and the events are imported where they are used: usage errors and JSON need neither.
if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from audobon_cli.cli.event_lines import EventLines
    from audobon_cli.cli.screen.columns import Cell, Column
    from audobon_cli.domain.events import Event, Listener

SCHEMA = "audobon/1"
COLOR_CHOICES = ("auto", "always", "never")


MOST_WORDS = 4_000
"""Characters of an error: the twenty lines that a batch names."""


class OutputMode(Enum):
    """Who reads."""

    HUMAN = "human"
    JSON = "json"
    EVENTS = "events"


class Output:
    """Writes results, words and errors of one command in the mode chosen.

    In JSON modes stdout carries only JSON: in EVENTS mode one line per event, and last, in both, the
    envelope. In HUMAN mode stdout carries data and stderr everything else; ``quiet`` drops the latter,
    errors excepted.
    """

    def __init__(
        self,
        mode: OutputMode = OutputMode.HUMAN,
        quiet: bool = False,
        record: "Listener | None" = None,
        color: str = "auto",
        run: str = "",
    ) -> None:
        """``record`` hears every event before it is shown; ``color`` is one of COLOR_CHOICES; ``run`` is the id."""
        self.mode = mode
        self.quiet = quiet
        self.color = color
        self.command = ""
        self.name = ""
        self.record = record
        self.run = run
        self._page: list[str] | None = None
        self.listener: Callable[[Event], None] | None = None
        """Who hears what happens just now, bars say; None: the log and this output."""
        self._turn = threading.Lock()

    @cached_property
    def console(self) -> "Console":
        """How stdout is drawn on, for data that people read; `show` draws."""
        return self._console(sys.stdout)

    @cached_property
    def messages(self) -> "Console":
        """stderr, for words."""
        return self._console(sys.stderr)

    def _console(self, file: TextIO) -> "Console":
        from rich.console import Console

        if self.color == "never":
            return Console(file=file, highlight=False, color_system=None, no_color=True)
        if self.color == "always":
            return Console(
                file=file, highlight=False, force_terminal=True, color_system="256", no_color=False
            )
        return Console(file=file, highlight=False)

    @cached_property
    def _is_always_coloured(self) -> bool:
        """Whether what is no terminal gets colours, too."""
        return self.color == "always" or (self.color == "auto" and bool(os.environ.get("FORCE_COLOR")))

    @cached_property
    def _events(self) -> "EventLines":
        from audobon_cli.cli.event_lines import EventLines

        return EventLines(self.run)

    @property
    def for_scripts(self) -> bool:
        """Whether stdout is JSON."""
        return self.mode is not OutputMode.HUMAN

    def result(self, data: Mapping[str, Any], view: Callable[[], None]) -> None:
        """The command's result: ``data`` for scripts; for people ``view`` writes it with the methods below."""
        if self.for_scripts:
            self._line({**self._envelope(True), "data": data})
        else:
            view()

    def listing(self, data: Mapping[str, Any], view: Callable[[], None]) -> None:
        """As `result`, of what may be long: on a terminal that it is too high for, through the pager."""
        if self.for_scripts or not sys.stdout.isatty():
            self.result(data, view)
            return
        from audobon_cli.cli.screen.pager import page

        self._page = []
        try:
            view()
        finally:
            text, self._page = "".join(self._page), None
            page(text, self.console.height)

    def line(self, text: str) -> None:
        """A line of data for people, on stdout; control characters are shown, not sent."""
        self._write(f"{visible(text)}\n")

    def _write(self, text: str) -> None:
        if self._page is None:
            sys.stdout.write(text)
        else:
            self._page.append(text)

    def show(self, *renderables: "RenderableType") -> None:
        """Draw on stdout, for people."""
        with self.console.capture() as captured:
            for one in renderables:
                self.console.print(one, soft_wrap=True)
        self._write(captured.get())

    def line_now(self, text: str) -> None:
        """A line of data that is seen at once, in a pipe too: of commands that go on."""
        self.line(text)
        self.flush()

    def lines(self, texts: Iterable[str]) -> None:
        """Lines of data for people, on stdout, each as `line` writes it."""
        for text in texts:
            self.line(text)

    def table(
        self,
        columns: "Sequence[Column | str]",
        rows: "Iterable[Sequence[Cell]]",
        styles: Mapping[str, str] | None = None,
        order: Sequence[str] = (),
    ) -> None:
        """Rows: for people on a terminal as `screen.table` lays them out, in a pipe tab-separated and whole.

        A column that is only a heading holds words. ``styles`` gives cells that equal a key a rich style. People
        get the columns of ``order`` (headings), or all as they stand. Prints nothing when there are no rows.
        """
        from audobon_cli.cli.screen.columns import Column
        from audobon_cli.cli.screen.table import tab_lines, table_lines

        cells = list(rows)
        all_columns = [one if isinstance(one, Column) else Column(one) for one in columns]
        if not cells:
            return
        if not sys.stdout.isatty():
            self._tab_lines(tab_lines(all_columns, cells), styles or {})
            return
        headings = [one.heading for one in all_columns]
        places = [headings.index(heading) for heading in order] or range(len(headings))
        chosen = [[row[place] for place in places] for row in cells]
        width = self.console.width
        self.show(*table_lines([all_columns[place] for place in places], chosen, width, styles or {}))

    def _tab_lines(self, lines: Iterable[str], styles: Mapping[str, str]) -> None:
        if not self._is_always_coloured:
            self.lines(lines)
            return
        for line in lines:
            self._write("\t".join(self._coloured(cell, styles) for cell in visible(line).split("\t")) + "\n")

    def _coloured(self, cell: str, styles: Mapping[str, str]) -> str:
        from rich.text import Text

        if cell not in styles:
            return cell
        with self.console.capture() as captured:
            self.console.print(Text(cell, styles[cell]), end="", soft_wrap=True)
        return captured.get()

    def failure(self, error: AudobonError, data: Mapping[str, Any] | None = None) -> None:
        """A failure: an envelope with what was done nevertheless, or a line and a hint on stderr."""
        if self.for_scripts:
            envelope = self._envelope(False)
            if data is not None:
                envelope["data"] = data
            envelope["error"] = {
                "code": error.code,
                "message": _clipped(redact(error.message)),
                "hint": _clipped(redact(error.hint)),
                "details": redacted(error.details),
            }
            self._line(envelope)
            return
        if isinstance(error, Interrupted):  # asked for: nothing went wrong
            self._say("", "", f"{error.message} {_sentence(error.hint)}".rstrip())
            return
        self._say("error: ", "bold red", _clipped(error.message))
        if error.hint:
            self._say("hint: ", "bold cyan", _clipped(error.hint))

    def _envelope(self, ok: bool) -> dict[str, Any]:
        """What every envelope has. A command that was renamed keeps its old name as ``command``."""
        name = {"name": self.name} if self.name and self.name != self.command else {}
        return {"schema": SCHEMA, "command": self.command, **name, "ok": ok}

    def note(self, text: str) -> None:
        """Words for people, on stderr."""
        if not self.quiet and not self.for_scripts:
            self._say("", "", text)

    def warn(self, text: str) -> None:
        """A warning for people, on stderr; scripts get it as an event."""
        if not self.quiet and not self.for_scripts:
            self._say("warning: ", "bold yellow", text)

    def record_line(self, record: Mapping[str, Any]) -> None:
        """A JSON line of a command that goes on, seen at once."""
        self._line(record)

    def tell(self, event: "Event") -> None:
        """Let whoever listens at this moment hear ``event``, from any thread: for what waits before, in and after
        the work that a listener is made for."""
        with self._turn:
            if self.listener is not None:
                self.listener(event)
                return
            if self.record is not None:
                self.record(event)
            self.event(event)

    def event(self, event: "Event") -> None:
        """The listener without progress bars: NDJSON for scripts, what matters in words for people."""
        from audobon_cli.domain.events import JobEnded, Warned

        if self.mode is OutputMode.EVENTS:
            self._line(self._events.line(event))
        elif isinstance(event, Warned):
            self.warn(event.message)
        elif isinstance(event, JobEnded):
            why = f": {event.message}" if event.message else ""
            (self.warn if why else self.note)(f"job {event.job} {event.state}: {event.title}{why}")
        elif event.event in ("worker_recycled", "source_retried"):
            from audobon_cli.cli.screen.event_words import event_words

            self.note(event_words(event))
        elif event.event == "training_measured":
            from audobon_cli.cli.screen.training_progress import tell_measured

            tell_measured(event, self.note)
        else:
            self._tell_of_picture(event)

    def _tell_of_picture(self, event: "Event") -> None:
        from audobon_cli.domain.events import (
            AssetAdded,
            BatchHalved,
            ImageFailed,
            ImageRejected,
            PromptTruncated,
            PromptUnfamiliar,
            PromptUnknown,
            SteppedDown,
        )

        if isinstance(event, PromptTruncated):
            self.warn(f"the prompt is longer than {event.limit} tokens; not used: {event.dropped!r}")
        elif isinstance(event, AssetAdded) and event.existing:
            self.note(f"already made: {event.name}  seed {event.seed}  {event.asset}")
        elif isinstance(event, PromptUnknown):
            which = "no word of the prompt" if event.all else "these words of the prompt not"
            self.warn(f"the model knows {which}: {' '.join(event.words)}")
        elif isinstance(event, PromptUnfamiliar):
            from audobon_cli.cli.screen.event_words import unfamiliar_words

            self.warn(unfamiliar_words(event))
        elif isinstance(event, ImageRejected):
            again = "giving up" if event.next_seed is None else f"trying seed {event.next_seed}"
            self.warn(f"the picture of seed {event.seed} is bad ({', '.join(event.problems)}); {again}")
        elif isinstance(event, SteppedDown):
            where = f" at {event.stage}" if event.stage else ""
            self.warn(f"out of memory{where} with {event.strategy}; going on with {event.next_strategy}")
        elif isinstance(event, BatchHalved):
            self.note(f"{event.pictures} pictures at once did not fit; going on with {event.next_pictures}")
        elif isinstance(event, ImageFailed):
            self.warn(f"the picture of seed {event.seed} cannot be made: {event.message}")
        else:
            from audobon_cli.cli.screen.event_words import tell_of_provider

            tell_of_provider(event, self.note, self.warn)

    def binary(self, data: bytes) -> None:
        """Raw bytes on stdout, as they are."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def flush(self) -> None:
        """Push out what is buffered, so that a closed pipe shows now."""
        sys.stdout.flush()

    def _say(self, label: str, style: str, text: str) -> None:
        text = visible(redact(text))
        if not (sys.stderr.isatty() or self._is_always_coloured):
            sys.stderr.write(f"{label}{text}\n")
            return
        from rich.text import Text

        self.messages.print(Text.assemble((label, style), text), soft_wrap=True)

    def _line(self, value: Mapping[str, Any]) -> None:
        # Code pages lack characters, and what stands in for them there is no JSON.
        is_utf8 = (sys.stdout.encoding or "utf-8").lower() == "utf-8"
        sys.stdout.write(json.dumps(value, ensure_ascii=not is_utf8) + "\n")
        sys.stdout.flush()


def _clipped(text: str) -> str:
    """``text`` without its middle if nobody would read it: errors name values of foreign files, of any length."""
    if len(text) <= MOST_WORDS:
        return text
    half = MOST_WORDS // 2
    return f"{text[:half]} ... {text[-half:]}"


def _sentence(hint: str) -> str:
    """``hint`` as a sentence of its own."""
    return f"{hint[0].upper()}{hint[1:].rstrip('.')}." if hint else ""
