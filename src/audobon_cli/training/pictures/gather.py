"""From a query, a folder or names to a training set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from audobon_cli.derivations.sources import Source, asset_sources, file_sources, is_file
from audobon_cli.domain.asset import Asset, AssetKind
from audobon_cli.domain.errors import AudobonError, BlobCorrupt, BlobMissing, InvalidInput, PictureUnusable
from audobon_cli.domain.events import Listener, Progress, ignore
from audobon_cli.domain.ids import BlobId, blob_id
from audobon_cli.domain.media import IMAGE
from audobon_cli.domain.model import Model
from audobon_cli.engines.base import ShouldStop, never, stop_if_asked
from audobon_cli.library.find_files import find_files
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.media.types import Appearance, Foreign
from audobon_cli.media.untrusted.decoding import fingerprint, inspect_file
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.training.pictures.captions import (
    WORDS_ALONE,
    CaptionFacts,
    caption_of,
    check_caption_template,
    text_beside,
)
from audobon_cli.training.pictures.licences import LicenceOf, written_licence
from audobon_cli.training.pictures.training_set import TrainingPicture, TrainingSet, training_set

LibraryOpener = Callable[[], Library]

NOT_LEARNT = {
    AssetKind.SOUND: "it is a sound",
    AssetKind.VECTOR: "it is a vector drawing",
    AssetKind.STYLE: "it is a style card",
    AssetKind.LORA: "it is a LoRA",
    AssetKind.EMBEDDING: "it is an embedding",
}
"""Kinds that are no pictures to learn from, and why in words."""


@dataclass(frozen=True, slots=True)
class SetRequest:
    """What to learn from: ``texts`` are queries, ids and names of assets, or files and folders. ``caption`` is a
    template (see captions.FIELDS); ``captioner`` a pulled model that says what it sees."""

    texts: tuple[str, ...]
    trigger: str = ""
    caption: str = WORDS_ALONE
    captioner: Model | None = None


@dataclass(frozen=True, slots=True)
class PassedOver:
    """What was named or found and is not in the set; ``damaged`` says that it ought to be a picture."""

    name: str
    why: str
    damaged: bool


@dataclass(frozen=True, slots=True)
class PictureLook:
    """What pixels say beside a picture's sides. ``frames`` above 1: the first is learnt. ``blank``: nothing visible."""

    appearance: Appearance
    frames: int
    blank: bool
    kind: AssetKind


@dataclass(frozen=True, slots=True)
class GatheredSet:
    """A training set with what the checks look at: ``looks`` and ``sources`` by blob, and what was ``passed_over``."""

    training_set: TrainingSet
    looks: Mapping[BlobId, PictureLook]
    sources: Mapping[BlobId, Source] = field(repr=False)
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    source: Source
    look: PictureLook
    picture: TrainingPicture
    facts: CaptionFacts


def gather(
    request: SetRequest,
    library: LibraryOpener,
    licence_of: LicenceOf = written_licence,
    listen: Listener = ignore,
    should_stop: ShouldStop = never,
) -> GatheredSet:
    """The set that ``request`` means. Nothing is stored: ``file_pictures`` does that once the set has been checked.

    What is no picture and what cannot be read is passed over and told. Raises InvalidInput for a bad template, for
    files and assets mixed, and when no picture is left; AssetNotFound, AssetAmbiguous, QueryInvalid; what listening
    raises for ``captioner``; Interrupted.
    """
    check_caption_template(request.caption)
    trigger = " ".join(request.trigger.split())
    sources = _sources(request.texts, library)
    reader = PictureReader(None if sources and sources[0].path else library())
    known: list[_Known] = []
    passed: list[PassedOver] = []
    for place, source in enumerate(sources):
        stop_if_asked(should_stop)
        listen(Progress("look", place, len(sources), "pictures"))
        found = _look(source, reader, licence_of)
        if isinstance(found, PassedOver):
            passed.append(found)
        else:
            known.append(found)
    listen(Progress("look", len(sources), len(sources), "pictures"))
    if not known:
        why = f": {passed[0].name}: {passed[0].why.rstrip('.')}" if passed else ""
        raise InvalidInput(f"There is no picture to learn from{why}.", hint="name sprites or images")
    if request.captioner is not None:
        known = _with_seen(known, request.captioner, reader, listen, should_stop)
    pictures = [
        replace(one.picture, caption=caption_of(one.facts, request.caption, trigger)) for one in known
    ]
    return GatheredSet(
        training_set(pictures, trigger),
        {one.picture.digest: one.look for one in known},
        {one.picture.digest: one.source for one in known},
        tuple(passed),
    )


