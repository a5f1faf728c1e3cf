"""Which part of what is found, and in which order."""

from enum import StrEnum

from audobon_cli.dataclass import dataclass


class Order(StrEnum):
    """In which order assets come."""

    RELEVANCE = "relevance"
    """What answers the words best first, then what is near in meaning."""
    NEWEST = "newest"
    """As they were added, the last first."""
    OLDEST = "oldest"
    NAME = "name"
    LARGEST = "largest"
    """By the size of the file."""
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Paging:
    """How many, in which order, behind which cursor."""

    order: Order = Order.NEWEST
    limit: int = 50
    after: str | None = None
