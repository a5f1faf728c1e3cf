"""Where a model comes from, and the record of what was pulled. Pure data and rules."""

import re
from dataclasses import replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.storage.file_names import safe_file_name

MANIFEST_SCHEMA = "audobon-model/1"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
SECRET_QUERY = re.compile(r"token|key|sig|secret|auth|credential|policy|expires", re.IGNORECASE)
CONVERTED = "converted:"
"""Begins the version of a file that was converted from a pickle; the pickle's digest follows."""
PICKLED_SUFFIXES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")


class SourceKind(StrEnum):
    """The kinds of places that models come from."""

    HUB = "hf"
    GCS = "gs"
    HTTP = "https"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A parsed reference: ``location`` is org/name, bucket/prefix, a URL or a path; ``revision`` is a
    branch, tag or commit of a hub repository ("" elsewhere)."""

    kind: SourceKind
    location: str
    revision: str = ""

    def __str__(self) -> str:
        if self.kind is SourceKind.HUB:
            return f"hf:{self.location}@{self.revision or 'main'}"
        if self.kind is SourceKind.GCS:
            return f"gs://{self.location}"
        return self.location

    @property
    def default_name(self) -> str:
        """A name for the model, from the last part of where it lies."""
        last = self.location.split("?")[0].rstrip("/").rpartition("/")[2]
        last = last.removesuffix(".safetensors").removesuffix(".gguf")
        return re.sub(r"[^a-z0-9._-]+", "-", last.casefold()).strip("-._") or "model"


def parse_source(text: str) -> ModelSource | None:
    """The source that ``text`` names, None when it has no scheme that is known.

    Raises InvalidInput for a known scheme with a malformed rest.
    """
    if text.startswith("hf:"):
        location, _, revision = text.removeprefix("hf:").removeprefix("//").partition("@")
        if not REPOSITORY.fullmatch(location) or ".." in revision:
            raise InvalidInput(
                f"{text!r} names no repository.", hint="write hf:ORG/NAME or hf:ORG/NAME@REVISION"
            )
        return ModelSource(SourceKind.HUB, location, revision or "main")
    if text.startswith("gs://"):
        bucket, _, prefix = text.removeprefix("gs://").partition("/")
        if not BUCKET.fullmatch(bucket) or (not prefix.isprintable() and prefix):
            raise InvalidInput(
                f"{text!r} names no Cloud Storage bucket.", hint="write gs://BUCKET/FOLDER of the model"
            )
        return ModelSource(SourceKind.GCS, f"{bucket}/{prefix.strip('/')}".rstrip("/"))
    if text.startswith(("https://", "http://")):
        return ModelSource(SourceKind.HTTP, text)
    return None


def public_address(url: str) -> str:
    """``url`` without user names, and without a query that grants access: what may be kept and shown."""
    parts = urlsplit(url)
    query = "" if SECRET_QUERY.search(parts.query) else parts.query
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, ""))


def check_name(name: str) -> str:
    """``name`` if a model may be called that. Raises InvalidInput."""
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"A model cannot be called {name!r}.", hint="use letters, digits, dots, dashes and underscores"
        )
    if safe_file_name(name) != name:
        raise InvalidInput(
            f"A model cannot be called {name!r}: Windows has no files of that name.",
            hint="give it another one with --name",
        )
    return name


def is_pickled(file: str) -> bool:
    """Whether a file of that name holds pickled weights."""
    return file.endswith(PICKLED_SUFFIXES)


def refuse_pickled(file: str) -> None:
    """Raise InvalidInput for a file of pickled weights, going by its name."""
    if is_pickled(file):
        raise InvalidInput(
            f"{file} holds pickled weights: loading them could run any code, so they are not taken.",
            hint="look for a .safetensors file of the same model; --allow-pickle converts it, reading only tensors",
            file=file,
        )


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file of a model: ``path`` is relative to the model's folder, with slashes; ``version`` is the
    source's own name for the content, a generation of Cloud Storage ("" elsewhere)."""

    path: str
    size_bytes: int
    sha256: str
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; without a version if there is none."""
        version = {"version": self.version} if self.version else {}
        return {"path": self.path, "size_bytes": self.size_bytes, "sha256": self.sha256, **version}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was pulled or added, and when: the record against which a model is verified.

    ``folder`` is where the files lie; ``commit`` the hub's commit, or a digest of the
    objects' generations for Cloud Storage ("" elsewhere); ``variant`` the
    weights' infix ("" for plain ones); ``damaged`` names files that a verification found to differ. ``place`` is the
    address of the place of `models push` that it came from ("": from none); ``source`` is then what it was before.
    """

    name: str
    kind: SourceKind
    source: str
    folder: str
    files: tuple[ManifestFile, ...]
    pulled: str
    commit: str = ""
    variant: str = ""
    family: str = ""
    licence: str = "unknown"
    description: str = ""
    damaged: tuple[str, ...] = ()
    place: str = ""

    @property
    def size_bytes(self) -> int:
        """Bytes of all files together."""
        return sum(file.size_bytes for file in self.files)

    @property
    def single_file(self) -> str:
        """The file's name where the model is one weight file without a pipeline, else ""."""
        one = len(self.files) == 1 and self.files[0].path.endswith((".safetensors", ".gguf"))
        return self.files[0].path if one else ""

    @property
    def is_weights(self) -> bool:
        """Whether these are weights without a pipeline: a single file, or an adapter of several."""
        paths = {file.path for file in self.files}
        whole = "config.json" in paths and bool(paths & {"model.safetensors", "model.safetensors.index.json"})
        return "model_index.json" not in paths and not whole

    def with_damage(self, paths: tuple[str, ...]) -> "Manifest":
        """The same with other ``damaged`` files."""
        return replace(self, damaged=paths)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "schema": MANIFEST_SCHEMA,
            "name": self.name,
            "kind": self.kind.value,
            "source": self.source,
            "folder": self.folder,
            "commit": self.commit,
            "variant": self.variant,
            "family": self.family,
            "licence": self.licence,
            "description": self.description,
            "pulled": self.pulled,
            "damaged": list(self.damaged),
            "files": [file.to_dict() for file in self.files],
            **({"place": self.place} if self.place else {}),
        }


def manifest_from(data: dict[str, Any]) -> Manifest:
    """The manifest in a parsed JSON object. Raises KeyError, TypeError or ValueError for other data."""
    if data["schema"] != MANIFEST_SCHEMA:
        raise ValueError(f"schema {data['schema']!r}")
    files = tuple(
        ManifestFile(str(f["path"]), int(f["size_bytes"]), str(f["sha256"]), str(f.get("version", "")))
        for f in data["files"]
    )
    texts = {key: str(data[key]) for key in ("name", "source", "folder", "pulled", "commit", "variant")}
    more = {key: str(data[key]) for key in ("family", "licence", "description")}
    damaged = tuple(map(str, data["damaged"]))
    kind, place = SourceKind(data["kind"]), str(data.get("place", ""))
    return Manifest(kind=kind, files=files, damaged=damaged, place=place, **texts, **more)
