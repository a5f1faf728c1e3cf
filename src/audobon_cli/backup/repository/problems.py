"""What is wrong at a destination."""

from dataclasses import dataclass

from audobon_cli.domain.errors import BackupDamaged


@dataclass(frozen=True, slots=True)
class Problem:
    """Something at the destination that is not as it was written: its key, and what is wrong."""

    key: str
    why: str


def damaged(message: str, **details: object) -> BackupDamaged:
    """The error for bytes at the destination that are not those that were written."""
    return BackupDamaged(
        message,
        hint="run `audobon backup verify --read-data` to see what is touched, then `audobon backup repair`",
        **details,
    )
