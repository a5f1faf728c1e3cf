"""``/session``: the token or the password, handed in for a cookie; and the way out."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from audobon_cli.domain.errors import InvalidInput, PasswordWrong, TokenRequired
from audobon_cli.studio.access import API, StudioSecrets

MOST_BYTES = 4 * 1024
"""Of a body: a password of five hundred characters, escaped."""


def open_session(request: Request, body: Mapping[str, Any]) -> Response:
    """204 and a cookie for ``{"token": "..."}``, or ``{"password": "..."}`` where the studio has one.

    Raises InvalidInput, TokenRequired, PasswordWrong and PasswordTriesSpent.
    """
    held: StudioSecrets = request.app.state.secrets
    if ("token" in body) == ("password" in body):
        raise InvalidInput(
            "Hand in the token or the password.", hint='{"token": "..."} or {"password": "..."}'
        )
    if "token" in body:
        _check_token(held, body["token"])
    else:
        _check_password(held, body["password"], request.client.host if request.client else "")
    answer = Response(status_code=204)
    by_tls = held.is_by_tls(request.headers.get("host", ""))
    answer.set_cookie(
        held.cookie_name, held.new_session(), path=API, httponly=True, samesite="strict", secure=by_tls
    )
    return answer


def close_session(request: Request, _: Mapping[str, Any]) -> Response:
    """204: the session of the cookie is over, in all tabs of the browser."""
    held: StudioSecrets = request.app.state.secrets
    held.end_session(request.headers)
    answer = Response(status_code=204)
    answer.delete_cookie(held.cookie_name, path=API, httponly=True, samesite="strict")
    return answer


def _check_token(held: StudioSecrets, token: str) -> None:
    if not token.isascii():
        raise InvalidInput("The token has other letters than a token has.", hint="give it as it was printed")
    if not held.opens_session(token):
        raise TokenRequired(
            "This is not the token of this start.", hint="open the address that the studio printed"
        )


def _check_password(held: StudioSecrets, given: str, address: str) -> None:
    if held.password is None:
        raise InvalidInput("This studio has no password.", hint="open the address that it printed")
    if not held.password.admits(given, address):
        raise PasswordWrong("This is not the password.", hint="it is the first line of the --password-file")
