"""Is a newer version on the package index? Asked by `doctor` alone, and never waited for longer than a second."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from audobon_cli.__about__ import __version__
from audobon_cli.domain.errors import ProxyInvalid
from audobon_cli.domain.foreign.documents import parse_json_object
from audobon_cli.settings.proxies import require_usable_proxies
from audobon_cli.settings.settings import Settings
from audobon_cli.transfer.http import broken_off, leave_headers

if TYPE_CHECKING:
    from packaging.version import Version

PACKAGE = "audobon-cli"
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
"""The index's list of a project's files: packaging.python.org/en/latest/specifications/simple-repository-api/"""
WAIT_SECONDS = 1.0
MOST_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class UpdateNotice:
    """``newer`` is the version to upgrade to, "" if there is none or that is not known; ``message`` says which."""

    message: str
    newer: str = ""


@dataclass
class UpdateQuery:
    """A question to the index, asked on a thread of its own: a name server or a server that is silent holds up
    nobody, and is left behind when the command ends."""

    index: str
    version: str = __version__
    _found: list[UpdateNotice] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._ask, name="update-query", daemon=True)
        self._thread.start()

    def notice(self) -> UpdateNotice:
        """What came of it, a second after it was asked at the latest."""
        self._thread.join(max(0.0, self._begun + WAIT_SECONDS - time.monotonic()))
        if self._found:
            return self._found[0]
        return _unknown(f"{self._host} took too long")

    @property
    def _host(self) -> str:
        return urlsplit(self.index).hostname or "the index"

    def _ask(self) -> None:
        import requests
        import urllib3

        try:
            self._found.append(self._compared())
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            self._found.append(_unknown(f"{self._host}: {broken_off(error)}"))
        except ProxyInvalid as error:
            self._found.append(_unknown(error.message.rstrip(".")))
        except ValueError:
            self._found.append(_unknown(f"{self._host} gave no list of versions"))

    def _compared(self) -> UpdateNotice:
        newest = _newest(_listed(self.index), self.version)
        if newest is None:
            return UpdateNotice(f"{self.version} is the newest version")
        return UpdateNotice(f"{newest} is out; this is {self.version}", str(newest))


def begin_update_query(settings: Settings) -> UpdateQuery | None:
    """Ask the index, unless the settings forbid it."""
    if settings.offline or not settings.update_check:
        return None
    return UpdateQuery(settings.update_index)


def _unknown(why: str) -> UpdateNotice:
    return UpdateNotice(f"not known whether there is a newer version: {why}")


def _listed(index: str) -> dict[str, Any]:
    import requests

    require_usable_proxies(index)
    with requests.Session() as session:
        session.auth = leave_headers
        url, headers = f"{index.rstrip('/')}/{PACKAGE}/", {"Accept": SIMPLE_JSON}
        with session.get(url, headers=headers, timeout=WAIT_SECONDS, stream=True) as answer:
            if answer.status_code != 200:
                raise ValueError(f"the index answered {answer.status_code}")
            return parse_json_object(
                answer.raw.read(MOST_BYTES + 1, decode_content=True), MOST_BYTES, lenient=True
            )


def _newest(listed: dict[str, Any], current: str) -> "Version | None":
    """The newest version that is newer than ``current`` and can be installed here; releases before their time only for
    those who have one already."""
    from packaging.version import Version

    here = Version(current)
    better = (found for found in _installable(listed) if found > here)
    return max((found for found in better if here.is_prerelease or not found.is_prerelease), default=None)


def _installable(listed: dict[str, Any]) -> Iterator["Version"]:
    """Versions of the files that were not withdrawn and take this Python."""
    import platform

    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    files = listed.get("files")
    for file in files if isinstance(files, list) else ():
        if not isinstance(file, dict) or file.get("yanked"):
            continue
        name = str(file.get("filename", ""))
        try:
            wanted = SpecifierSet(str(file.get("requires-python") or ""))
            version = (
                parse_wheel_filename(name)[1] if name.endswith(".whl") else parse_sdist_filename(name)[1]
            )
        except (InvalidSpecifier, InvalidWheelFilename, InvalidSdistFilename):
            continue
        if wanted.contains(platform.python_version(), prereleases=True):
            yield version
