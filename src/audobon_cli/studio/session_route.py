"""The token, handed in for a cookie."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from audobon_cli.domain.errors import InvalidInput, TokenRequired
from audobon_cli.studio.access import API, StudioSecrets

MOST_BYTES = 1024
"""Of a body: a token is 43 characters."""


async def open_session(request: Request, body: Mapping[str, Any]) -> Response:
    """204 and a cookie for ``{"token": "..."}``. Raises InvalidInput and TokenRequired."""
    held: StudioSecrets = request.app.state.secrets
    token: str = body["token"]
    if not token.isascii():
        raise InvalidInput("The token has other letters than a token has.", hint="give it as it was printed")
    if not held.opens_session(token):
        raise TokenRequired(
            "This is not the token of this start.", hint="open the address that the studio printed"
        )
    answer = Response(status_code=204)
    answer.set_cookie(held.cookie_name, held.cookie, path=API, httponly=True, samesite="strict")
    return answer
