"""What a run costs, for people and scripts, and the question whether it may."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import format_usd, plural, usd

if TYPE_CHECKING:
    from audobon_cli.domain.request import ResolvedRequest
    from audobon_cli.providers.spending import SpendingPlan


def plan_of(session: Session, requests: "Sequence[ResolvedRequest]", fresh: bool) -> "SpendingPlan | None":
    """What ``requests`` cost; None where no provider is asked. With ``fresh`` pictures are made again."""
    from audobon_cli.providers.spending import plan_spending

    if all(place.model.remote is None for r in requests for place in (r, *r.fallbacks)):
        return None
    registry = session.workspace.providers
    results = session.workspace.results()

    def is_made(request: "ResolvedRequest", seed: int) -> bool:
        return not fresh and results.has(request, seed)

    return plan_spending(requests, is_made, registry.ledger.spent_this_month(), registry.budget)


def spending_data(plan: "SpendingPlan | None") -> dict[str, Any]:
    """``cost`` of a run's plan; nothing for runs that are free because they stay here."""
    if plan is None:
        return {}
    return {
        "cost": {
            "total_usd": usd(plan.total),
            "at_most_usd": usd(plan.at_most),
            "spent_this_month_usd": usd(plan.spent_this_month),
            "budget_per_run_usd": None if plan.budget.per_run is None else usd(plan.budget.per_run),
            "budget_per_month_usd": None if plan.budget.per_month is None else usd(plan.budget.per_month),
            "requests": [
                {
                    "provider": cost.provider,
                    "model": cost.model,
                    "pictures": cost.pictures,
                    "each_usd": usd(cost.each),
                    "total_usd": usd(cost.total),
                    "price_source": cost.origin.source,
                    "price_checked": cost.origin.checked,
                    "price_unknown": cost.unknown,
                }
                for cost in plan.costs
            ],
        }
    }


def show_spending(session: Session, plan: "SpendingPlan | None") -> None:
    """A line for each request, and the sum."""
    if plan is None:
        return
    line = session.out.line
    for cost in plan.costs:
        listed = f" (listed {cost.origin.checked}: {cost.origin.source})" if cost.origin.checked else ""
        each = "a price that is not known" if cost.unknown else format_usd(cost.each)
        line(f"{cost.provider} {cost.model}: {plural(cost.pictures, 'picture')} at {each}{listed}")
    worst = f", {format_usd(plan.at_most)} at most with the fallbacks" if plan.at_most > plan.total else ""
    line(f"Cost: {format_usd(plan.total)}{worst}. Spent this month: {format_usd(plan.spent_this_month)}.")


def confirm_spending(
    session: Session, requests: "Sequence[ResolvedRequest]", yes: bool, fresh: bool = False
) -> None:
    """Let the run begin only if it fits the budget and, above a threshold, is agreed to.

    Raises BudgetSpent, InvalidInput without an agreement, and ProviderKeyMissing for the providers asked first.
    """
    plan = plan_of(session, requests, fresh)
    if plan is None:
        return
    registry = session.workspace.providers
    for request in requests:
        if request.model.remote is not None and not request.fallbacks:
            registry.check_key(request.provider)
    plan.check()
    if plan.at_most:
        agree_to_spend(session, plan.at_most, yes)


def agree_to_spend(session: Session, at_most: int, yes: bool) -> None:
    """Ask before much may be spent, ``at_most`` micro-dollars. Raises InvalidInput without an agreement."""
    if yes or usd(at_most) < session.workspace.settings.budget_confirm_above:
        return
    price = format_usd(at_most)
    hint = ", or raise budget.confirm_above; --plan shows the price"
    if session.out.for_scripts:
        raise InvalidInput(f"This may cost {price}, and --json asks nothing.", hint=f"add --yes{hint}")
    session.confirm(False, f"This may cost {price}. Go on?", f"This may cost {price}", hint)
