"""The variables that name proxies, judged before a connection is made: each library that reads them fails of the same
value in another way, and most of them as if the network did."""

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from urllib.parse import urlsplit

from audobon_cli.domain.errors import ProxyInvalid

SCHEMES = ("http", "https")
OF_REQUESTS, OF_HTTPX = "socks", "socksio"
"""The modules by which they speak SOCKS; botocore speaks none."""

PACKAGES = {OF_REQUESTS: "pysocks", OF_HTTPX: "socksio"}
SOCKS = {OF_REQUESTS: ("socks4", "socks4a", "socks5", "socks5h"), OF_HTTPX: ("socks5", "socks5h")}


def require_usable_proxies(
    address: str = "", socks: str = OF_REQUESTS, variables: Mapping[str, str] | None = None
) -> None:
    """Raise ProxyInvalid where ``address`` would be asked through a proxy that its variable does not name.

    Without an address all variables are judged: httpx reads all of them for any. ``socks`` is the module that the
    library needs for SOCKS ("": it speaks none). ``variables`` are the process's own, where none are given.
    """
    for name, value in _used(address, os.environ if variables is None else variables):
        fault = _fault(value, socks)
        if fault and not _is_bypassed(address):
            raise ProxyInvalid(
                f"{name} names no proxy that can be used: {fault}.",
                hint=_hint(name, value, socks),
                variable=name,
            )


def _used(address: str, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names and values of the variables that count; for the same scheme, the one in small letters."""
    own = urlsplit(address).scheme.replace("ws", "http")
    for scheme in (own, "all") if address else ("https", "http", "all"):
        names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
        name = next((name for name in names if name in variables), "")
        if variables.get(name):
            yield name, variables[name]
            if address:
                return


def _is_bypassed(address: str) -> bool:
    """Whether NO_PROXY says that ``address`` is asked without one."""
    if not address:
        return False
    from requests.utils import should_bypass_proxies

    return bool(should_bypass_proxies(address, None))


def _fault(value: str, socks: str) -> str:
    """What is wrong with ``value``, which may hold a password and is never shown; "" for nothing."""
    if any(not letter.isprintable() or letter.isspace() for letter in value):
        return "it holds a space or a control character"
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "its host or port cannot be read (# and / of a password are written %23 and %2F)"
    if not host:
        return "it has no host"
    if parts.scheme in SOCKS.get(socks, ()):
        return "" if find_spec(socks) else f"the package {PACKAGES[socks]} for SOCKS is missing"
    return "" if parts.scheme in SCHEMES else f"{parts.scheme} is no kind of proxy that serves here"


def _hint(name: str, value: str, socks: str) -> str:
    if value.startswith(SOCKS.get(socks, ())) and not find_spec(socks):
        return f"`pip install {PACKAGES[socks]}`, or set {name} to http://HOST:PORT"
    return f"set {name} to http://HOST:PORT, or `unset {name}`, and run the same command again"
