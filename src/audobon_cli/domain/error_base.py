"""What all expected failures have."""

from typing import ClassVar

from audobon_cli.domain.exit_status import ExitStatus


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
