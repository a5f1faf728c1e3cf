"""The Hugging Face cache on disk, so that nothing is stored twice and every other tool finds it.

Layout (https://huggingface.co/docs/huggingface_hub/guides/manage-cache): for each repository
``blobs/DIGEST``, ``snapshots/COMMIT/PATH`` as symbolic links to blobs, ``refs/NAME`` with a commit in it.
"""

import contextlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.platforms import current
from audobon_cli.storage.disk_errors import model_errors
from audobon_cli.storage.durable_files import sync_folder
from audobon_cli.storage.links import make_link


@dataclass(frozen=True, slots=True)
class Removed:
    """What a removal freed, and what it left because something else uses it."""

    freed_bytes: int = 0
    kept_bytes: int = 0


@dataclass(frozen=True, slots=True)
class HubCache:
    """One repository's folder in the cache ``root``."""

    root: Path
    repository: str

    @property
    def folder(self) -> Path:
        """The repository's folder."""
        return self.root / f"models--{self.repository.replace('/', '--')}"

    @property
    def incomplete(self) -> Path:
        """For unfinished files: on the same file system, in a folder that other tools do not look at."""
        return self.folder / ".audobon" / "incomplete"

    @property
    def quarantine(self) -> Path:
        """For files that arrived damaged."""
        return self.folder / ".audobon" / "quarantine"

    def blob(self, digest: str) -> Path:
        """Where the content of that digest lies."""
        return self.folder / "blobs" / digest

    def snapshot(self, commit: str) -> Path:
        """The folder that looks like the repository at ``commit``."""
        return self.folder / "snapshots" / commit

    def link(self, commit: str, files: Iterable[tuple[str, str]]) -> None:
        """Make the snapshot show (path, digest) pairs whose blobs are there. Never half a link."""
        with model_errors(self.root):
            folders = set()
            for path, digest in files:
                place = self.snapshot(commit) / path
                place.parent.mkdir(parents=True, exist_ok=True)
                new = place.with_name(f".{secrets.token_hex(8)}.new")
                make_link(new, os.path.relpath(self.blob(digest), place.parent))
                current().replace(new, place)
                folders.add(place.parent)
            for folder in folders:
                sync_folder(folder)

    def write_ref(self, revision: str, commit: str) -> None:
        """Remember that the branch or tag ``revision`` is ``commit``; a commit itself needs no ref."""
        if revision == commit:
            return
        with model_errors(self.root):
            place = self.folder / "refs" / revision
            place.parent.mkdir(parents=True, exist_ok=True)
            new = place.with_name(f".{secrets.token_hex(8)}.new")
            new.write_text(commit, encoding="utf-8")
            current().replace(new, place)

    def remove(self, commit: str, paths: Iterable[str], dry_run: bool = False) -> Removed:
        """Take ``paths`` out of the snapshot, and the blobs that no snapshot shows any more.

        Files of the snapshot that are not named stay, as do blobs that another commit shares: other
        tools may have put them there. With ``dry_run`` it is only counted.
        """
        freed = kept = 0
        with model_errors(self.root):
            places = {self.snapshot(commit) / path for path in paths}
            blobs = {place.resolve() for place in places if place.is_symlink()}
            shown = self._shown(places)
            for blob in blobs:
                size = blob.stat().st_size if blob.is_file() else 0
                goes = blob not in shown and blob.parent == (self.folder / "blobs").resolve()
                freed, kept = (freed + size, kept) if goes else (freed, kept + size)
            if dry_run:
                return Removed(freed, kept)
            for place in places:
                place.unlink(missing_ok=True)
            for blob in blobs - shown:
                if blob.parent == (self.folder / "blobs").resolve():
                    blob.unlink(missing_ok=True)
            self._drop_empty(commit)
        return Removed(freed, kept)

    def _shown(self, places: set[Path]) -> set[Path]:
        """Every blob that some snapshot shows elsewhere than at ``places``."""
        links = (path for path in (self.folder / "snapshots").rglob("*") if path.is_symlink())
        return {path.resolve() for path in links if path not in places}

    def _drop_empty(self, commit: str) -> None:
        """Drop folders that are empty now, and refs to a commit of which nothing is left."""
        snapshot = self.snapshot(commit)
        for folder in sorted((p for p in snapshot.rglob("*") if p.is_dir()), reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()
        with contextlib.suppress(OSError):
            snapshot.rmdir()
        if snapshot.exists():
            return
        for ref in [path for path in (self.folder / "refs").rglob("*") if path.is_file()]:
            if ref.read_text(encoding="utf-8").strip() == commit:
                ref.unlink()
