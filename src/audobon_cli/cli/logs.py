"""Logging: a rotating file for every run, the terminal when asked."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from audobon_cli.domain.foreign.text import visible
from audobon_cli.domain.secrets import redact

LOG_BYTES = 1_000_000
FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"


def start_logging(file: Path, verbose: int, debug: bool) -> None:
    """Send the program's log to ``file`` (opened at the first record) and, with -v, to stderr.

    A place that cannot be written to is not a reason to stop: the run goes on without a file.
    """
    logger = logging.getLogger("audobon_cli")
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.propagate = False
    logger.setLevel(logging.DEBUG if debug or verbose > 1 else logging.INFO)
    logger.addHandler(_file_handler(file))
    if verbose or debug:
        terminal = logging.StreamHandler()
        terminal.setFormatter(_Redacting("%(levelname)s %(name)s: %(message)s"))
        logger.addHandler(terminal)


class _Redacting(logging.Formatter):
    """Leaves out keys and control characters, also those in tracebacks and in the words of other libraries."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(redact(super().format(record)))


class _QuietFile(RotatingFileHandler):
    """A disk that is full or fails costs the log, not the command: nothing is said of it in between."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


def _file_handler(file: Path) -> logging.Handler:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = _QuietFile(file, maxBytes=LOG_BYTES, backupCount=3, encoding="utf-8", delay=True)
    except OSError:
        return logging.NullHandler()
    handler.setFormatter(_Redacting(FORMAT))
    return handler
