"""Replacing what an asset is, and making again what was made out of it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from audobon_cli.derivations.operation import GATES_KEY, MEASURED_FACTS, AssetOperation, OperationProduct
from audobon_cli.derivations.registry import operation_of
from audobon_cli.derivations.run import derived_by
from audobon_cli.derivations.sources import Reader, Source
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.derivation import TRAININGS, Derivation
from audobon_cli.domain.errors import (
    AssetNotFound,
    BlobCorrupt,
    BlobMissing,
    InvalidInput,
    ModelNotFound,
    PictureUnusable,
    PluginUnusable,
    ReplayIncomplete,
)
from audobon_cli.domain.events import Listener, Progress
from audobon_cli.domain.ids import AssetId, blob_id, new_asset_id
from audobon_cli.domain.media import MediaInfo
from audobon_cli.library.add import children_of
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.rows import microseconds
from audobon_cli.library.store.writer import protected_error
from audobon_cli.media.registry import medium_of
from audobon_cli.media.untrusted.decoding import decode_content

REFUSALS = (PictureUnusable, InvalidInput, BlobMissing, BlobCorrupt, ModelNotFound, PluginUnusable)
"""Why an operation cannot be run again."""


class ReplayStatus(StrEnum):
    """What became of one derived asset."""

    IDENTICAL = "identical"
    """Made again, byte for byte what it was."""
    REMADE = "remade"
    """Its parents had changed, and so has it."""
    FAILED = "failed"
    """It could not be made, or one that it is made of could not; it is as it was."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One derived asset, as it is now; ``reason`` says why it failed."""

    asset: Asset
    operation: str
    status: ReplayStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """All derived assets that were looked at, each behind those that it is made of."""

    assets: tuple[Replayed, ...]
    dry_run: bool = False

    def error(self) -> ReplayIncomplete | None:
        """What to raise when some failed."""
        failed = [each for each in self.assets if each.status is ReplayStatus.FAILED]
        if not failed:
            return None
        return ReplayIncomplete(
            f"{len(failed)} of {len(self.assets)} derived assets could not be made again:"
            f" {failed[0].asset.name}: {failed[0].reason}",
            hint="mend what they are made of and replay it again",
            failed=[each.asset.id for each in failed],
        )


def replace_content(library: Library, asset: Asset, data: bytes, source_name: str) -> Asset:
    """Put another content of the same medium into ``asset``, which keeps its id, name, tags and relations.

    What it was before goes to the trash as an asset of its own. A derived asset stands for itself
    from now on: replays leave it alone. Raises PictureUnusable or SoundUnusable for what is of another medium, and
    AssetProtected.
    """
    content = decode_content(asset.media.medium, data, source_name)
    if blob_id(data) == asset.blob:
        return asset
    after = with_content(asset, content, data, None)
    moment = datetime.now(UTC)
    if asset.protected:
        raise protected_error([asset])
    old = replace(asset, id=new_asset_id(), note=f"what {asset.id} was until {moment:%Y-%m-%d %H:%M} UTC")
    with library.pinned():
        library.blobs.put(data)
        with library.change() as changes:
            changes.add(old)
            changes.trash(old.id, microseconds(moment))
            changes.update(after)
    return after


class _Content(Protocol):
    """What is known of the new bytes of an asset."""

    @property
    def media(self) -> MediaInfo: ...

    @property
    def format(self) -> str: ...


def with_content(
    asset: Asset,
    content: _Content,
    data: bytes,
    derivation: Derivation | None,
    facts: Mapping[str, Any] | None = None,
) -> Asset:
    """``asset`` with the bytes ``data``, which are ``content``, made as ``derivation`` says; what was
    measured of the old ones goes, ``facts`` are those of the new."""
    old = (GATES_KEY, MEASURED_FACTS)
    metadata = {key: value for key, value in asset.metadata.items() if key not in old}
    return replace(
        asset,
        blob=blob_id(data),
        size_bytes=len(data),
        media=content.media,
        format=content.format,
        recipe=None,
        metadata={**metadata, MEASURED_FACTS: dict(facts)} if facts else metadata,
        derivation=derivation,
    )


def replay(library: Library, roots: Sequence[Asset], listen: Listener, dry_run: bool = False) -> ReplayReport:
    """Make again all that derives from ``roots`` (and the roots that are derived), parents first.

    What comes out byte for byte the same is left alone. Each asset is durable before the next begins,
    so that a killed replay is finished by running it again. ``dry_run`` changes nothing and says what
    would change.
    """
    plan = in_order(library, roots)
    run = _Run(library, Reader(library), {}, set(), dry_run)
    results = []
    for number, asset_id in enumerate(plan):
        results.append(_remake(run, asset_id))
        listen(Progress("replay", number + 1, len(plan), "assets"))
    return ReplayReport(tuple(results), dry_run)


def in_order(library: Library, roots: Sequence[Asset]) -> list[AssetId]:
    """``roots`` that are derived, and all that derives from roots, each behind its own parents."""
    found: dict[AssetId, Asset] = {}
    todo = list(roots)
    while todo:
        asset = todo.pop()
        if asset.id not in found:
            found[asset.id] = asset
            todo += [child for child in children_of(library, asset.id) if asset.id in _parents(child)]
    # What was trained takes minutes or hours: it is not made again whenever a picture of its is replaced.
    found = {id_: one for id_, one in found.items() if not _is_trained(one)}
    parents = {
        id_: _parents(asset) & set(found) for id_, asset in found.items() if asset.derivation is not None
    }
    ordered: list[AssetId] = []
    placed = set(found) - set(parents)
    waiting = sorted(parents, key=lambda id_: (found[id_].created, id_))
    while waiting:
        ready = [id_ for id_ in waiting if parents[id_] <= placed]
        if not ready:
            raise InvalidInput(
                f"Assets derive from each other in a circle: {', '.join(waiting[:5])}.",
                hint="replace one of them with a file: `audobon sprite replace`, `audobon sound replace`",
            )
        ordered += ready
        placed.update(ready)
        waiting = [id_ for id_ in waiting if id_ not in placed]
    return ordered


