"""Taking pictures and other media that lie in ordinary files into the library, byte for byte."""

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.asset import FILE_NOTE, INCOMPLETE_NOTE
from audobon_cli.domain.errors import AudobonError, ImportIncomplete, PictureUnreadable
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.foreign.documents import MOST_PICTURE_BYTES, read_named
from audobon_cli.domain.foreign.text import name_of_file
from audobon_cli.domain.ids import AssetId, blob_id
from audobon_cli.domain.media import pixels_of
from audobon_cli.domain.serialization import all_facts
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.library.add import AddedAsset, AssetDraft, add_asset, add_assets
from audobon_cli.library.find_files import FoundFile, find_files
from audobon_cli.library.organize import clean_category, clean_tags
from audobon_cli.library.store.library import Library
from audobon_cli.media.registry import refusal
from audobon_cli.media.sound.ucs import ucs_name
from audobon_cli.media.types import InspectedFile
from audobon_cli.media.untrusted.decoding import inspect_file, inspect_files
from audobon_cli.storage.file_names import check_template, fill_template

BATCH_FILES = 4000
"""So many files are made durable at once; a kill costs at most the work on one batch."""

PROGRESS_EVERY = 50
NAME_FIELDS = frozenset({"stem", "folder", "number", "width", "height", "format"})
DEFAULT_NAME = "{stem}"
MAX_NAME_LENGTH = 300
MOST_FILE_BYTES = 4 * 2**30
"""As large as a WAV can be."""


