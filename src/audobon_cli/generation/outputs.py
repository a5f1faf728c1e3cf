"""Where generated pictures are written besides the library, decided and checked before any is made."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.composition import COMPOSER
from audobon_cli.domain.errors import InvalidInput, OutputExists, OutputUnwritable
from audobon_cli.domain.model import LOCAL_ENGINE
from audobon_cli.domain.request import ResolvedRequest, prompt_snippet, shifted_seed
from audobon_cli.generation.cache import RETRY_SEED_STEP
from audobon_cli.media.registry import medium_named
from audobon_cli.storage.durable_files import output_errors, write_output
from audobon_cli.storage.file_names import check_names

VECTOR_SUFFIX = ".svg"
PIXEL = "pixel"
"""The style that has no vectors."""

MAX_SAME_NAMES = 10_000
MOST_ATTEMPTS = 32
"""Far more than settings let a picture be tried again."""


class OutputFiles(Protocol):
    """Where the pictures of a run are written."""

    def check(self, requests: Sequence[ResolvedRequest]) -> None:
        """Find out before the run whether writing will work. Raises OutputUnwritable or OutputExists."""
        ...

    def write(self, data: bytes, request: ResolvedRequest, engine: str, index: int) -> Path:
        """Write one picture, whole or not at all, and tell where. ``index`` counts over the run."""
        ...


@dataclass(frozen=True, slots=True)
class Outputs:
    """A plan for the files of one run.

    ``file`` names the picture (several get ``_1``, ``_2`` ... before the suffix); without it pictures
    go to ``folder`` under ``{service}_{prompt_snippet}_{iso_timestamp}.png`` (or the ending of another medium);
    the service is the provider, or ``local`` whatever engine of this machine drew it.
    Nothing is overwritten unless ``overwrite``; a file that already holds the very same bytes counts as written.
    """

    folder: Path
    file: Path | None
    total: int
    overwrite: bool = False

    @classmethod
    def plan(
        cls, out: str | None, default_folder: Path, total: int, overwrite: bool, suffix: str = ".png"
    ) -> "Outputs":
        """The plan for ``--out OUT``: a file, a folder (existing, or ending in a slash), or None.

        Raises InvalidInput for a file whose ending is not ``suffix``, that of what is made.
        """
        if out is None:
            return cls(default_folder, None, total, overwrite)
        path = Path(out).expanduser()
        check_names(
            path if total == 1 or not path.suffix else path.with_name(f"{path.stem}_{total}{path.suffix}")
        )
        if path.is_dir() or out.endswith(("/", os.sep)):
            return cls(path, None, total, overwrite)
        if path.suffix.lower() == VECTOR_SUFFIX and suffix == ".png":
            return cls(path.parent, path, total, overwrite)
        if path.suffix.lower() != suffix:
            kind = suffix[1:].upper()
            raise InvalidInput(
                f"--out {out} does not end in {suffix}.",
                hint=f"write a folder as {out}/; pictures are {kind}, and `audobon assets export` makes others",
            )
        return cls(path.parent, path, total, overwrite)

    def check(self, requests: Sequence[ResolvedRequest]) -> None:
        """Find out before the run whether writing will work.

        Raises OutputUnwritable, or OutputExists when a file is in the way that was not made by the
        same request (a rerun after a kill must go through).
        """
        if self.file is None and self.folder.exists() and not self.folder.is_dir():
            raise OutputUnwritable(f"{self.folder} is a file, not a folder.", hint="give another --out")
        if self.is_vector:
            _check_vectors(requests)
        probe_folder(self.folder)
        if self.file is not None and not self.overwrite:
            pictures = ((request, seed) for request in requests for seed in request.seeds())
            for index, (request, seed) in enumerate(pictures):
                self._refuse_foreign(self._numbered(self.file, index), request, seed)

    def write(self, data: bytes, request: ResolvedRequest, engine: str, index: int) -> Path:
        """Write one picture, whole or not at all, and tell where. ``index`` counts over the run."""
        with output_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        if self.file is not None:
            path = self._numbered(self.file, index)
            data = _vectors(data, request) if self.is_vector else data
            if not holds(path, data):
                write_output(path, data, self.overwrite)
            return path
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        suffix = medium_named(request.output.medium).suffix
        service = engine if request.model.remote else LOCAL_ENGINE
        stem = f"{service}_{prompt_snippet(request.prompt)}_{stamp}"
        for attempt in range(MAX_SAME_NAMES):
            path = self.folder / f"{stem}{suffix if attempt == 0 else f'_{attempt + 1}{suffix}'}"
            try:
                write_output(path, data)
            except OutputExists:
                continue
            return path
        raise OutputExists(f"{self.folder} holds {MAX_SAME_NAMES} pictures named {stem}.", hint="give --out")

    @property
    def is_vector(self) -> bool:
        """Whether the file is to hold the composition in vectors."""
        return self.file is not None and self.file.suffix.lower() == VECTOR_SUFFIX

    def _numbered(self, file: Path, index: int) -> Path:
        return file if self.total == 1 else file.with_name(f"{file.stem}_{index + 1}{file.suffix}")

    def _refuse_foreign(self, path: Path, request: ResolvedRequest, seed: int) -> None:
        if not path.exists() and not path.is_symlink():
            return
        medium = medium_named(request.output.medium)
        recipe = medium.read_recipe(path) if path.is_file() else None
        if recipe is None and self.is_vector:
            from audobon_cli.exemplars.vector_file import read_vector_recipe

            recipe = read_vector_recipe(path)
        if (
            recipe is not None
            and recipe.seed in _seeds_of_picture(request, seed)
            and (recipe.resolved_prompt, recipe.steps, recipe.model)
            == (request.resolved_prompt, request.steps, request.model.name)
        ):
            return
        raise OutputExists(
            f"{path} exists already.", hint="give another --out, or --overwrite", path=str(path)
        )


def _seeds_of_picture(request: ResolvedRequest, seed: int) -> Iterator[int]:
    """The seeds that the picture asked for with ``seed`` may have been drawn with: those of its candidates, and of
    what is tried instead of a bad one."""
    for attempt in range(MOST_ATTEMPTS):
        yield from request.candidate_seeds(shifted_seed(seed, attempt * RETRY_SEED_STEP))


def _check_vectors(requests: Sequence[ResolvedRequest]) -> None:
    """Raise InvalidInput unless all of ``requests`` are compositions in vectors."""
    for request in requests:
        composed = request.composition is not None and request.engine == COMPOSER
        if not composed:
            raise InvalidInput(
                f"{request.prompt!r} is not drawn in vectors: a network draws pixels.",
                hint="give --strength 0 and a prompt of things that are in the store, or write a .png",
            )
        if request.image.dress is not None:
            raise InvalidInput(
                "A style card is applied to pixels, not to vectors.",
                hint="leave out --style-of, or write a .png",
            )
        if request.composition is not None and request.composition.style == PIXEL:
            raise InvalidInput("Pixel art has no vectors.", hint="leave out --style pixel, or write a .png")


def _vectors(data: bytes, request: ResolvedRequest) -> bytes:
    """The SVG document of the composition whose picture is ``data``."""
    from audobon_cli.exemplars.plan import store_for
    from audobon_cli.exemplars.vector_file import vector_file

    recipe = medium_named(request.output.medium).read_recipe(data)
    assert recipe is not None
    composition = request.composition
    assert composition is not None
    return vector_file(recipe, lambda _things: store_for(composition))


def suffix_of(requests: Sequence[ResolvedRequest]) -> str:
    """The ending of the files of what ``requests`` make: of the first, where they are of several media."""
    return medium_named(requests[0].output.medium).suffix


def probe_folder(folder: Path) -> None:
    """Find out whether files can be written to ``folder``, or to where it will be made. Raises OutputUnwritable."""
    probe = folder
    while not probe.exists() and probe != probe.parent:
        probe = probe.parent
    import tempfile

    with output_errors(probe), tempfile.TemporaryFile(dir=probe):
        pass  # permissions, read-only media and full disks show by trying alone


def holds(path: Path, data: bytes) -> bool:
    """Whether the file at ``path`` has the very bytes ``data``."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
