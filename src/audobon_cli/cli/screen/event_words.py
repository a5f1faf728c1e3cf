"""What workers of the queue, waits and providers say, in words."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from audobon_cli.domain.units import format_bytes, format_seconds, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from audobon_cli.domain.events import Event, PromptUnfamiliar


def event_words(event: "Event") -> str:
    """A sentence for a WorkerRecycled or a SourceRetried."""
    data = event.to_dict()
    if event.event == "worker_recycled":
        return _recycled(data)
    wait = format_seconds(data["wait_seconds"]) if data["wait_seconds"] >= 1 else "a moment"
    again = f"waiting {wait}, try {data['attempt']} of {data['attempts']}"
    return f"{data['source']}: {data['message'].rstrip('.')}; {again}"


def tell_of_provider(event: "Event", note: "Callable[[str], None]", warn: "Callable[[str], None]") -> None:
    """Say what happened at a provider; nothing of another event."""
    from audobon_cli.domain.events import ImageDelivered, ProviderFellBack, ProviderRetried

    if isinstance(event, ProviderRetried):
        note(f"{event.provider}: {event.message}; asking again in {event.wait_seconds:.1f} s")
    elif isinstance(event, ProviderFellBack):
        warn(f"{event.message} Going on with {event.next_provider}.")
    elif isinstance(event, ImageDelivered):
        price = f", ${event.price_usd:g} ({event.price_is})" if event.price_usd else ""
        note(f"{event.provider} delivered {event.request_id}{price}")


def unfamiliar_words(event: "PromptUnfamiliar") -> str:
    """Which words mean nothing to the model."""
    named = ", ".join(
        f"{word} ({meant}?)" if meant else word for word, meant in zip(event.words, event.meant, strict=True)
    )
    which = "nothing in the prompt means" if event.all else "these words do not mean"
    return f"{which} anything to the model, which knows everyday English: {named}"


def host_of(address: str) -> str:
    """The server or bucket of ``address``."""
    return urlsplit(address).netloc or address


def _recycled(data: "Mapping[str, Any]") -> str:
    memory = data["memory_bytes"]
    held = f", with {format_bytes(memory)} of memory" if memory is not None else ""
    return f"worker {data['worker']} is begun anew after {plural(data['jobs'], 'job')}{held}"
