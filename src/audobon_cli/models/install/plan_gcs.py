"""What pulling a model from Cloud Storage takes: a diffusers folder under a prefix, or one weight file."""

import hashlib
import re
from dataclasses import dataclass

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported
from audobon_cli.models.files.model_index import INDEX_FILE
from audobon_cli.models.install.plan import PlanBuilder, PullPlan
from audobon_cli.models.install.request import PullRequest
from audobon_cli.models.install.select_files import Selection
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.models.source import CONVERTED, Manifest, ModelSource, refuse_pickled
from audobon_cli.transfer.checksums import Checksum
from audobon_cli.transfer.gcs import Gcs, GcsObject
from audobon_cli.transfer.google_login import GcsLogin


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The objects of a model, by path."""

    objects: dict[str, GcsObject]
    selection: Selection

    @property
    def commit(self) -> str:
        """A name for exactly this content: 40 hexadecimal digits, as those of git."""
        listing = "".join(f"{path}\0{found.version}\n" for path, found in sorted(self.objects.items()))
        return hashlib.sha256(listing.encode()).hexdigest()[:40]


_PLACE = "shared"
"""The configuration of a place of `library push` and `models push`: see sync/place.py."""


def gcs_plan(request: PullRequest, source: ModelSource, name: str, registry: ModelRegistry) -> PullPlan:
    """The plan for gs://BUCKET/PREFIX. A model called by its own name is mended with the generations on
    record, without a new list. Raises InvalidInput, ModelUnsupported and what transfer.gcs.Gcs raises."""
    gcs = Gcs(GcsLogin(registry.google, request.project), registry.retries)
    known = registry.manifests.get(name)
    known = known if known is not None and known.source == str(source) else None
    converted = known is not None and any(file.version.startswith(CONVERTED) for file in known.files)
    mending = known is not None and request.reference == known.name and not converted
    builder = PlanBuilder(request, source, name, registry, known)
    chosen = _recorded(known) if known is not None and mending else _choose(builder, gcs)
    sha256 = {(file.path, file.version): file.sha256 for file in known.files} if known else {}
    files = {}
    for path, found in chosen.objects.items():
        # Bound to the generation: what an older one has left is never gone on with.
        key = hashlib.sha256(f"gs://{found.bucket}/{found.name}#{found.version}".encode()).hexdigest()
        digest = sha256.get((path, found.version))
        checksum = Checksum("sha256", digest) if digest else found.checksum
        files[path] = builder.download(gcs.origin(found), key, found.size_bytes, checksum)
    return builder.plan(
        files,
        chosen.selection,
        chosen.commit,
        revision=chosen.commit,
        family=known.family if known else "",
        versions={path: found.version for path, found in chosen.objects.items()},
    )


def _choose(builder: PlanBuilder, gcs: Gcs) -> _Chosen:
    """The objects that a pull of what lies there now takes."""
    source = builder.source
    bucket, _, prefix = source.location.partition("/")
    listed = {found.path: found for found in gcs.list(bucket, prefix)}
    if len(listed) == 1 and (one := next(iter(listed.values()))).name == prefix:
        refuse_pickled(one.path)
        _check_file_name(one.path)
        return _Chosen(_uncompressed({one.path: one}), Selection((one.path,), "", ""))
    selection = builder.select(listed, lambda path: gcs.read_json(listed[path]))
    if selection is None:
        inside = sorted({path.rpartition("/")[0] for path in listed if path.endswith(f"/{INDEX_FILE}")})
        weights = sorted(path for path in listed if path.endswith(".safetensors"))
        better = [f"{source}/{path}" for path in (*inside, *weights)][:3]
        if _PLACE in listed and any(path.startswith("packs/") for path in listed):
            raise InvalidInput(
                f"{source} is a place of many models.", hint=f"audobon models pull --from {source}"
            )
        raise builder.no_pipeline(
            f"is it one of these? {', '.join(better)}" if better else "name the model's folder"
        )
    return _Chosen(_uncompressed({path: listed[path] for path in selection.paths}), selection)


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
    return _Chosen(objects, Selection(tuple(objects), known.variant, ""))


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
