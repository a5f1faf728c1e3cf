"""What workers of the queue say of themselves, in words."""

from typing import TYPE_CHECKING

from audobon_cli.domain.units import format_bytes, plural

if TYPE_CHECKING:
    from audobon_cli.domain.events import Event


def recycled_words(event: "Event") -> str:
    """A sentence for a WorkerRecycled."""
    data = event.to_dict()
    memory = data["memory_bytes"]
    held = f", with {format_bytes(memory)} of memory" if memory is not None else ""
    return f"worker {data['worker']} is begun anew after {plural(data['jobs'], 'job')}{held}"
