"""What all expected failures have, and the two that belong to no part of the program."""

from typing import ClassVar

from audobon_cli.domain.errors.exit_status import ExitStatus


class AudobonError(Exception):
    """Base of all expected failures. ``details`` must be JSON-serialisable."""

    code: ClassVar[str]
    exit_status: ClassVar[ExitStatus]
    summary: ClassVar[str]
    """One sentence for docs/errors.md: when this is raised."""

    def __init__(self, message: str, *, hint: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details
        self.data: dict[str, object] | None = None
        """What was done before the failure, in the shape of the command's result."""


class Interrupted(AudobonError):
    code, exit_status = "run.interrupted", ExitStatus.INTERRUPTED
    summary = "The run was stopped by Ctrl-C or SIGTERM; what was finished is kept."


class InternalError(AudobonError):
    code, exit_status = "internal.bug", ExitStatus.BUG
    summary = "Something that is a bug in Audobon; the log file holds the traceback."
