"""How `backup cost` shows money."""

from typing import TYPE_CHECKING, Any

from audobon_cli.cli.output import Output
from audobon_cli.cli.screen.columns import Both, Cell, Column, Kind
from audobon_cli.domain.units import format_bytes, format_time, plural

if TYPE_CHECKING:
    from audobon_cli.analytics.bigquery.bill import MonthBill
    from audobon_cli.backup.cost.advice import ClassAdvice
    from audobon_cli.backup.cost.report import CostReport

STORED = (
    Column("class"),
    Column("state"),
    Column("objects", Kind.NUMBER, drop=2),
    Column("size", Kind.BYTES),
    Column("$ a month", Kind.NUMBER),
    Column("$ so far", Kind.NUMBER, drop=1),
)
CLASSES = (
    Column("class"),
    Column("$ a month", Kind.NUMBER),
    Column("keeping", Kind.NUMBER, drop=1),
    Column("reading", Kind.NUMBER, drop=2),
    Column("deleted early", Kind.NUMBER, drop=3),
    Column("$ a restore", Kind.NUMBER),
    Column("$ moving", Kind.NUMBER, drop=4),
)
FACTS = (Column(""), Column("", Kind.PROSE))


def show_cost(out: Output, report: "CostReport", bill: "MonthBill | None") -> None:
    """What lies there, what it costs, and which class suits it."""
    out.table(
        STORED,
        [
            (
                one.storage_class,
                one.state.value,
                one.objects,
                one.size_bytes,
                dollars(one.month),
                dollars(one.so_far),
            )
            for one in report.classes
        ],
    )
    growth = "too young to tell of growth"
    if report.growth_bytes is not None:
        growth = f"growing by {format_bytes(int(report.growth_bytes))} a month"
    rows: list[tuple[Cell, ...]] = [
        ("so far", f"${report.so_far:.2f} for what is there now"),
        ("this month", f"${report.month_so_far:.2f} of ${report.month_end:.2f} by its end"),
        ("a year ahead", f"${report.year_ahead:.2f}, {growth}"),
        ("deleting all now", f"${report.early_deletion:.2f}, for least times that are not over"),
        (
            "prices",
            f"of {report.price.as_of}, {report.location_kind}; without tax, free tiers and operations",
        ),
    ]
    out.table(FACTS, rows)
    if report.advice is not None:
        _show_advice(out, report, report.advice)
    if bill is not None:
        _show_bill(out, bill)


def _show_advice(out: Output, report: "CostReport", advice: "ClassAdvice") -> None:
    read = format_bytes(int(advice.read_bytes_month))
    if report.reads is None:
        out.line(f"No reads were noted here yet; reckoned with one whole restore a year, {read} a month.")
    else:
        seen = f"{plural(report.reads.objects, 'object')}, {format_bytes(report.reads.read_bytes)}"
        out.line(f"Read since {report.reads.since:%Y-%m-%d}: {seen}; reckoned with {read} a month.")
    out.table(
        CLASSES,
        [
            (
                one.storage_class,
                *map(dollars, (one.month, one.keeping, one.reading, one.early, one.restore, one.moving)),
            )
            for one in advice.options
        ],
    )
    if advice.saves:
        least = next(one.minimum_days for one in advice.options if one.storage_class == advice.best)
        out.line(f"{advice.best} would save ${advice.saves:.2f} a month for what is larger than 1 MiB.")
        if least:
            out.line(f"It bills {least} days of each pack at least: prune seldom.")
    else:
        out.line(f"{advice.best} is right: no class is cheaper by a tenth and a cent a month.")
    if not advice.lives_known:
        out.line("How long pruned packs had lived is not known: the bucket keeps nothing that was deleted.")


def _show_bill(out: Output, bill: "MonthBill") -> None:
    until = (
        f"with what was exported until {format_time(bill.until)}"
        if bill.until
        else "nothing was exported yet"
    )
    out.line(f"Bill of {bill.month}: {bill.due:.2f} {bill.currency} before tax, {until}.")
    columns = (
        Column("service", Kind.NAME),
        Column(f"cost in {bill.currency}", Kind.NUMBER),
        Column("credits", Kind.NUMBER, drop=1),
        Column("of it Audobon's", Kind.NUMBER),
    )
    out.table(
        columns, [(one.service, *map(dollars, (one.cost, one.credits, one.ours))) for one in bill.services]
    )


def dollars(amount: float) -> Both:
    """An amount as people and scripts read it."""
    return Both(f"{amount:.2f}" if abs(amount) >= 0.005 or not amount else f"{amount:.4f}", f"{amount:.6f}")


def cost_data(report: "CostReport") -> dict[str, Any]:
    """A report for scripts."""
    reads, advice = report.reads, report.advice
    return {
        "currency": "USD",
        "as_of": report.price.as_of.isoformat(),
        "location_kind": report.location_kind,
        "classes": [
            {
                "storage_class": one.storage_class,
                "state": one.state.value,
                "objects": one.objects,
                "bytes": one.size_bytes,
                "month": one.month,
                "so_far": one.so_far,
            }
            for one in report.classes
        ],
        "month": report.month,
        "so_far": report.so_far,
        "month_so_far": report.month_so_far,
        "month_end": report.month_end,
        "growth_bytes_month": report.growth_bytes,
        "year_ahead": report.year_ahead,
        "early_deletion": report.early_deletion,
        "reads": None
        if reads is None
        else {
            "since": reads.since.isoformat(),
            "days": round(reads.days, 3),
            "objects": reads.objects,
            "bytes": reads.read_bytes,
        },
        "advice": None if advice is None else _advice_data(advice),
    }


def _advice_data(advice: "ClassAdvice") -> dict[str, Any]:
    return {
        "best": advice.best,
        "saves_month": round(advice.saves, 6),
        "now_month": round(advice.now, 6),
        "read_bytes_month": round(advice.read_bytes_month),
        "lives_known": advice.lives_known,
        "options": [
            {
                "storage_class": one.storage_class,
                "month": round(one.month, 6),
                "keeping": round(one.keeping, 6),
                "reading": round(one.reading, 6),
                "early_deletion": round(one.early, 6),
                "restore": round(one.restore, 6),
                "moving": round(one.moving, 6),
                "minimum_days": one.minimum_days,
            }
            for one in advice.options
        ],
    }


def bill_data(bill: "MonthBill | None") -> dict[str, Any] | None:
    """A bill for scripts."""
    if bill is None:
        return None
    return {
        "month": bill.month,
        "currency": bill.currency,
        "due": bill.due,
        "until": bill.until.isoformat() if bill.until else None,
        "services": [
            {
                "service": one.service,
                "cost": round(one.cost, 6),
                "credits": round(one.credits, 6),
                "ours": round(one.ours, 6),
            }
            for one in bill.services
        ],
    }
