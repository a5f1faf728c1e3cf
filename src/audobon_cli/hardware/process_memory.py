"""What this process holds in memory. Never raises."""

from audobon_cli.platforms import current


def resident_bytes() -> int:
    """Resident memory of this process; where the system does not tell it, the most that it ever had."""
    return current().resident_bytes()
