"""Who may ask: only under an address that is ours, only our own page or a program, only with token, cookie or password.

A page of another site can send requests to 127.0.0.1, and by DNS rebinding even read the answers as its own. So the
Host must be one of ours to the letter, an Origin must be ours, and a browser that says where a request comes from
(Sec-Fetch-Site) must say that it is this page or the user. ``same-site`` is refused as well: for a browser all ports of
localhost are one site, so SameSite=Strict alone would let every other local page in.
"""

import hashlib
import hmac
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import ClassVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from audobon_cli.domain.errors import AudobonError, RequestRefused, TokenRequired
from audobon_cli.domain.events import Event
from audobon_cli.studio.answers import failure_answer
from audobon_cli.studio.login.password import Password
from audobon_cli.studio.login.site import Site

API = "/api/v1"
OPEN_PATHS = frozenset((f"{API}/healthz", f"{API}/readyz", f"{API}/session"))
"""Paths below API that need no token: what a supervisor asks, and where the token itself is handed in."""

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Of every answer that has not its own."""
MOST_SESSIONS = 1_000
SESSION_SECONDS = 12 * 3600.0
"""So long a session that a password opens may stand unused."""


@dataclass(frozen=True, slots=True)
class StudioReady(Event):
    """The local page answers at ``address``, which holds the token of this start."""

    event: ClassVar[str] = "studio_ready"
    private: ClassVar[tuple[str, ...]] = ("address", "token")
    address: str
    token: str


class StudioSecrets:
    """The secrets of one start: the token of the address, sessions, and the password where there is one.

    For several threads.
    """

    def __init__(self, site: Site, password: Password | None = None) -> None:
        self.site = site
        self.password = password
        self.token = secrets.token_urlsafe(32)
        self.cookie_name = f"audobon_studio_{site.port}"  # browsers keep one jar for all ports
        self._codes: set[str] = set()
        self._sessions: OrderedDict[bytes, float] = OrderedDict()
        """The hash of each cookie, and when it was last used."""
        self._turn = threading.Lock()

    @property
    def address(self) -> str:
        """Where the page is. The token stands in the fragment, which browsers send to nobody."""
        return f"{self.site.origins[0]}/#token={self.token}"

    def address_for_once(self) -> str:
        """The same with a code that opens one session and is void then: other users see a browser's command line."""
        code = secrets.token_urlsafe(32)
        self._codes.add(code)
        return f"{self.site.origins[0]}/#token={code}"

    def is_by_tls(self, host: str) -> bool:
        """Whether the pages of ``host`` come by TLS alone."""
        return all(origin.startswith("https://") for origin in self.site.origins_of(host))

    def admits_token(self, given: str) -> bool:
        """Whether ``given`` is the token, compared in constant time."""
        return hmac.compare_digest(given.encode(), self.token.encode())

    def opens_session(self, given: str) -> bool:
        """Whether ``given`` is the token, or a code that was not used before."""
        if given in self._codes:
            self._codes.remove(given)
            return True
        return self.admits_token(given)

    def new_session(self) -> str:
        """What the cookie of a session that begins now holds."""
        value = secrets.token_urlsafe(32)
        with self._turn:
            self._sessions[_hash(value)] = time.monotonic()
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return value

    def end_session(self, headers: Headers) -> None:
        """Forget the session of a request, if it has one."""
        with self._turn:
            for value in _cookies(headers.getlist("cookie"), self.cookie_name):
                self._sessions.pop(_hash(value), None)

    def admits(self, headers: Headers) -> bool:
        """Whether a request has the token (``Authorization: Bearer``) or the cookie of a session."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.admits_token(given.strip()):
            return True
        values = _cookies(headers.getlist("cookie"), self.cookie_name)
        with self._turn:
            return any(self._is_open(_hash(value)) for value in values)

    def _is_open(self, session: bytes) -> bool:
        """Whether a session goes on; one that was long not used is over where a password opens it."""
        used, now = self._sessions.get(session), time.monotonic()
        if used is None:
            return False
        if self.password is not None and now - used > SESSION_SECONDS:
            del self._sessions[session]
            return False
        self._sessions[session] = now
        self._sessions.move_to_end(session)
        return True


def _hash(value: str) -> bytes:
    """What a cookie is known by: looking for it tells nobody by its time how much of it was right."""
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()


def _cookies(lines: Sequence[str], name: str) -> list[str]:
    found = []
    for line in lines:
        try:
            cookie = SimpleCookie(line)
        except CookieError:
            continue
        if name in cookie:
            found.append(cookie[name].value)
    return found


class AccessGuard:
    """Stands before the whole application and sets the headers of safety on every answer."""

    def __init__(self, app: ASGIApp, held: StudioSecrets) -> None:
        self.app = app
        self.held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self._refused(scope)
        await (failure_answer(refused) if refused else self.app)(scope, receive, guarded)

    def _refused(self, scope: Scope) -> AudobonError | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        own = self.held.site.origins_of(hosts[0]) if len(hosts) == 1 else ()
        if not own:
            return RequestRefused("The Host is not this server's.", hint="open the address that it printed")
        origins = headers.getlist("origin")
        if origins and (len(origins) > 1 or origins[0] not in own):
            return RequestRefused("The request comes from another page.", hint="ask without an Origin")
        if any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
            return RequestRefused(
                "The request comes from another page.", hint="open the address that the studio printed"
            )
        path = scope["path"]
        if path.startswith(f"{API}/") and path not in OPEN_PATHS and not self.held.admits(headers):
            hint = "open the address that the studio printed" + (", or log in" if self.held.password else "")
            return TokenRequired("The token is missing, or of another start.", hint=hint)
        return None
