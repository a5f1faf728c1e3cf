"""How much the stored files of a library take of what they may take."""

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import LibraryFull
from audobon_cli.domain.units import format_bytes

NEARLY = 0.8
"""The share from which people are told."""
REMEDY = (
    "`audobon assets clean --older 90d --unrated`, then `audobon disk free`, makes room; or raise "
    "`resources.max_disk`"
)


@dataclass(frozen=True, slots=True)
class Quota:
    """``used_bytes`` of stored files, those of the trash and of history included, of ``most_bytes``."""

    used_bytes: int
    most_bytes: int

    @property
    def is_nearly_used(self) -> bool:
        """Whether people should be told."""
        return self.used_bytes >= NEARLY * self.most_bytes

    @property
    def words(self) -> str:
        """How much of it is used, in words."""
        share = 100 * self.used_bytes / self.most_bytes if self.most_bytes else 100.0
        return (
            f"the library's files take {format_bytes(self.used_bytes)} of {format_bytes(self.most_bytes)} "
            f"({share:.0f} %)"
        )

    def refused(self, more_bytes: int) -> LibraryFull:
        """The error of what would take ``more_bytes`` and be too much."""
        return LibraryFull(
            f"{self.words[0].upper()}{self.words[1:]}, and {format_bytes(more_bytes)} more may be needed; nothing was "
            "added.",
            hint=REMEDY,
            used_bytes=self.used_bytes,
            most_bytes=self.most_bytes,
            needed_bytes=more_bytes,
        )
