"""What a run will cost at providers, said before it starts, and held to the budget."""

from collections.abc import Callable, Iterable

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import BudgetSpent
from audobon_cli.domain.providers import Sourced
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.domain.units import format_usd
from audobon_cli.providers.ledger import SpendingLimits


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of one request at one place. ``each`` and ``total`` are micro-dollars; ``pictures`` are all that are
    paid for, every candidate among them."""

    provider: str
    model: str
    pictures: int
    each: int
    origin: Sourced
    unknown: bool = False
    """Nobody knows the price: ``each`` is 0."""

    @property
    def total(self) -> int:
        """Of all its pictures."""
        return self.pictures * self.each


@dataclass(frozen=True, slots=True)
class SpendingPlan:
    """``costs`` are those of the places asked first; ``at_most`` is the dearest way through the fallbacks."""

    costs: tuple[Cost, ...]
    at_most: int
    spent_this_month: int
    budget: SpendingLimits

    @property
    def total(self) -> int:
        """Micro-dollars, if every provider asked first delivers."""
        return sum(cost.total for cost in self.costs)

    def check(self) -> None:
        """Raise BudgetSpent if the run cannot be paid for within the budget."""
        for key, limit, spent in (
            ("budget.per_run", self.budget.per_run, 0),
            ("budget.per_month", self.budget.per_month, self.spent_this_month),
        ):
            if limit is not None and self.total and spent + self.total > limit:
                raise BudgetSpent(
                    f"The run costs {format_usd(self.total)}; "
                    f"{format_usd(max(0, limit - spent))} are left of {key} ({format_usd(limit)}).",
                    hint=f"ask for fewer pictures, take a cheaper --model, or raise {key}",
                    setting=key,
                    cost_usd=self.total / 1e6,
                    limit_usd=limit / 1e6,
                    spent_usd=spent / 1e6,
                )


IsMade = Callable[[ResolvedRequest, int], bool]
"""Whether the picture of a seed is in the library, and will cost nothing."""


def plan_spending(
    requests: Iterable[ResolvedRequest], is_made: IsMade, spent_this_month: int, budget: SpendingLimits
) -> SpendingPlan:
    """What ``requests`` cost, those pictures left out that were made before."""
    costs, at_most = [], 0
    for request in requests:
        legs = (request, *request.fallbacks)
        pictures = sum(not any(is_made(leg, seed) for leg in legs) for seed in request.seeds())
        places = [cost for leg in legs if (cost := _cost(leg, pictures)) is not None]
        if request.model.remote is not None:
            costs.append(places[0])
        # A place that failed may have billed: in the worst case each of them has.
        at_most += sum(cost.total for cost in places)
    return SpendingPlan(tuple(costs), at_most, spent_this_month, budget)


def _cost(request: ResolvedRequest, pictures: int) -> Cost | None:
    model = request.model.remote
    if model is None:
        return None
    each = model.price.estimate(request.quality, request.render_size)
    return Cost(
        model.provider,
        model.name,
        pictures * request.candidates,
        each,
        model.price.origin,
        model.price.unknown,
    )