def file_pictures(gathered: GatheredSet, library: Library, listen: Listener = ignore) -> GatheredSet:
    """The same set with every picture in ``library``: files are imported as ``assets import`` does, byte for byte.

    Raises InvalidInput for a file that has changed since it was looked at, and what importing raises.
    """
    paths = {one: source.path for one, source in gathered.sources.items() if source.path is not None}
    if not paths:
        return gathered
    report = import_files(library, ImportRequest(tuple(str(path) for path in paths.values())), listen)
    assets = {file.path: library.assets.get(file.asset) for file in report.files if file.asset is not None}
    sources = dict(gathered.sources)
    for digest, path in paths.items():
        asset = assets.get(path)
        if asset is None or asset.blob != digest:
            raise InvalidInput(
                f"{path} has changed since it was looked at.", hint="run the command again", path=str(path)
            )
        sources[digest] = Source(asset.name, asset=asset)
    held = {digest: source.asset for digest, source in sources.items()}
    pictures = tuple(
        replace(one, asset=asset.id) if (asset := held[one.digest]) is not None else one
        for one in gathered.training_set.pictures
    )
    return replace(gathered, training_set=replace(gathered.training_set, pictures=pictures), sources=sources)


def names_assets(texts: Sequence[str]) -> bool:
    """Whether ``texts`` name assets, and not files or folders."""
    return not any(map(_is_path, texts))


def _is_path(text: str) -> bool:
    return is_file(text) or (bool(text.strip()) and Path(text).expanduser().is_dir())


def _sources(texts: Sequence[str], library: LibraryOpener) -> list[Source]:
    """Files and what lies in folders, or assets. Raises InvalidInput when mixed."""
    paths = [text for text in texts if _is_path(text)]
    if not paths:
        return asset_sources(library(), texts)
    if len(paths) < len(texts):
        other = next(text for text in texts if text not in paths)
        raise InvalidInput(
            f"{paths[0]} is a file or folder and {other!r} an asset.",
            hint="name files and folders, or assets; `audobon assets import` makes assets of files",
        )
    return file_sources([str(file.path) for file in find_files(paths)])


def _look(source: Source, reader: PictureReader, licence_of: LicenceOf) -> "_Known | PassedOver":
    asset = source.asset
    try:
        data = reader.data(source)
        found = inspect_file(data, source.is_from_outside)
        kind = asset.kind if asset is not None else found.kind
        if kind in NOT_LEARNT:
            return PassedOver(source.name, NOT_LEARNT[kind], False)
        decoded = reader.picture(source)
    except (BlobMissing, BlobCorrupt, PictureUnusable, InvalidInput) as error:
        return PassedOver(source.name, error.message, True)
    except AudobonError as error:
        return PassedOver(source.name, str(error.details.get("why", error.message)), True)
    pixels = decoded.frames[0]
    look = PictureLook(
        fingerprint(IMAGE, data, source.is_from_outside), len(decoded.frames), not pixels[..., 3].any(), kind
    )
    picture = TrainingPicture(
        asset.blob if asset is not None else blob_id(data),
        source.name,
        "",
        decoded.width,
        decoded.height,
        _sees_through(decoded),
        licence_of(asset, found.foreign),
        asset.id if asset is not None else None,
    )
    return _Known(source, look, picture, _facts(source, found.foreign))


def _sees_through(decoded: DecodedImage) -> bool:
    return bool((decoded.frames[0][..., 3] < 255).any())


def _facts(source: Source, foreign: Foreign) -> CaptionFacts:
    asset: Asset | None = source.asset
    if asset is None:
        text = text_beside(source.path) if source.path is not None else ""
        return CaptionFacts(source.name, text, prompt=foreign.prompt, tags=foreign.tags)
    return CaptionFacts(
        asset.name, prompt=asset.prompt, tags=asset.tags, category=asset.category, style=asset.style
    )


def _with_seen(
    known: Sequence[_Known], model: Model, reader: PictureReader, listen: Listener, should_stop: ShouldStop
) -> list[_Known]:
    from audobon_cli.engines.listening.listen import captions_of

    # Read once more, one after the other: a set of photographs need not fit in memory.
    said = captions_of(model, [partial(reader.data, one.source) for one in known], listen, should_stop)
    return [replace(one, facts=replace(one.facts, seen=text)) for one, text in zip(known, said, strict=True)]
