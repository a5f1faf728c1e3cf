"""Under which addresses the page is reached: what Host and Origin are compared with, to the letter."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.domain.errors import InvalidInput

LOOPBACK = "127.0.0.1"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<host>[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::(?P<port>\d{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the server listens, and each origin (``http://127.0.0.1:4747``) that is its own; the first is told to
    people."""

    host: str
    port: int
    origins: tuple[str, ...]

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it, as far as the server knows."""
        return is_loopback(self.host) and all(is_loopback(_host_of(one)) for one in self.origins)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is declared to be reached by TLS alone, but for this machine's own names."""
        return all(one.startswith("https://") or is_loopback(_host_of(one)) for one in self.origins)

    def origins_of(self, host: str) -> tuple[str, ...]:
        """The origins of pages that come with the header ``Host: host``; none for a host that is not ours."""
        return tuple(one for one in self.origins if one.partition("://")[2] == host)


def local_site(port: int) -> Site:
    """That of a studio for this machine alone."""
    return make_site(LOOPBACK, port)


def make_site(host: str, port: int, names: Sequence[str] = (), encrypted: bool = False) -> Site:
    """The site of a server that listens at the address ``host``, and is reached under ``names``, too.

    A name is a host (its port is that of the server), or an origin as browsers show it, such as
    ``https://studio.example`` of a proxy. ``encrypted``: the server itself speaks TLS. Raises InvalidInput for what is
    no name, and for every address of the machine (``0.0.0.0``) without one.
    """
    own = "https" if encrypted else "http"
    found = [_origin(name, own, port) for name in names]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        if not names:
            raise InvalidInput(
                f"{host} is every address of this machine: the name by which the page is reached is missing.",
                hint=f"audobon studio --host {host} --name 192.168.1.5 --password-file FILE",
            )
        hosts = [LOOPBACK, "localhost"]
    else:
        hosts = [
            f"[{host}]" if address.version == 6 else host,
            *(["localhost"] if address.is_loopback else []),
        ]
    found += [_written(own, one, port) for one in hosts]
    return Site(host, port, tuple(dict.fromkeys(found)))


def checked_host(text: str) -> str:
    """``text`` as an address to listen at; ``localhost`` is 127.0.0.1. Raises InvalidInput for what is none."""
    try:
        return LOOPBACK if text == "localhost" else str(ipaddress.ip_address(text.strip("[]")))
    except ValueError as error:
        raise InvalidInput(
            f"{text!r} is no address to listen at.",
            hint="give one of this machine, such as --host 192.168.1.5; names go to --name",
        ) from error


def is_loopback(host: str) -> bool:
    """Whether ``host`` (a name, or an address without a port) is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _host_of(origin: str) -> str:
    name = origin.partition("://")[2]
    return name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]


def _origin(name: str, scheme: str, port: int) -> str:
    found = _NAME.fullmatch(name.strip().lower().rstrip("/"))
    if found is None or not 0 < int(found["port"] or 1) < 65536 or ".." in name:
        raise InvalidInput(
            f"{name!r} is no name of a host.",
            hint="give --name studio.example, or --name https://studio.example",
        )
    if found["scheme"]:
        return _written(found["scheme"], found["host"], int(found["port"] or _DEFAULT_PORTS[found["scheme"]]))
    return _written(scheme, found["host"], int(found["port"] or port))


def _written(scheme: str, host: str, port: int) -> str:
    """As browsers write it: without the port that the scheme has anyway."""
    return f"{scheme}://{host}" if port == _DEFAULT_PORTS[scheme] else f"{scheme}://{host}:{port}"
