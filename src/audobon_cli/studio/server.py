"""Serving the application on a port of 127.0.0.1 until it is asked to end."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn

from audobon_cli.domain.errors import PortTaken
from audobon_cli.studio.access import LOOPBACK, StudioSecrets
from audobon_cli.studio.app import create_app
from audobon_cli.studio.place import GenerationService, StudioPlace

ENDING_SECONDS = 2
"""So long open answers may take when the server ends."""
LOOK_SECONDS = 0.1


class _Server(uvicorn.Server):
    """Leaves signals to the command."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen_on(port: int) -> socket.socket:
    """A socket that listens on ``port`` of 127.0.0.1; 0: a free one. Raises PortTaken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # On Windows that option lets programs share a port, and there a port in TIME_WAIT is free anyway.
    if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"Port {port} cannot be listened on: {error.strerror}.", hint="--port 0 takes a free one"
        ) from error
    return listening


def serve(
    place: StudioPlace,
    generation: GenerationService,
    listening: socket.socket,
    ready: Callable[[StudioSecrets], None],
    should_stop: Callable[[], bool],
    read_only: bool = False,
) -> None:
    """Serve until ``should_stop`` says so; ``ready`` is called once requests are answered. See create_app."""
    held = StudioSecrets(int(listening.getsockname()[1]))
    server: _Server

    def is_ending() -> bool:
        return server.should_exit

    config = uvicorn.Config(
        create_app(place, held, is_ending, generation, read_only),
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=ENDING_SECONDS,
        h11_max_incomplete_event_size=16 * 1024,
    )
    server = _Server(config)
    asyncio.run(_run(server, listening, lambda: ready(held), should_stop))


async def _run(
    server: _Server, listening: socket.socket, ready: Callable[[], None], should_stop: Callable[[], bool]
) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    announced = False
    while not serving.done():
        if server.started and not announced:
            announced = True
            ready()
        if should_stop():
            server.should_exit = True
        await asyncio.sleep(LOOK_SECONDS)
    await serving
