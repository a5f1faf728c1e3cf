"""The one thing that is posted: the token, for a cookie."""

from starlette.requests import Request
from starlette.responses import Response

from audobon_cli.domain.errors import BodyTooLarge, ContentTypeUnsupported, InvalidInput, TokenRequired
from audobon_cli.domain.foreign.documents import parse_json
from audobon_cli.studio.access import StudioSecrets

MOST_BYTES = 1024
"""Of a body: a token is 43 characters."""


async def open_session(request: Request) -> Response:
    """204 and a cookie for ``{"token": "..."}``.

    Raises ContentTypeUnsupported, BodyTooLarge, InvalidInput and TokenRequired. Only application/json is taken: no
    form of another page can send it.
    """
    held: StudioSecrets = request.app.state.secrets
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ContentTypeUnsupported("The body must be application/json.", hint="set the Content-Type header")
    given = _token_in(await _body(request))
    if not held.opens_session(given):
        raise TokenRequired(
            "This is not the token of this start.", hint="open the address that the studio printed"
        )
    answer = Response(status_code=204)
    answer.set_cookie(held.cookie_name, held.cookie, path="/api/v1", httponly=True, samesite="strict")
    return answer


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise BodyTooLarge(f"The body has more than {MOST_BYTES} bytes.", hint="send the token alone")
    return body


def _token_in(body: bytes) -> str:
    try:
        data = parse_json(body)
    except ValueError as error:
        raise InvalidInput("The body is not JSON.", hint='send {"token": "..."}') from error
    token = data.get("token") if isinstance(data, dict) else None
    if not isinstance(token, str) or not token.isascii():
        raise InvalidInput("The body has no token.", hint='send {"token": "..."}')
    return token
