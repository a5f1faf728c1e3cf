"""Running operations: read, work, and file each result with its derivation, or write it as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.__about__ import __version__
from audobon_cli.derivations.operation import MEASURED_FACTS, AssetOperation
from audobon_cli.derivations.registry import REGISTRY
from audobon_cli.derivations.sources import (
    Reader,
    Source,
    are_files,
    asset_sources,
    file_sources,
    with_files_of_folders,
)
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.derivation import Derivation, Parent
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.domain.media import MediaInfo
from audobon_cli.library.store.rows import RelationKind
from audobon_cli.media.registry import medium_of
from audobon_cli.storage.durable_files import output_errors, output_exists, write_output
from audobon_cli.storage.file_names import file_names

if TYPE_CHECKING:
    from audobon_cli.library.add import AssetDraft
    from audobon_cli.library.store.library import Library

BATCH = 256
"""Results filed in one transaction: a kill loses at most so many, which the same command makes again."""


@dataclass(frozen=True, slots=True)
class Task:
    """One result to make. ``sources[0]`` is what is worked on; ``name`` the result's."""

    operation: AssetOperation
    sources: tuple[Source, ...]
    name: str
    variant: bool = False
    """Whether the result is another version of its first source, as a palette swap is."""
    named: bool = False
    """Whether a user chose the name; others are made unlike those of the library's assets."""


@dataclass(frozen=True, slots=True)
class OperationResult:
    """A result: as an asset, as a file, or (a dry run) neither. ``facts`` is what the operation measured; ``existing``
    tells that the very same asset was in the library; ``data`` is the file while it is nowhere else."""

    task: Task
    media: MediaInfo
    format: str
    facts: Mapping[str, Any]
    size_bytes: int
    asset: Asset | None = None
    path: Path | None = None
    existing: bool = False
    data: bytes = b""

    @property
    def source(self) -> Source:
        """The result as an input of another operation."""
        if self.asset is not None:
            return Source(self.asset.name, asset=self.asset)
        if not self.data:
            return Source(self.task.name, path=self.path)
        medium = medium_of(self.media)
        return Source(self.task.name, content=medium.decode(self.data, self.task.name))


@dataclass(frozen=True, slots=True)
class OperationContext:
    """Where results go. ``library`` None: the inputs are files, and results are files only.

    ``out`` is a file's name (for one result) or a folder. ``dry_run`` works everything out and
    writes nothing.
    """

    library: "Library | None"
    listen: Listener
    out: Path | None = None
    into_folder: bool = False
    overwrite: bool = False
    dry_run: bool = False


def open_context(
    texts: Sequence[str], library: "Callable[[], Library]", context: OperationContext
) -> tuple[OperationContext, list[Source]]:
    """The inputs that ``texts`` name, and ``context`` for them; the library is opened for assets alone.

    A folder means the files in it, unless an asset is called so. Raises InvalidInput for files without ``out`` and for
    folders without files, AssetNotFound or AssetAmbiguous.
    """
    if not texts:
        raise InvalidInput("Nothing was named to work on.", hint="name assets or files")
    texts = with_files_of_folders(texts, library)
    if are_files(texts):
        if context.out is None and not context.dry_run:
            raise InvalidInput(
                "Files are worked on without the library, so the result needs a place.",
                hint="add --out FILE or --out FOLDER/, or import them: `audobon assets import`",
            )
        return replace(context, library=None), file_sources(texts)
    opened = library()
    return replace(context, library=opened), asset_sources(opened, texts)


def make(tasks: Sequence[Task], context: OperationContext) -> list[OperationResult]:
    """Do ``tasks`` in order and file or write their results, in batches; what is done stays when a later
    one fails. Raises PictureUnusable, SoundUnusable, SoundUnusable, InvalidInput, and what filing and writing raise.
    """
    if context.library is not None and not context.dry_run:
        context.library.require_writable()
    reader = Reader(context.library)
    tasks = [replace(task, operation=task.operation.settled()) for task in tasks]
    done: list[OperationResult] = []
    paths = _paths(tasks, context)
    for start in range(0, len(tasks), BATCH):
        batch = []
        for task in tasks[start : start + BATCH]:
            batch.append(_worked(task, reader))
            context.listen(Progress(task.operation.name, len(done) + len(batch), len(tasks), "assets"))
        if context.library is not None and not context.dry_run:
            batch = file_results(context.library, batch)
        for made, path in zip(batch, paths[start:], strict=False):
            if path is not None and not context.dry_run:
                write_result(path, made.data, context.overwrite)
            kept = made.data if context.dry_run or (made.asset is None and path is None) else b""
            done.append(replace(made, path=path, data=kept))
    return done


