"""Whether all is well: this server, the library, and a ComfyUI server that pictures are asked of."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import AudobonError, SourceOffline
from audobon_cli.domain.units import format_bytes
from audobon_cli.monitoring.measure import measured
from audobon_cli.providers.check import check_providers
from audobon_cli.providers.protocol import Probe
from audobon_cli.studio.answers import failure_answer
from audobon_cli.studio.openapi import openapi_document

COMFYUI = "comfyui"


def alive(request: Request) -> JSONResponse:
    """The process answers."""
    reads = request.app.state.read_only
    login = "token" if request.app.state.secrets.password is None else "password"
    return JSONResponse({"status": "ok", "version": __version__, "read_only": reads, "login": login})


def ready(request: Request) -> JSONResponse:
    """The library can be read; 503 and the error if not."""
    try:
        request.app.state.place.library.assets.count()
    except AudobonError as error:
        answer = failure_answer(error)
        answer.status_code = 503
        return answer
    return JSONResponse({"status": "ok"})


def metrics(request: Request) -> PlainTextResponse:
    """As `audobon metrics`."""
    text = measured(request.app.state.place)
    return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def document(request: Request) -> JSONResponse:
    """The OpenAPI document."""
    return JSONResponse(openapi_document(request.app.state.endpoints, request.app.state.secrets.cookie_name))


def comfyui_health(request: Request) -> JSONResponse:
    """Whether the ComfyUI server of the settings runs, in the fields that clients of other generators read; the first
    that answers of several. 503 and the same fields where none does."""
    servers: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()
    problem = ""
    try:
        (checked,) = check_providers([COMFYUI], request.app.state.place.providers)
        servers, probes = checked.known.servers, checked.probes
        problem = checked.known.missing
    except SourceOffline as error:
        problem = error.message
    up = next((one for one in probes if one.reachable), None)
    probe = up or (probes[0] if probes else None)
    facts = probe.facts if probe is not None else {}
    body = {
        "status": "running" if up else "unreachable",
        "server": probe.server if probe is not None else (servers[0] if servers else None),
        "vramUsage": _memory(facts) if up else None,
        "queueLength": int(facts.get("running", 0)) + int(facts.get("waiting", 0)) if up else None,
        "activeGeneration": next(iter(facts.get("running_ids", ())), None) if up else None,
        "problem": None
        if up
        else (probe.problem if probe is not None and probe.problem else problem) or None,
    }
    return JSONResponse(body, 200 if up else 503)


def _memory(facts: Any) -> str | None:
    """``2.1 GiB / 6.0 GiB``; None where the server tells no memory."""
    devices = facts.get("devices") or ()
    for device in devices:
        total, free = device.get("total_bytes"), device.get("free_bytes")
        if total:
            return f"{format_bytes(total - (free or 0))} / {format_bytes(total)}"
    return None
