"""``POST /assets``: a file is put into the library as `audobon assets import` would."""

import threading

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from audobon_cli.domain.errors import InvalidInput, PictureUnreadable
from audobon_cli.library.import_files import import_content
from audobon_cli.studio.access import API
from audobon_cli.studio.answers import failure_answer
from audobon_cli.studio.assets_routes import library_of

MOST_BYTES = 64 * 1024 * 1024
"""Of one file: six minutes of sound on a CD, any sprite. It is held in memory."""
LONGEST_TEXT = 1_000
MOST_TAGS = 100
_ONE_AT_A_TIME = threading.Lock()
"""Decoding takes memory."""


def upload(request: Request, data: bytes) -> Response:
    """``?name=&tag=&tag=&category=``: 201 and the asset; ``existing`` where the library has the same bytes.

    422 for what is no picture or sound that can be read. Raises InvalidInput. Nothing is filed then.
    """
    asked = request.query_params
    tags = asked.getlist("tag")
    texts = (asked.get("name", ""), asked.get("category", ""), *tags)
    if len(tags) > MOST_TAGS or any(len(text) > LONGEST_TEXT for text in texts):
        raise InvalidInput(
            "A name, tag or category is too long, or there are too many tags.",
            hint=f"send at most {LONGEST_TEXT} characters each and {MOST_TAGS} tags",
        )
    try:
        with _ONE_AT_A_TIME:
            added = import_content(library_of(request), texts[0], data, tags, texts[1])
    except PictureUnreadable as error:
        answer = failure_answer(error)
        answer.status_code = 422
        return answer
    request.app.state.place.commit_after("assets import")
    headers = {"Location": f"{API}/assets/{added.asset.id}"}
    return JSONResponse({"asset": added.asset.summary(), "existing": added.existing}, 201, headers)
