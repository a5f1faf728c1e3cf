"""Imports that open no socket."""

import socket


def import_without_sockets() -> None:
    """Import urllib3, which every engine's libraries import, without its probe for IPv6.

    On import it binds a socket to localhost (urllib3.util.connection.HAS_IPV6): nothing is sent, but a
    program that was told to stay offline opens no socket at all. What it then believes, that there is no
    IPv6, matters to nobody offline.
    """
    before = socket.has_ipv6
    socket.has_ipv6 = False
    try:
        import urllib3.util.connection  # noqa: F401
    finally:
        socket.has_ipv6 = before
