"""Where the pages of what is found begin, so that a reader can go to any of them without reading those before."""

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput

LEAST_STEP, MOST_STEP = 10, 500
"""Assets between one position and the next."""


@dataclass(frozen=True, slots=True)
class Positions:
    """``after[k]`` is the cursor behind the first ``(k + 1) * step`` of ``total`` assets in one order; the last page,
    whole or not, is begun by the last of them. ``total_is_exact`` is false when a ranked search stopped counting: then
    ``total`` are those that can be paged through."""

    step: int
    total: int
    total_is_exact: bool
    after: tuple[str, ...]


def check_step(step: int) -> int:
    """``step`` itself. Raises InvalidInput outside of LEAST_STEP and MOST_STEP."""
    if not LEAST_STEP <= step <= MOST_STEP:
        raise InvalidInput(
            f"{step} is no step between positions.", hint=f"give one from {LEAST_STEP} to {MOST_STEP}"
        )
    return step


def last_of_pages(numbers: list[int], step: int) -> list[int]:
    """The last of each page of ``step`` but the last page."""
    return numbers[step - 1 : -1 : step]
