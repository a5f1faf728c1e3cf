"""The files of a batch: the same name for the same picture each time, so that running again writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.batch.resolve import BatchJob
from audobon_cli.domain.errors import InvalidInput, OutputExists, OutputUnwritable
from audobon_cli.domain.ids import BlobId, blob_id
from audobon_cli.domain.request import ResolvedRequest, prompt_snippet
from audobon_cli.generation.outputs import holds, probe_folder, suffix_of
from audobon_cli.library.store.blobs import BlobStore
from audobon_cli.media.registry import medium_named
from audobon_cli.storage.durable_files import output_errors, write_output
from audobon_cli.storage.file_names import same_file_key
from audobon_cli.transfer.checksums import digest_of

DIGEST_LENGTH = 8
"""Of the recipe's digest in a file's name: enough to tell the pictures of one prompt apart."""


@dataclass(frozen=True, slots=True)
class BatchFiles:
    """Where the pictures of ``jobs`` (by their indexes) are written. Implements generation.outputs.OutputFiles.

    A row's own name counts from ``folder``; other pictures are called PROMPT_DIGEST.png there. A file that is
    in the way is replaced if its bytes are in the library (``blobs``) anyway, or with ``overwrite``.
    """

    folder: Path
    jobs: Mapping[int, BatchJob]
    blobs: BlobStore
    overwrite: bool = False

    def check(self, requests: Sequence[ResolvedRequest]) -> None:
        """See OutputFiles.check. Raises also InvalidInput for names that cannot be, or are given twice."""
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputUnwritable(f"{self.folder} is a file, not a folder.", hint="give another --out")
        named: dict[str, BatchJob] = {}
        folders = {self.folder}
        for job in self.jobs.values():
            if not job.out:
                continue
            path = self._named(job)
            suffix = suffix_of([job.request])
            if path.suffix.lower() != suffix:
                raise InvalidInput(
                    f"Line {job.line}: --out {job.out} does not end in {suffix}.",
                    hint=f"write a {suffix[1:].upper()}",
                )
            other = named.setdefault(same_file_key(str(path)), job)
            if other is not job:
                alike = "" if other.out == job.out else f", which {other.out} is on Windows and Macs"
                raise InvalidInput(
                    f"Lines {other.line} and {job.line} are both written to {job.out}{alike}.",
                    hint="give each its own --out; a name may use the row's variables",
                )
            self._refuse_foreign(path)
            folders.add(path.parent)
        for folder in folders:
            probe_folder(folder)

    def write(self, data: bytes, request: ResolvedRequest, engine: str, index: int) -> Path:
        """See OutputFiles.write; ``index`` is the job's."""
        job = self.jobs[index]
        path = self._named(job) if job.out else self.folder / _name(data, request)
        with output_errors(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
        if not holds(path, data):
            self._refuse_foreign(path)
            write_output(path, data, overwrite=path.exists())
        return path

    def _named(self, job: BatchJob) -> Path:
        return self.folder / Path(job.out).expanduser()

    def _refuse_foreign(self, path: Path) -> None:
        if path.is_dir():
            raise OutputUnwritable(f"{path} is a folder.", hint="give another --out", path=str(path))
        if not path.exists() or self.overwrite:
            return
        with output_errors(path):
            known = path.is_file() and BlobId(digest_of(path, "sha256")) in self.blobs
        if not known:
            raise OutputExists(
                f"{path} exists already, and is not a picture of the library.",
                hint="give another --out, or --overwrite",
                path=str(path),
            )


def _name(data: bytes, request: ResolvedRequest) -> str:
    medium = medium_named(request.output.medium)
    recipe = medium.read_recipe(data)
    digest = recipe.digest if recipe is not None else blob_id(data)
    return f"{prompt_snippet(request.prompt)}_{digest[:DIGEST_LENGTH]}{medium.suffix}"
