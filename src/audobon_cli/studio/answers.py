"""Answers in JSON, and failures with the codes of the command line."""

import logging

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from audobon_cli.domain.errors import AudobonError, InternalError, MethodUnsupported, RouteUnknown
from audobon_cli.domain.errors.exit_status import ExitStatus

LOGGER = logging.getLogger(__name__)

BY_CODE = {
    "usage.http_token": 401,
    "usage.http_password": 401,
    "usage.http_tries": 429,
    "usage.http_refused": 403,
    "usage.http_read_only": 403,
    "usage.http_route": 404,
    "usage.http_method": 405,
    "usage.http_size": 413,
    "usage.http_type": 415,
    "budget.spent": 402,
}
BY_STATUS = {
    ExitStatus.USAGE: 400,
    ExitStatus.PARTIAL: 400,
    ExitStatus.ASSET_NOT_FOUND: 404,
    ExitStatus.ASSET_AMBIGUOUS: 409,
    ExitStatus.MODEL_NOT_FOUND: 404,
    ExitStatus.PRESET_NOT_FOUND: 404,
    ExitStatus.MODEL_UNSUPPORTED: 400,
    ExitStatus.LIBRARY_READ_ONLY: 403,
    ExitStatus.OUT_OF_MEMORY: 507,
    ExitStatus.DISK_FULL: 507,
    ExitStatus.SOURCE_UNREACHABLE: 502,
    ExitStatus.SOURCE_RATE_LIMITED: 429,
    ExitStatus.SOURCE_NOT_FOUND: 404,
    ExitStatus.SOURCE_FAILED: 502,
    ExitStatus.SOURCE_OFFLINE: 503,
    ExitStatus.MERGE_CONFLICTS: 409,
    ExitStatus.UNCOMMITTED_CHANGES: 409,
    ExitStatus.VERSION_STATE: 409,
    ExitStatus.VERSION_EXISTS: 409,
    ExitStatus.BLOB_MISSING: 404,
    ExitStatus.PICTURE_UNREADABLE: 404,
    ExitStatus.LIBRARY_NOT_FOUND: 503,
    ExitStatus.LIBRARY_BUSY: 503,
}
"""HTTP statuses (RFC 9110) of failures; all others are the server's own: 500."""


def failure_answer(error: AudobonError) -> JSONResponse:
    """``{"error": {"code", "message", "hint", "status"}}``, where ``status`` is the command line's exit status."""
    http = BY_CODE.get(error.code) or BY_STATUS.get(error.exit_status, 500)
    body = {
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "status": int(error.exit_status),
    }
    headers = {"WWW-Authenticate": 'Bearer realm="audobon"'} if http == 401 else {}
    if http == 429 and "retry_after_seconds" in error.details:
        headers["Retry-After"] = str(error.details["retry_after_seconds"])
    return JSONResponse({"error": body}, http, headers)


def answer_failure(request: Request, error: Exception) -> JSONResponse:
    """As starlette's handler of exceptions: of ours, of the router's, and of bugs, which are logged."""
    if isinstance(error, AudobonError):
        return failure_answer(error)
    if isinstance(error, HTTPException) and error.status_code == 405:
        words = f"{request.url.path} does not take {request.method}."
        return failure_answer(MethodUnsupported(words, hint="docs/studio.md lists the methods"))
    if isinstance(error, HTTPException):
        return failure_answer(
            RouteUnknown("There is nothing at this path.", hint="docs/studio.md lists the paths")
        )
    LOGGER.error("a request failed", exc_info=error)
    return failure_answer(InternalError("The request met a bug.", hint="`audobon logs` holds the traceback"))
