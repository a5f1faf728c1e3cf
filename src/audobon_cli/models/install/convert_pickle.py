"""What --allow-pickle does: pickled weights become safetensors once, when they come in, and are not kept.

Nothing that is used later reads a pickle, so `generate` needs no such option.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.domain.errors import AudobonError, ModelDamaged, ModelUnsupported
from audobon_cli.domain.events import Listener, Warned
from audobon_cli.models.files.folder import PICKLED
from audobon_cli.models.install.plan import PullPlan
from audobon_cli.models.source import CONVERTED, Manifest, ManifestFile
from audobon_cli.platforms import current
from audobon_cli.sandbox.child import Refused
from audobon_cli.sandbox.policy import SandboxMode
from audobon_cli.sandbox.pool import ask_for_file
from audobon_cli.sandbox.source import current_policy
from audobon_cli.storage.disk_errors import model_errors
from audobon_cli.storage.durable_files import sync_file, sync_folder
from audobon_cli.storage.links import make_link
from audobon_cli.transfer.checksums import digest_of
from audobon_cli.transfer.download import Download

MEMORY_TIMES = 4
"""How often the weights of a pickle are in memory while they are converted, at most."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A safetensors file that stands in for a pickle. ``place`` is where its bytes lie."""

    file: ManifestFile
    place: Path


def converted_path(path: str) -> str:
    """The path of the safetensors file for a pickle: ``unet/x.fp16.bin`` -> ``unet/x.fp16.safetensors``, with
    the name that transformers looks for. Raises ModelUnsupported for weights in several pieces."""
    folder, slash, name = path.rpartition("/")
    if re.search(r"-\d{5}-of-\d{5}", name):
        raise ModelUnsupported(
            f"{path} is one of several pieces of pickled weights, which are not converted.",
            hint="load the model once with diffusers where you trust it and call `save_pretrained`",
            file=path,
        )
    stem = name.rpartition(".")[0]
    if slash:
        stem = re.sub(r"^pytorch_model", "model", stem)
    return f"{folder}{slash}{stem}.safetensors"


def already_converted(path: str, download: Download, known: Manifest | None) -> ManifestFile | None:
    """The file on record and on disk that was converted from the very pickle that ``download`` names."""
    if known is None or download.checksum is None:
        return None
    version = f"{CONVERTED}{download.checksum.value}"
    for file in known.files:
        if file.version == version and file.path == converted_path(path):
            place = Path(known.folder) / file.path
            return file if place.is_file() and digest_of(place, "sha256") == file.sha256 else None
    return None


def convert_pulled(
    plan: PullPlan, known: dict[str, tuple[int, str]], fetched: set[str], listen: Listener
) -> dict[str, Converted]:
    """Convert the pickles of ``plan``, which are there; the safetensors files by path.

    ``known`` gives sizes and SHA-256 of what is there. Pickles in ``fetched`` came with this pull and are
    deleted; those that were there before belong to another tool. Raises as convert does.
    """
    made = {}
    for path in plan.pickled:
        if path not in known:
            continue
        download = plan.files[path]
        version = f"{CONVERTED}{download.checksum.value if download.checksum else known[path][1]}"
        new = converted_path(path)
        place = download.target.with_name(new.rpartition("/")[2])
        size, sha256, place = convert(download.target, place, by_digest=plan.cache is not None)
        listen(warning(path, new))
        made[new] = Converted(ManifestFile(new, size, sha256, version), place)
        if path in fetched:
            download.target.unlink(missing_ok=True)
    return made


def convert(source: Path, target: Path, by_digest: bool) -> tuple[int, str, Path]:
    """Convert ``source`` into ``target``, or with ``by_digest`` into a file beside it that is named by its
    SHA-256. Whole or not at all, durable on return. Size, SHA-256 and place of the new file. Raises ModelUnsupported,
    ModelDamaged, SandboxUnavailable, and what writing raises."""
    with model_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        new = target.with_name(f".{secrets.token_hex(8)}.new")
        try:
            _write_converted(source, new)
            sync_file(new)
            sha256 = digest_of(new, "sha256")
            place = target.with_name(sha256) if by_digest else target
            current().replace(new, place)
            sync_folder(place.parent)
        finally:
            new.unlink(missing_ok=True)
    return place.stat().st_size, sha256, place


def _write_converted(source: Path, target: Path) -> None:
    """Write the tensors of the pickle ``source`` to the safetensors file ``target``: see unpickle.safetensors_of.

    Raises as that does, and ModelDamaged for a pickle that ends the child in which it is read.
    """
    if current_policy().mode is SandboxMode.OFF:
        from audobon_cli.models.install.unpickle import safetensors_of

        target.write_bytes(safetensors_of(source.read_bytes(), source))
        return
    with source.open("rb") as content, target.open("wb") as file:
        found = ask_for_file("unpickle", {"path": str(source)}, content, file, MEMORY_TIMES)
    if isinstance(found, AudobonError):
        raise found
    if isinstance(found, Refused):
        raise ModelDamaged(
            f"The pickled weights {source.name} cannot be read: {found.why}.",
            hint="get the file again",
            path=str(source),
        )


def adopt_folder(source: Path, target: Path, listen: Listener) -> None:
    """Make ``target`` a copy of the model folder ``source`` that has no pickles: links to the other files, and
    the weights converted where they are only pickled. ``source`` is left as it is."""
    with model_errors(target):
        clear_folder(target)
        for path in sorted(source.rglob("*")):
            relative = path.relative_to(source).as_posix()
            if not path.is_file() or relative.count("/") > 1:
                continue
            place = target / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix not in PICKLED:
                make_link(place, path.absolute())
                continue
            new = converted_path(relative)
            if not (source / new).exists():
                convert(path, target / new, by_digest=False)
                listen(warning(str(path), new))


def clear_folder(folder: Path) -> int:
    """Delete the files and links in a folder of ours; the bytes that files of its own took."""
    freed = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
            continue
        freed += 0 if path.is_symlink() else path.stat().st_size
        path.unlink()
    if folder.is_dir():
        folder.rmdir()
    return freed


def warning(path: str, new: str) -> Warned:
    """The event that says what was done, each time."""
    return Warned(
        f"PICKLED WEIGHTS (--allow-pickle): {path} is of a kind that can carry code. Its tensors alone were "
        f"read, without running anything, and are kept as {new}; the pickle is not used. Take such files "
        "only from people you trust."
    )
