"""The manifests of pulled and added models: one JSON file each, in the user's data folder."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelBusy, ModelDamaged, ModelExists
from audobon_cli.domain.foreign.documents import parse_json, read_bounded
from audobon_cli.models.source import NAME, Manifest, check_name, manifest_from
from audobon_cli.storage.disk_errors import model_errors
from audobon_cli.storage.durable_files import sync_folder, write_output
from audobon_cli.storage.file_locks import exclusive_lock
from audobon_cli.storage.file_names import same_file_key

MOST_RECORD_BYTES = 64 * 2**20
"""A model has some dozen files; the record of a repository of ten thousand takes 3 MiB."""


@dataclass(frozen=True, slots=True)
class Manifests:
    """All manifests in ``folder``, which need not exist."""

    folder: Path

    def get(self, name: str) -> Manifest | None:
        """The manifest of that name. Raises ModelDamaged if its file is not one."""
        path = self._path(name)
        if not NAME.fullmatch(name) or not path.is_file():
            return None
        try:
            return manifest_from(parse_json(read_bounded(path, MOST_RECORD_BYTES), MOST_RECORD_BYTES))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelDamaged(
                f"The record of the model {name} cannot be read: {path}.",
                hint="remove that file, then pull the model again; what is on disk is not fetched twice",
                path=str(path),
            ) from error

    def all(self) -> tuple[Manifest, ...]:
        """All manifests, by name. Raises ModelDamaged for one that cannot be read."""
        names = sorted(path.stem for path in self.folder.glob("*.json"))
        return tuple(found for name in names if (found := self.get(name)) is not None)

    def new_name(self, name: str) -> str:
        """``name`` if a model may be called that. Raises InvalidInput, or ModelExists where another model's name
        differs in capitals alone: Windows and macOS have one file for both."""
        check_name(name)
        other = next((path.stem for path in self.folder.glob("*.json") if _clash(path.stem, name)), None)
        if other is not None:
            raise ModelExists(
                f"A model is called {other} already, which Windows and macOS take for {name}.",
                hint="give this one a name of its own with --name",
                name=other,
            )
        return name

    def put(self, manifest: Manifest) -> None:
        """Write the manifest, replacing one of its name, durably and in one step."""
        with model_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(manifest.to_dict(), indent=1, ensure_ascii=False) + "\n"
            write_output(self._path(manifest.name), text.encode(), overwrite=True)

    def drop(self, name: str) -> None:
        """Remove the manifest of that name, if there is one."""
        with model_errors(self.folder):
            self._path(name).unlink(missing_ok=True)
            sync_folder(self.folder)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def _clash(one: str, other: str) -> bool:
    return one != other and same_file_key(one) == same_file_key(other)


@contextlib.contextmanager
def model_lock(
    folder: Path, wait_seconds: float, on_wait: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Keep other processes from changing what lies under ``folder`` for the block.

    ``on_wait`` is called before a wait for one of them. Raises ModelBusy.
    """
    with model_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = exclusive_lock(folder / ".lock", 0)
        held = lock.__enter__()
        if not held and wait_seconds:
            lock.__exit__(None, None, None)
            on_wait()
            lock = exclusive_lock(folder / ".lock", wait_seconds)
            held = lock.__enter__()
    try:
        if not held:
            raise ModelBusy(
                f"Another process is fetching or removing the model in {folder}.",
                hint="wait for it to finish, then run the same command again",
                waited_seconds=wait_seconds,
            )
        yield
    finally:
        lock.__exit__(None, None, None)
