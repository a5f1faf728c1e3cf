"""Asking for pictures and sounds: what a form offers, what it will take, and the jobs that come of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import Job, job_data
from audobon_cli.studio.access import API
from audobon_cli.studio.place import GenerationService

ORDER_FIELDS = ("priority", "lane", "agreed_usd", "prompts")
LONGEST_PROMPT = 4_000


@dataclass(frozen=True, slots=True)
class AskedOrder:
    """See JobOrder."""

    priority: int = 0
    lane: str | None = None
    agreed_usd: float = 0.0


def choices(request: Request) -> JSONResponse:
    """What a form offers."""
    return JSONResponse(dict(_service(request).choices()))


def suggest(request: Request) -> JSONResponse:
    """``?text=``: how a prompt could go on."""
    text = request.query_params.get("text", "")
    if len(text) > LONGEST_PROMPT:
        raise InvalidInput("The text is too long.", hint="send the prompt as far as it is typed")
    return JSONResponse({"suggestions": list(_service(request).suggest(text))})


def plan(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """What a request would need: memory, time, disk and price. Nothing is made."""
    fields = {name: value for name, value in body.items() if name not in ORDER_FIELDS}
    return JSONResponse({"plan": dict(_service(request).plan(fields))})


def generate(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """202: a job for the prompt, or one for each of ``prompts``. Raises what `audobon queue add` ends with."""
    fields = {name: value for name, value in body.items() if name not in ORDER_FIELDS}
    prompts = body.get("prompts")
    if (prompts is None) == ("prompt" not in fields):
        raise InvalidInput("Give a prompt or prompts.", hint='{"prompt": "cute dragon"}')
    rows = [fields] if prompts is None else [{**fields, "prompt": prompt} for prompt in prompts]
    return _queued(_service(request).add(rows, _order(body)))


def generate_batch(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """202: a job for each row of a batch file. Raises BatchInvalid with the problems of all its lines."""
    return _queued(_service(request).add_batch(body["name"], body["text"], _order(body)))


def _queued(jobs: list[Job]) -> JSONResponse:
    headers = {"Location": f"{API}/jobs/{jobs[0].number}"} if jobs else None
    return JSONResponse({"jobs": [job_data(job) for job in jobs]}, 202, headers)


def _order(body: Mapping[str, Any]) -> AskedOrder:
    lane = body.get("lane")
    return AskedOrder(body.get("priority", 0), lane, float(body.get("agreed_usd", 0.0)))


def _service(request: Request) -> GenerationService:
    generation: GenerationService = request.app.state.generation
    return generation
