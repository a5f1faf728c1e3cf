"""Bytes that lie in no file, whole or a range of them, as FileResponse answers for files."""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def bytes_response(content: bytes, request: Request, headers: Mapping[str, str], media_type: str) -> Response:
    """``content``, or the part that the request asks for (RFC 9110, section 14). Several ranges are answered with
    everything, which servers may do."""
    named = {**headers, "Accept-Ranges": "bytes"}
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    if asked is None or asked.groups() == ("", ""):
        return Response(content, headers=named, media_type=media_type)
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last), len(content) - 1) if last else len(content) - 1
    else:
        start, end = max(0, len(content) - int(last)), len(content) - 1
    if start > end:
        return Response(status_code=416, headers={**named, "Content-Range": f"bytes */{len(content)}"})
    named["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], status_code=206, headers=named, media_type=media_type)
