"""The queue of a library: the jobs themselves, and what people do to them."""

from audobon_cli.library.store.library import Library
from audobon_cli.queue.store.control import JobSteering as JobSteering
from audobon_cli.queue.store.jobs import JobStore as JobStore


def open_queue(library: Library) -> JobStore:
    """The jobs of ``library``."""
    return JobStore(library.database)


def open_steering(library: Library) -> JobSteering:
    """What pauses, resumes, cancels, retries and clears the jobs of ``library``."""
    return JobSteering(library.database)
