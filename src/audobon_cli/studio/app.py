"""The routes of the HTTP interface and of the page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from audobon_cli.domain.errors import AudobonError
from audobon_cli.studio.access import AccessGuard, StudioSecrets
from audobon_cli.studio.answers import answer_failure
from audobon_cli.studio.endpoint import routes_of
from audobon_cli.studio.event_stream import EventStream
from audobon_cli.studio.interface import endpoints
from audobon_cli.studio.machines.memory import SeenMemory
from audobon_cli.studio.place import GenerationService, StudioPlace
from audobon_cli.studio.workshop.shown_files import ShownFiles

MOST_RECEIVED = 2
"""Files that are received and looked at side by side: each is held in memory. The others wait, unread."""
PAGE_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HOME = "index.html"


def create_app(
    place: StudioPlace,
    held: StudioSecrets,
    is_ending: Callable[[], bool],
    generation: GenerationService,
    read_only: bool = False,
) -> ASGIApp:
    """The whole application behind its guard. ``is_ending`` says when open streams are to end; ``generation`` takes
    what is asked for; with ``read_only`` every request that would change something is refused."""
    stream = EventStream(lambda: place.library, is_ending)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(stream.watch())
        yield
        watching.cancel()

    handlers = dict.fromkeys((AudobonError, HTTPException, Exception), answer_failure)
    known = endpoints(generation.fields())
    routes = [*routes_of(known), *_page_routes()]
    app = Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.place = place
    app.state.secrets = held
    app.state.events = stream
    app.state.generation = generation
    app.state.read_only = read_only
    app.state.endpoints = known
    app.state.shown_files = ShownFiles()
    app.state.receiving = asyncio.Semaphore(MOST_RECEIVED)
    app.state.seen_memory = SeenMemory()
    return AccessGuard(app, held)


def _page_routes() -> list[Route]:
    """A route for each file of the page, read now: no path of a request ever becomes one of the disk."""
    routes = []
    for file in files("audobon_cli.studio.page").iterdir():
        kind = PAGE_TYPES.get("." + file.name.rpartition(".")[2])
        if kind is not None:
            path = "/" if file.name == HOME else f"/{file.name}"
            routes.append(Route(path, _sender(file.read_bytes(), kind)))
    return routes


def _sender(content: bytes, kind: str) -> Callable[[Request], Response]:
    return lambda _: Response(content, media_type=kind)