def _worked(task: Task, reader: Reader) -> OperationResult:
    operation = task.operation
    product = operation.made([reader.content(source, operation.medium) for source in task.sources])
    data = product.encode()
    return OperationResult(task, product.media, product.format, product.facts, len(data), data=data)


def derived_by(operation: AssetOperation, assets: Sequence[Asset]) -> Derivation:
    """The record of ``operation`` on ``assets`` as they are now, with the packages that decide its bytes."""
    parents = tuple(Parent(asset.id, asset.blob) for asset in assets)
    libraries = {**dict(_versions(operation.packages)), **REGISTRY.package_of(operation.name)}
    return Derivation(operation.name, operation.parameters(), parents, libraries)


@cache
def _versions(packages: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Cached: looking one up takes milliseconds, and so does importing what looks."""
    from importlib.metadata import version

    return (("audobon", __version__), *((name, version(name)) for name in packages))


def file_results(library: "Library", results: Sequence[OperationResult]) -> list[OperationResult]:
    """File results with their derivations, all in one transaction; the same bytes made the same way are
    filed once. Costs about three syncs. Raises what add_assets raises."""
    from audobon_cli.library.add import add_assets

    filed = add_assets(library, ((_draft(made), made.data) for made in results))
    return [
        replace(made, asset=asset, existing=existing)
        for made, (asset, existing) in zip(results, filed, strict=True)
    ]


def _draft(made: OperationResult) -> "AssetDraft":
    """The result as an asset. It takes over from its first source what it shows, not how it was rated."""
    task = made.task
    parents = [source.asset for source in task.sources if source.asset is not None]
    relations = [(RelationKind.DERIVED_FROM, parent) for parent in dict.fromkeys(p.id for p in parents)]
    if task.variant:
        relations.append((RelationKind.VARIANT_OF, parents[0].id))
    if task.operation.relation is not None:
        relations.append((task.operation.relation, parents[0].id))
    from audobon_cli.library.add import AssetDraft

    draft = AssetDraft(
        task.name,
        task.operation.kind,
        made.media,
        format=made.format,
        metadata={MEASURED_FACTS: dict(made.facts)} if made.facts else {},
        derivation=derived_by(task.operation, parents),
        relations=tuple(relations),
        unlike=not task.named,
    )
    if task.operation.gathers:
        return draft
    first = parents[0]
    return replace(
        draft,
        prompt=first.prompt,
        model=first.model,
        quality=first.quality,
        style=first.style,
        seed=first.seed,
        category=first.category,
        tags=first.tags,
    )


def _paths(tasks: Sequence[Task], context: OperationContext) -> list[Path | None]:
    """Where each result goes as a file; what is in the way is refused before anything is made."""
    if context.out is None:
        return [None] * len(tasks)
    if not context.into_folder:
        if len(tasks) > 1:
            raise InvalidInput(
                f"{len(tasks)} results do not fit one file.", hint=f"name a folder: --out {context.out.stem}/"
            )
        suffix = tasks[0].operation.suffix if tasks else context.out.suffix
        if context.out.suffix.lower() != suffix:
            raise InvalidInput(
                f"--out {context.out} does not end in {suffix}.",
                hint=f"results are written as {suffix.removeprefix('.').upper()}",
            )
        paths = [context.out]
    else:
        suffix = tasks[0].operation.suffix if tasks else ""
        paths = [context.out / name for name in file_names([task.name for task in tasks], suffix)]
    for path in paths:
        if not context.overwrite and not context.dry_run and path.exists():
            raise output_exists(path)
    return list(paths)


def write_result(path: Path, data: bytes, overwrite: bool) -> None:
    """Write one file, whole or not at all, and the folder it goes to."""
    with output_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_output(path, data, overwrite)
