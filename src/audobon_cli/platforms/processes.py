"""Other processes and the processor, as psutil tells of them on every system. Never raises."""

from audobon_cli.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """A process: when it was started (seconds since 1970), and the main memory that it has."""

    started: float
    resident_bytes: int


def process_facts(number: int) -> ProcessFacts | None:
    """What is known of a process; None if there is none, or nothing but its number is left of it."""
    import psutil

    try:
        process = psutil.Process(number)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return ProcessFacts(process.create_time(), int(process.memory_info().rss))
    except (psutil.Error, ValueError, OverflowError, OSError):
        return None


def processor_percent(seconds: float) -> float | None:
    """How busy all processors are over the next ``seconds``, 0 to 100; None where it is not told."""
    import psutil

    try:
        return float(psutil.cpu_percent(seconds))
    except (psutil.Error, OSError):
        return None
