"""Amounts of money: whole micro-dollars, so that sums are exact."""

MICRO = 1_000_000


def micro_usd(dollars: float) -> int:
    """``dollars`` in micro-dollars, rounded to the nearest."""
    return round(dollars * MICRO)


def usd(micro: int) -> float:
    """Micro-dollars as dollars."""
    return micro / MICRO


def format_usd(micro: int) -> str:
    """For people: cents where they say enough, as many places as needed below a cent: ``"$0.003"``, ``"$1.20"``."""
    if micro % 10_000 == 0:
        return f"${micro / MICRO:.2f}"
    return f"${micro / MICRO:.6f}".rstrip("0")
