"""What pulling a model from Cloud Storage takes: a diffusers folder under a prefix, or one weight file."""

import hashlib
import re
from dataclasses import dataclass

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported
from audobon_cli.models.files.model_index import INDEX_FILE
from audobon_cli.models.install.request import PullPlan, PullRequest, preset_of
from audobon_cli.models.install.select_files import PLAIN, select_files
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import CONVERTED, Manifest, ModelSource, refuse_pickled
from audobon_cli.transfer.checksums import Checksum
from audobon_cli.transfer.download import Download
from audobon_cli.transfer.gcs import Gcs, GcsObject
from audobon_cli.transfer.google_login import GcsLogin


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The objects of a model, by path."""

    objects: dict[str, GcsObject]
    variant: str = ""
    pipeline: str = ""
    pickled: tuple[str, ...] = ()

    @property
    def commit(self) -> str:
        """A name for exactly this content: 40 hexadecimal digits, as those of git."""
        listing = "".join(f"{path}\0{found.version}\n" for path, found in sorted(self.objects.items()))
        return hashlib.sha256(listing.encode()).hexdigest()[:40]


def gcs_plan(request: PullRequest, source: ModelSource, name: str, registry: ModelRegistry) -> PullPlan:
    """The plan for gs://BUCKET/PREFIX. A model called by its own name is mended with the generations on
    record, without a new list. Raises InvalidInput, ModelUnsupported and what transfer.gcs.Gcs raises."""
    gcs = Gcs(GcsLogin(registry.google, request.project), registry.retries)
    known = registry.manifests.get(name)
    known = known if known is not None and known.source == str(source) else None
    converted = known is not None and any(file.version.startswith(CONVERTED) for file in known.files)
    mending = known is not None and request.reference == known.name and not converted
    chosen = (
        _recorded(known) if known is not None and mending else _choose(request, source, gcs, known, registry)
    )
    cache = registry.cache(source)
    sha256 = {(file.path, file.version): file.sha256 for file in known.files} if known else {}
    files = {}
    for path, found in chosen.objects.items():
        # Bound to the generation: what an older one has left is never gone on with.
        key = hashlib.sha256(f"gs://{found.bucket}/{found.name}#{found.version}".encode()).hexdigest()
        digest = sha256.get((path, found.version))
        files[path] = Download(
            origin=gcs.origin(found),
            target=cache.blob(key),
            incomplete=cache.incomplete,
            quarantine=cache.quarantine,
            key=key,
            size_bytes=found.size_bytes,
            checksum=Checksum("sha256", digest) if digest else found.checksum,
        )
    preset = preset_of(source, name, registry)
    # Families that share a pipeline are told apart by the files, once they are here.
    family = registry.presets.sole_family(chosen.pipeline)
    draft = Manifest(
        name=name,
        kind=source.kind,
        source=str(source),
        folder=str(cache.snapshot(chosen.commit)),
        files=(),
        pulled="",
        commit=chosen.commit,
        variant=chosen.variant,
        family=preset.family if preset else family.name if family else known.family if known else "",
        licence=preset.licence if preset else "unknown",
        description=preset.description if preset else "",
    )
    versions = {path: found.version for path, found in chosen.objects.items()}
    return PullPlan(draft, files, cache, chosen.commit, chosen.pipeline, versions, chosen.pickled)


def _choose(
    request: PullRequest, source: ModelSource, gcs: Gcs, known: Manifest | None, registry: ModelRegistry
) -> _Chosen:
    """The objects that a pull of what lies there now takes."""
    bucket, _, prefix = source.location.partition("/")
    listed = {found.path: found for found in gcs.list(bucket, prefix)}
    if len(listed) == 1 and (one := next(iter(listed.values()))).name == prefix:
        refuse_pickled(one.path)
        _check_file_name(one.path)
        return _Chosen(_uncompressed({one.path: one}))
    if INDEX_FILE not in listed:
        inside = sorted({path.rpartition("/")[0] for path in listed if path.endswith(f"/{INDEX_FILE}")})
        weights = sorted(path for path in listed if path.endswith(".safetensors"))
        better = [f"{source}/{path}" for path in (*inside, *weights)][:3]
        raise ModelUnsupported(
            f"{source} is not a diffusers model: it has no {INDEX_FILE}.",
            hint=f"is it one of these? {', '.join(better)}" if better else "name the model's folder",
            source=str(source),
        )
    preset = preset_of(source, known.name if known else "", registry)
    usual = known.variant or PLAIN if known else preset.variant if preset else None
    index = gcs.read_json(listed[INDEX_FILE])
    wanted = request.variant or usual
    selection = select_files(listed, index, wanted, str(source), request.allow_pickle)
    objects = _uncompressed({path: listed[path] for path in selection.paths})
    return _Chosen(objects, selection.variant, selection.pipeline, selection.pickled)


def _recorded(known: Manifest) -> _Chosen:
    """The objects on record."""
    bucket, _, prefix = known.source.removeprefix("gs://").partition("/")
    single = known.single_file
    objects = {
        file.path: GcsObject(
            bucket=bucket,
            name=prefix if single else f"{prefix}/{file.path}".lstrip("/"),
            path=file.path,
            size_bytes=file.size_bytes,
            generation=file.version if file.version.isdecimal() else "",
            checksum=Checksum("sha256", file.sha256),
        )
        for file in known.files
    }
    return _Chosen(objects, known.variant)


def _uncompressed(objects: dict[str, GcsObject]) -> dict[str, GcsObject]:
    """``objects``. Raises ModelUnsupported if the bytes of one are not the file's own."""
    for found in objects.values():
        if found.compressed:
            raise ModelUnsupported(
                f"gs://{found.bucket}/{found.name} is stored compressed (Content-Encoding: gzip).",
                hint="upload it again without -z, -Z or -J",
            )
    return objects


def _check_file_name(file: str) -> None:
    if (
        not file.endswith(".safetensors")
        or not re.fullmatch(r"[\w.+ -]{1,200}", file)
        or file.startswith(".")
    ):
        raise InvalidInput(
            f"{file!r} is no weight file that can be kept here.",
            hint="name a folder or a .safetensors object",
        )
