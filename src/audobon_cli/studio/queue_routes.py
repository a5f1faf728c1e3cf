"""``/jobs`` and ``/events``: the queue, and what changes in it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.queue.model import JobFilter, JobNumber, JobState, job_data
from audobon_cli.queue.open import JobStore, open_queue
from audobon_cli.studio.assets_routes import number
from audobon_cli.studio.event_stream import EventStream
from audobon_cli.studio.queue_view import queue_view

MOST_JOBS = 500
USUAL_JOBS = 100
HIGHEST_NUMBER = 10**10
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def list_jobs(request: Request) -> JSONResponse:
    """``?state=&limit=``: the last jobs in the order in which they were added, and how the queue stands.

    Raises InvalidInput.
    """
    limit = number(request.query_params.get("limit", str(USUAL_JOBS)), "limit", 1, MOST_JOBS)
    states = tuple(_state(text) for text in request.query_params.getlist("state"))
    jobs = _jobs(request)
    found = jobs.matching(JobFilter(states=states), limit)
    return JSONResponse({"jobs": [job_data(job) for job in found], "queue": queue_view(jobs)})


def show_job(request: Request) -> JSONResponse:
    """One job in full. Raises JobNotFound."""
    wanted = JobNumber(number(str(request.path_params["job"]), "job", 1, HIGHEST_NUMBER))
    found = _jobs(request).get(wanted)
    return JSONResponse({"job": {**job_data(found), "request": found.request, "result": found.result}})


async def events(request: Request) -> Response:
    """Server-sent events: see EventStream. With ``Last-Event-ID`` what came after that one, where it is still kept."""
    stream: EventStream = request.app.state.events
    stream.refuse_too_many()
    last = request.headers.get("last-event-id", "")
    return StreamingResponse(stream.listen(last), media_type="text/event-stream", headers=STREAM_HEADERS)


def _jobs(request: Request) -> JobStore:
    return open_queue(request.app.state.place.library)


def _state(text: str) -> JobState:
    try:
        return JobState(text)
    except ValueError as error:
        raise InvalidInput(
            "state is no state of a job.", hint=f"give one of {', '.join(JobState)}"
        ) from error
