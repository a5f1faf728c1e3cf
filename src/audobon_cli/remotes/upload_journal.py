"""Which uploads were begun, so that a killed one goes on where it stopped."""

import contextlib
import hashlib
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.platforms import current
from audobon_cli.storage.durable_files import create_file

SESSION_DAYS = 6
"""Cloud Storage forgets a resumable session after a week."""


@dataclass(slots=True)
class Upload:
    """One upload: the session's URL ("" if there is none yet), and what the server was last known to have.

    ``name`` is the journal's own for it; ``is_kept`` whether it is on disk.
    """

    name: str
    url: str = ""
    received_bytes: int = 0
    progressed: bool = False
    is_kept: bool = False

    def note_received(self, received_bytes: int) -> None:
        """The server has so many bytes; notes whether that is more than before."""
        self.progressed = received_bytes > self.received_bytes
        self.received_bytes = received_bytes

    def forget(self) -> None:
        """There is no session any more: it ended, or the server does not know it."""
        self.url, self.received_bytes = "", 0


class UploadJournal:
    """Sessions by object and content: one small file each in ``folder``, or in memory only (None).

    A session's URL lets whoever has it write that one object, so that the files are their owner's alone.
    A journal that cannot be written costs no more than an upload from the start after a kill.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._uploads: dict[str, Upload] = {}
        self._lock = threading.Lock()
        self.sweep()

    @contextlib.contextmanager
    def upload(self, place: str, content_digest: str) -> Iterator[Upload]:
        """The upload of this content to ``place``; what its URL is at the end of the block is remembered.

        Of two that upload the same to the same place at once one gets the session, the other a fresh one.
        """
        name = hashlib.sha256(f"{place}\n{content_digest}".encode()).hexdigest()
        with self._claim(name) as is_kept:
            with self._lock:
                upload = self._uploads.pop(name, None)
            upload = upload or Upload(name, self._read(name) if is_kept else "")
            upload.is_kept = is_kept
            try:
                yield upload
            finally:
                if upload.url:
                    with self._lock:
                        self._uploads[name] = upload
                self.save(upload)

    def save(self, upload: Upload) -> None:
        """Note the session's URL at once: before its first byte is sent."""
        if self._folder is None or not upload.is_kept:
            return
        path = self._folder / f"{upload.name}.json"
        if not upload.url:
            _unlink(path)
            return
        temporary = path.with_suffix(f".{secrets.token_hex(4)}")
        with contextlib.suppress(OSError):
            with os.fdopen(create_file(temporary, 0o600), "w", encoding="utf-8") as file:
                json.dump({"url": upload.url}, file)
            current().replace(temporary, path)

    def sweep(self) -> None:
        """Remove what no server remembers any more. Errors are left be."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError), os.scandir(self._folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.stat().st_mtime < time.time() - SESSION_DAYS * 86_400:
                        os.unlink(entry.path)

    @contextlib.contextmanager
    def _claim(self, name: str) -> Iterator[bool]:
        if self._folder is None:
            yield False
            return
        with contextlib.ExitStack() as stack:
            try:
                if not current().make_private_folder(self._folder):
                    raise PermissionError(str(self._folder))
                path = self._folder / f"{name}.lock"
                descriptor = current().open_lock(path, 0o600)
                stack.callback(os.close, descriptor)
                is_ours = current().try_lock(descriptor)
                if is_ours:
                    stack.callback(_unlink, path)
                    is_ours = os.fstat(descriptor).st_nlink > 0
            except OSError:
                is_ours = False
            yield is_ours

    def _read(self, name: str) -> str:
        if self._folder is None:
            return ""
        try:
            return str(parse_json(read_bounded(self._folder / f"{name}.json"))["url"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
