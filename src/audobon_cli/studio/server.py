"""Serving the application on a port, of 127.0.0.1 as a rule, until it is asked to end."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from audobon_cli.domain.errors import InvalidInput, PortTaken
from audobon_cli.studio.access import StudioSecrets
from audobon_cli.studio.app import create_app
from audobon_cli.studio.login.site import LOOPBACK
from audobon_cli.studio.place import GenerationService, StudioPlace

ENDING_SECONDS = 2
"""So long open answers may take when the server ends."""
LOOK_SECONDS = 0.1


class _Server(uvicorn.Server):
    """Leaves signals to the command."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """``read_only`` refuses whatever would change something; ``certificate`` and ``key`` are PEM files for TLS."""

    read_only: bool = False
    certificate: Path | None = None
    key: Path | None = None


def check_certificate(options: ServingOptions) -> None:
    """Raises InvalidInput for a certificate or key that cannot be used."""
    if options.certificate is None:
        return
    try:
        # Without an answer a key behind a passphrase would ask the terminal for it.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(options.certificate, options.key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise InvalidInput(
            f"The certificate {options.certificate} and its key cannot be used: {error.strerror or error}."
            if isinstance(error, OSError)
            else f"The key of {options.certificate} cannot be read.",
            hint="give --certificate and --key as PEM files that belong together, the key without a passphrase",
        ) from error


def listen_on(port: int, host: str = LOOPBACK) -> socket.socket:
    """A socket that listens on ``port`` of the address ``host``; 0: a free one. Raises PortTaken."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    # On Windows that option lets programs share a port, and there a port in TIME_WAIT is free anyway.
    if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        where = "" if host == LOOPBACK else f" of {host}"
        raise PortTaken(
            f"Port {port}{where} cannot be listened on: {error.strerror}.",
            hint="--host takes an address of this machine"
            if error.errno == errno.EADDRNOTAVAIL
            else "--port 0 takes a free one",
        ) from error
    return listening


def serve(
    place: StudioPlace,
    generation: GenerationService,
    listening: socket.socket,
    held: StudioSecrets,
    ready: Callable[[StudioSecrets], None],
    should_stop: Callable[[], bool],
    options: ServingOptions = ServingOptions(),
) -> None:
    """Serve until ``should_stop`` says so; ``ready`` is called once requests are answered. See create_app."""
    server: _Server

    def is_ending() -> bool:
        return server.should_exit

    config = uvicorn.Config(
        create_app(place, held, is_ending, generation, options.read_only),
        http="h11",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=ENDING_SECONDS,
        h11_max_incomplete_event_size=16 * 1024,
        ssl_certfile=options.certificate,
        ssl_keyfile=options.key,
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
