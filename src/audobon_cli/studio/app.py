"""The routes of the HTTP interface and of the page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from importlib.resources import files

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import AudobonError
from audobon_cli.monitoring.measure import measured
from audobon_cli.studio import assets_routes, queue_routes
from audobon_cli.studio.access import API, AccessGuard, StudioSecrets
from audobon_cli.studio.answers import answer_failure, failure_answer
from audobon_cli.studio.event_stream import EventStream
from audobon_cli.studio.place import StudioPlace
from audobon_cli.studio.session_route import open_session

PAGE_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HOME = "index.html"


def create_app(place: StudioPlace, held: StudioSecrets, is_ending: Callable[[], bool]) -> ASGIApp:
    """The whole application behind its guard. ``is_ending`` says when open streams are to end."""
    stream = EventStream(lambda: place.library, is_ending)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(stream.watch())
        yield
        watching.cancel()

    handlers = dict.fromkeys((AudobonError, HTTPException, Exception), answer_failure)
    app = Starlette(routes=[*_api_routes(), *_page_routes()], exception_handlers=handlers, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.state.place = place
    app.state.secrets = held
    app.state.events = stream
    return AccessGuard(app, held)


def _api_routes() -> list[Route]:
    return [
        Route(f"{API}/assets", assets_routes.list_assets),
        Route(f"{API}/assets/positions", assets_routes.list_positions),
        Route(f"{API}/assets/{{asset}}", assets_routes.show_one),
        Route(f"{API}/images/{{asset}}", assets_routes.stored_file),
        Route(f"{API}/images/{{asset}}/thumbnail", assets_routes.small_picture),
        Route(f"{API}/jobs", queue_routes.list_jobs),
        Route(f"{API}/jobs/{{job}}", queue_routes.show_job),
        Route(f"{API}/events", queue_routes.events),
        Route(f"{API}/session", open_session, methods=["POST"]),
        Route(f"{API}/healthz", _alive),
        Route(f"{API}/readyz", _ready),
        Route(f"{API}/metrics", _metrics),
    ]


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


def _alive(_: Request) -> JSONResponse:
    """The process answers."""
    return JSONResponse({"status": "ok", "version": __version__})


def _ready(request: Request) -> JSONResponse:
    """The library can be read; 503 and the error if not."""
    try:
        request.app.state.place.library.assets.count()
    except AudobonError as error:
        answer = failure_answer(error)
        answer.status_code = 503
        return answer
    return JSONResponse({"status": "ok"})


def _metrics(request: Request) -> PlainTextResponse:
    """As `audobon metrics`."""
    text = measured(request.app.state.place)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")