class ImportStatus(StrEnum):
    """What became of one file."""

    IMPORTED = "imported"
    EXISTING = "existing"
    """The same bytes are in the library already."""
    FAILED = "failed"
    PLANNED = "planned"
    """A dry run: it would be imported."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import. ``name`` is a template over NAME_FIELDS; with ``by_folder`` the folder below the
    one named becomes the category, under ``category`` if that is given."""

    paths: tuple[str, ...]
    tags: tuple[str, ...] = ()
    category: str = ""
    name: str = DEFAULT_NAME
    by_folder: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """One file; ``asset`` is what holds it, ``why`` says what failed, ``lacks`` what is missing in a file that was
    taken as far as it goes."""

    path: Path
    status: ImportStatus
    asset: AssetId | None = None
    why: str = ""
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Every file that was looked at, in order."""

    files: tuple[ImportedFile, ...]

    def count(self, status: ImportStatus) -> int:
        """How many files have ``status``."""
        return sum(file.status is status for file in self.files)

    def error(self) -> AudobonError | None:
        """What to raise when some files failed; None otherwise."""
        failed = [file for file in self.files if file.status is ImportStatus.FAILED]
        if not failed:
            return None
        rest = f", and {len(failed) - 1} more could not be imported" if len(failed) > 1 else ""
        again = "running it again tries these files again"
        others = self.count(ImportStatus.IMPORTED) + self.count(ImportStatus.EXISTING)
        return ImportIncomplete(
            f"{failed[0].path} could not be imported: {failed[0].why}{rest}.",
            hint=f"the others are in the library; {again}" if others else again,
            failed=[{"path": str(file.path), "why": file.why} for file in failed],
        )


def import_files(library: Library, request: ImportRequest, listen: Listener = ignore) -> ImportReport:
    """Put the picture files that ``request`` means into the library, in durable batches.

    Files that cannot be read or are no pictures are reported, not raised, and stop nothing. What is in
    the library already is counted and not stored again, so a stopped import is finished by running it
    again. Raises InvalidInput for paths that mean nothing and for a bad template, and what filing raises.
    """
    check_template(request.name, NAME_FIELDS)
    clean_tags(request.tags)
    clean_category(request.category)
    if not request.dry_run:
        library.require_writable()
    files = find_files(request.paths)
    importer = _Importer(library, request, listen, len(files))
    done: list[ImportedFile] = []
    numbered = enumerate(files, start=1)
    while batch := list(itertools.islice(numbered, BATCH_FILES)):
        done += importer.preview(batch) if request.dry_run else importer.take(batch)
    listen(Progress("import", len(files), len(files), "files"))
    return ImportReport(tuple(done))


def import_content(
    library: Library, name: str, data: bytes, tags: Sequence[str] = (), category: str = ""
) -> AddedAsset:
    """Put one file that lies in memory into the library, byte for byte, as import_files does with those of the disk.

    ``name`` is what the file is called where it comes from; folders in it, also those of other systems, are left out.
    Raises PictureUnreadable, with its reason in ``details["why"]``, InvalidInput for tags or a category that cannot be,
    and what filing raises: then nothing is filed.
    """
    importer = _Importer(library, ImportRequest((), tuple(tags), clean_category(category)), ignore, 1)
    plain = name.replace("\\", "/").rpartition("/")[2].replace("\0", "")
    return add_asset(library, importer.draft(1, FoundFile(Path(plain)), inspect_file(data)), data)


class _Importer:
    def __init__(self, library: Library, request: ImportRequest, listen: Listener, total: int) -> None:
        self._library = library
        self._request = request
        self._listen = listen
        self._total = total
        self._tags = clean_tags(request.tags)
        self._categories: dict[str, str] = {}

    def take(self, batch: Sequence[tuple[int, FoundFile]]) -> list[ImportedFile]:
        failed: dict[int, ImportedFile] = {}
        taken: list[tuple[int, FoundFile, str]] = []

        def pictures() -> Iterator[tuple[AssetDraft, bytes]]:
            for number, file, read in self._read(batch):
                if isinstance(read, ImportedFile):
                    failed[number] = read
                else:
                    taken.append((number, file, _lacks(read[0])))
                    yield read

        filed = add_assets(self._library, pictures())
        done = dict(failed)
        for (number, file, lacks), one in zip(taken, filed, strict=True):
            status = ImportStatus.EXISTING if one.existing else ImportStatus.IMPORTED
            done[number] = ImportedFile(file.path, status, one.asset.id, lacks=lacks)
        return [done[number] for number in sorted(done)]

    def preview(self, batch: Sequence[tuple[int, FoundFile]]) -> list[ImportedFile]:
        done = []
        for _, file, read in self._read(batch):
            if isinstance(read, ImportedFile):
                done.append(read)
                continue
            draft, data = read
            same = self._library.assets.find_same_bytes(blob_id(data), draft.origin_digest)
            status = ImportStatus.PLANNED if same is None else ImportStatus.EXISTING
            done.append(ImportedFile(file.path, status, same.id if same else None, lacks=_lacks(draft)))
        return done

    def _read(
        self, batch: Sequence[tuple[int, FoundFile]]
    ) -> Iterator[tuple[int, FoundFile, tuple[AssetDraft, bytes] | ImportedFile]]:
        """The files of ``batch``, each with what it becomes. Some are read ahead, while others are looked at."""
        waiting: deque[tuple[int, FoundFile, bytes | ImportedFile]] = deque()

        def contents() -> Iterator[bytes]:
            for number, file in batch:
                content = self._content(number, file)
                waiting.append((number, file, content))
                if isinstance(content, bytes):
                    yield content

        for found in inspect_files(contents()):
            while isinstance(waiting[0][2], ImportedFile):
                yield waiting.popleft()  # type: ignore[misc]
            number, file, data = waiting.popleft()
            assert isinstance(data, bytes)
            if isinstance(found, PictureUnreadable):
                why = str(found.details["why"])
                yield number, file, ImportedFile(file.path, ImportStatus.FAILED, why=why)
            else:
                yield number, file, (self.draft(number, file, found), data)
        yield from waiting  # type: ignore[misc]

    def _content(self, number: int, file: FoundFile) -> bytes | ImportedFile:
        if number % PROGRESS_EVERY == 0:
            self._listen(Progress("import", number, self._total, "files"))
        try:
            return read_named(file.path, MOST_PICTURE_BYTES, MOST_FILE_BYTES, refusal)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            return ImportedFile(file.path, ImportStatus.FAILED, why=why)

    def draft(self, number: int, file: FoundFile, found: InspectedFile) -> AssetDraft:
        foreign = found.foreign
        recipe = foreign.recipe
        named = ucs_name(_clean_name(file.path.stem)) if isinstance(found.media, SoundInfo) else None
        tags = (*foreign.tags, *(named.words if named else ()))
        return AssetDraft(
            name=_clean_name(self._name(number, file, found)) or f"picture_{number}",
            kind=found.kind,
            media=found.media,
            created=datetime.now(UTC),
            prompt=foreign.prompt.replace("\0", ""),
            model=foreign.model,
            quality=recipe.quality if recipe else "",
            style=recipe.style if recipe else "",
            seed=foreign.seed,
            category=self._category(file.folder) or (clean_category(named.category) if named else ""),
            tags=clean_tags((*self._request.tags, *tags)) if tags else self._tags,
            note=foreign.note,
            rating=foreign.rating,
            recipe=recipe,
            format=found.format,
            same_bytes=True,
            metadata={
                **foreign.details,
                **({"ucs": all_facts(named)} if named else {}),
                FILE_NOTE: _clean_name(file.path.name),
            },
        )

    def _name(self, number: int, file: FoundFile, found: InspectedFile) -> str:
        if self._request.name == DEFAULT_NAME:
            return file.path.stem
        image = pixels_of(found.media)
        values = {
            "stem": file.path.stem,
            "folder": file.path.absolute().parent.name,
            "number": str(number),
            "width": str(image.width),
            "height": str(image.height),
            "format": found.format,
        }
        return fill_template(self._request.name, values)

    def _category(self, folder: str) -> str:
        if folder not in self._categories:
            parts = (self._request.category, folder if self._request.by_folder else "")
            self._categories[folder] = clean_category("/".join(part for part in parts if part))
        return self._categories[folder]


def _lacks(draft: AssetDraft) -> str:
    return str(draft.metadata.get(INCOMPLETE_NOTE, ""))


def _clean_name(text: str) -> str:
    """``text`` as a name: one line of at most 300 characters."""
    return name_of_file(" ".join(text.split()))[:MAX_NAME_LENGTH].strip()