def _is_trained(asset: Asset) -> bool:
    return asset.derivation is not None and asset.derivation.operation in TRAININGS


def _parents(asset: Asset) -> set[AssetId]:
    """What it is made of; nothing for one that stands for itself, whatever its relations say."""
    return {parent.asset for parent in asset.derivation.parents} if asset.derivation else set()


@dataclass(frozen=True, slots=True)
class Remade:
    """A derived asset made again and stored nowhere. ``data`` is None where it could not be, for ``reason``;
    ``changes`` are (kind, name, before, after) of what differs from when it was made."""

    data: bytes | None
    reason: str = ""
    changes: tuple[tuple[str, str, str, str], ...] = ()


def remake(library: Library, asset: Asset) -> Remade:
    """Run the operation that made ``asset`` again, on its parents as they are now."""
    derivation = asset.derivation
    assert derivation is not None, "only derived assets are made again so"
    reader = Reader(library)
    try:
        parents = [library.assets.get(parent.asset) for parent in derivation.parents]
        operation = operation_of(derivation.operation, derivation.parameters, derivation.libraries)
        contents = [reader.content(Source(parent.name, asset=parent), operation.medium) for parent in parents]
        data = _made(operation, contents, asset).encode()
    except AssetNotFound as error:
        return Remade(None, f"a parent is gone: {error.message}")
    except REFUSALS as error:
        return Remade(None, error.message)
    new = derived_by(operation, parents)
    changes = [
        ("input", str(old.asset), str(old.blob)[:12], str(parent.blob)[:12])
        for old, parent in zip(derivation.parents, new.parents, strict=True)
        if old.blob != parent.blob
    ]
    names = sorted(derivation.libraries.keys() | new.libraries.keys())
    versions = ((name, derivation.libraries.get(name, ""), new.libraries.get(name, "")) for name in names)
    changes += [("library", name, old, now) for name, old, now in versions if old != now]
    return Remade(data, changes=tuple(changes))


def _made(operation: AssetOperation, contents: Sequence[Any], asset: Asset) -> OperationProduct:
    """What ``operation`` makes of ``contents``; where its record may mean several things, the one that is ``asset``, if
    one is. Raises REFUSALS."""
    others = operation.as_before()
    for meant in (operation, *others) if others else ():
        with suppress(*REFUSALS):
            product = meant.made(contents)
            if blob_id(product.encode()) == asset.blob:
                return product
    return operation.made(contents)


@dataclass(frozen=True, slots=True)
class _Run:
    """One replay: ``now`` holds what a dry run has made and not stored, ``failed`` what could not be."""

    library: Library
    reader: Reader
    now: dict[AssetId, Source]
    failed: set[AssetId]
    dry_run: bool


def _remake(run: _Run, asset_id: AssetId) -> Replayed:
    """One asset made again, and stored if it came out other than it was."""
    asset = run.library.assets.get(asset_id)
    derivation = asset.derivation
    assert derivation is not None, "only derived assets are planned"
    name = derivation.operation
    broken = next((parent.asset for parent in derivation.parents if parent.asset in run.failed), None)
    reason = f"{broken}, of which it is made, failed" if broken else ""
    if not broken:
        try:
            parents = [run.library.assets.get(parent.asset) for parent in derivation.parents]
            operation = operation_of(name, derivation.parameters, derivation.libraries)
            sources = [run.now.get(parent.id, Source(parent.name, asset=parent)) for parent in parents]
            contents = [run.reader.content(source, operation.medium) for source in sources]
            product = _made(operation, contents, asset)
            return _stored(run, asset, derivation, product, derived_by(operation, parents))
        except AssetNotFound as error:
            reason = f"a parent is gone: {error.message}"
        except REFUSALS as error:
            reason = error.message
    run.failed.add(asset_id)
    return Replayed(asset, name, ReplayStatus.FAILED, reason)


def _stored(run: _Run, asset: Asset, old: Derivation, product: OperationProduct, new: Derivation) -> Replayed:
    data = product.encode()
    if blob_id(data) == asset.blob:
        if new.parents != old.parents and not run.dry_run:
            with run.library.change() as changes:
                changes.update(replace(asset, derivation=new))
        return Replayed(asset, old.operation, ReplayStatus.IDENTICAL)
    if asset.protected:
        run.failed.add(asset.id)
        reason = f"it would change and is protected; `audobon assets unprotect {asset.id}`"
        return Replayed(asset, old.operation, ReplayStatus.FAILED, reason)
    same_parents = new.parents == old.parents and not {parent.asset for parent in old.parents} & set(run.now)
    reason = f"its parents are as they were; {_other_versions(old, new)}" if same_parents else ""
    if run.dry_run:
        run.now[asset.id] = Source(asset.name, content=medium_of(product.media).decode(data, asset.name))
        return Replayed(asset, old.operation, ReplayStatus.REMADE, reason)
    after = with_content(asset, product, data, new, product.facts)
    with run.library.pinned():
        run.library.blobs.put(data)
        with run.library.change() as changes:
            changes.update(after)
    return Replayed(after, old.operation, ReplayStatus.REMADE, reason)


def _other_versions(old: Derivation, new: Derivation) -> str:
    changed = [
        f"{name} {old.libraries.get(name, 'none')} -> {version}"
        for name, version in sorted(new.libraries.items())
        if old.libraries.get(name) != version
    ]
    return f"made with other versions: {', '.join(changed)}" if changed else "its file had been changed"
