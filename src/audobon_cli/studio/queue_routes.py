"""``/jobs``, ``/queue``, ``/progress`` and ``/events``: the queue, what is done to it, and what changes in it."""

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from audobon_cli.domain.errors import InvalidInput, RouteUnknown
from audobon_cli.queue.model import Job, JobFilter, JobNumber, JobState, job_data
from audobon_cli.queue.open import JobStore, open_queue
from audobon_cli.queue.store.control import JobSteering
from audobon_cli.studio.assets_routes import IMAGE_POLICY, number
from audobon_cli.studio.event_stream import EventStream
from audobon_cli.studio.queue_view import queue_view

MOST_JOBS = 500
USUAL_JOBS = 100
HIGHEST_NUMBER = 10**10
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
ACTIONS = ("pause", "resume", "cancel", "retry")
SPOKEN = {JobState.RUNNING: "generating", JobState.DONE: "completed", JobState.DEAD: "failed"}
"""States as clients of other generators know them; all others go by their own names."""


def list_jobs(request: Request) -> JSONResponse:
    """The last jobs in the order in which they were added, and how the queue stands. Raises InvalidInput."""
    limit = number(request.query_params.get("limit", str(USUAL_JOBS)), "limit", 1, MOST_JOBS)
    states = tuple(_state(text) for text in request.query_params.getlist("state"))
    jobs = _jobs(request)
    found = jobs.matching(JobFilter(states=states), limit)
    return JSONResponse({"jobs": [job_data(job) for job in found], "queue": queue_view(jobs)})


def show_job(request: Request) -> JSONResponse:
    """One job in full. Raises JobNotFound."""
    found = _job(request)
    return JSONResponse({"job": {**job_data(found), "request": found.request, "result": found.result}})


def steer_job(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Pause, resume, cancel or retry one job, or give it another priority. Raises JobNotFound, InvalidInput."""
    found = _job(request)
    chosen = JobFilter((found.number,))
    steering = JobSteering(_jobs(request).database)
    if ("action" in body) == ("priority" in body):
        raise InvalidInput("Say one thing to do.", hint='{"action": "cancel"} or {"priority": 5}')
    if "priority" in body:
        changed = steering.prioritize(chosen, body["priority"])
    else:
        changed = getattr(steering, body["action"])(chosen)
    if body.get("action") in ("resume", "retry") and changed:
        request.app.state.generation.ensure_worker()
    return JSONResponse({"job": job_data(_jobs(request).get(found.number)), "changed": len(changed)})


def steer_queue(request: Request, body: Mapping[str, Any]) -> JSONResponse:
    """Pause the queue, or let it go on: then somebody runs it, if nobody does yet."""
    jobs = _jobs(request)
    if body["action"] == "run":
        JobSteering(jobs.database).pause_queue(False)
        request.app.state.generation.ensure_worker()
    elif body["action"] == "clear":
        over = tuple(state for state in JobState if state.final)
        JobSteering(jobs.database).clear(JobFilter(states=over))
    else:
        JobSteering(jobs.database).pause_queue(True)
    return JSONResponse({"queue": queue_view(jobs)})


def progress(request: Request) -> JSONResponse:
    """How far a job is, in the fields that clients of other generators read. Raises JobNotFound."""
    job = _job(request)
    said = job.progress or {}
    now = job.finished or datetime.now(UTC)
    elapsed = (now - job.started).total_seconds() if job.started else 0.0
    share = 1.0 if job.state is JobState.DONE else float(said.get("percent", 0.0)) / 100
    left = said.get("remaining_seconds") if job.state is JobState.RUNNING else None
    return JSONResponse(
        {
            "promptId": str(job.number),
            "status": SPOKEN.get(job.state, job.state.value),
            "progress": round(share, 4),
            "currentStep": int(said.get("step", 0)),
            "totalSteps": int(said.get("steps", 0)),
            "elapsedTime": spoken_time(elapsed),
            "estimatedRemaining": None if left is None else spoken_time(float(left)),
            "images": [f"/api/v1/images/{asset}" for asset in job.assets],
        }
    )


def step_picture(request: Request) -> Response:
    """What a running job has drawn up to now, a small PNG, while somebody listens to the events.

    Raises JobNotFound, and RouteUnknown where there is none.
    """
    said = _job(request).progress or {}
    data = base64.b64decode(str(said.get("picture", "")))
    if not data:
        raise RouteUnknown("The job shows no picture now.", hint="it draws none, has just begun, or is over")
    return Response(data, media_type="image/png", headers={"Content-Security-Policy": IMAGE_POLICY})


def spoken_time(seconds: float) -> str:
    """``4m 32s``, ``32s``, ``1h 4m 32s``."""
    whole = max(0, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    parts = [f"{hours}h"] * bool(hours) + [f"{minutes}m"] * bool(hours or minutes) + [f"{whole % 60}s"]
    return " ".join(parts)


async def events(request: Request) -> Response:
    """Server-sent events: see EventStream. With ``Last-Event-ID`` what came after that one, where it is still kept."""
    stream: EventStream = request.app.state.events
    stream.refuse_too_many()
    last = request.headers.get("last-event-id", "")
    return StreamingResponse(stream.listen(last), media_type="text/event-stream", headers=STREAM_HEADERS)


def _jobs(request: Request) -> JobStore:
    return open_queue(request.app.state.place.library)


def _job(request: Request) -> Job:
    wanted = JobNumber(number(str(request.path_params["job"]), "job", 1, HIGHEST_NUMBER))
    return _jobs(request).get(wanted)


def _state(text: str) -> JobState:
    try:
        return JobState(text)
    except ValueError as error:
        raise InvalidInput(
            "state is no state of a job.", hint=f"give one of {', '.join(JobState)}"
        ) from error
