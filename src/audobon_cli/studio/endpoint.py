"""An endpoint of the HTTP interface: what it takes and answers, and the route that is made of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from audobon_cli.domain.errors import StudioReadOnly
from audobon_cli.studio.access import API
from audobon_cli.studio.bodies import USUAL_BYTES, Schema, read_bytes, read_json

NOTHING: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
"""The body of what needs none: it is declared as JSON all the same, which no form of another page can do."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in the query of an address."""

    name: str
    about: str
    schema: Schema
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``handler`` is called with the request and, where there is a ``body``, with what it holds; where it
    ``takes_file``, with the bytes of the body. ``answer`` is the schema of a JSON answer, None for another ``media``
    type. What ``changes`` something is refused by a studio that only reads."""

    method: str
    path: str
    name: str
    about: str
    handler: Callable[..., Any]
    answer: Schema | None = None
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    status: int = 200
    changes: bool = False
    media: str = "application/json"
    most_bytes: int = USUAL_BYTES
    takes_file: bool = False

    async def respond(self, request: Request) -> Response:
        """The answer to one request. Raises StudioReadOnly, and what reading the body and the handler raise."""
        if self.changes and request.app.state.read_only:
            raise StudioReadOnly("This studio only reads.", hint="start it without --read-only")
        if self.takes_file:
            async with request.app.state.receiving:
                data = await read_bytes(request, self.most_bytes)
                return await run_in_threadpool(self.handler, request, data)
        given = [] if self.body is None else [await read_json(request, self.body, self.most_bytes)]
        if iscoroutinefunction(self.handler):
            answer: Response = await self.handler(request, *given)
            return answer
        return await run_in_threadpool(self.handler, request, *given)


def routes_of(endpoints: tuple[Endpoint, ...]) -> list[Route]:
    """A route for each path, which knows its methods."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for one in endpoints:
        paths.setdefault(one.path, {})[one.method] = one
    return [
        Route(API + path, _chosen(methods), methods=[*methods], name=path) for path, methods in paths.items()
    ]


def _chosen(methods: Mapping[str, Endpoint]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return await methods["GET" if request.method == "HEAD" else request.method].respond(request)

    return endpoint
