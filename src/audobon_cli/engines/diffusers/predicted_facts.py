"""What the local engine will write into a recipe, told without loading a model or importing torch.

With it the digest of a picture's recipe is known before the picture is drawn, and a picture that was made
before is found in the library at once.
"""

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from audobon_cli.__about__ import __version__
from audobon_cli.domain.model import LOCAL_ENGINE, Model
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import EngineFacts
from audobon_cli.hardware.probe import nvidia_gpus
from audobon_cli.models.files.components import checkpoint_digest
from audobon_cli.models.files.folder import model_digest
from audobon_cli.models.files.model_index import INDEX_FILE, damaged, read_index

DTYPES = {"cpu": ("float32",), "mps": ("float16",), "cuda": ("bfloat16", "float16")}
"""What device.choose_placement takes on each kind of device; on CUDA it depends on the card's age."""


def predict_facts(
    request: ResolvedRequest, device: str | None = None, digest_cache: Path | None = None
) -> tuple[EngineFacts, ...]:
    """The facts that LocalEngine(device, digest_cache).load(request) may give, the likeliest first.

    Only a guess of the device can be wrong, where none was asked for; then a picture that could be found
    is made again. Raises what model_digest does: ModelDamaged or ModelAltered.
    """
    model = request.model
    kind = device.strip().lower().partition(":")[0] if device else likely_device()
    digest = whole_digest(model, digest_cache)
    scheduler = request.scheduler.class_name if request.scheduler is not None else _own_scheduler(model)
    dtypes = ["float32" if t == "float16" and not model.float16 else t for t in DTYPES.get(kind, ())]
    return tuple(EngineFacts(LOCAL_ENGINE, digest, scheduler, kind, t, library_versions()) for t in dtypes)


def _own_scheduler(model: Model) -> str:
    """The class of the scheduler in the model's files; "" for a network that denoises nothing."""
    index = read_index(model.folder)
    if index.file != INDEX_FILE:
        return ""
    named = index.components.get("scheduler")
    if named is None:
        raise damaged(model.folder, INDEX_FILE, "names no scheduler")
    return named[1]


def whole_digest(model: Model, digest_cache: Path | None) -> str:
    """The digest of all files that loading ``model`` reads. Raises ModelDamaged or ModelAltered."""
    expected = dict(model.digests)
    digest = model_digest(model.folder, digest_cache, {} if model.checkpoint else expected)
    if model.checkpoint is None:
        return digest
    return checkpoint_digest(digest, model.checkpoint, digest_cache, expected)


@cache
def likely_device() -> str:
    """The kind of device that torch would call the best here. Takes milliseconds."""
    if platform.system() == "Darwin":
        return "mps" if platform.machine() == "arm64" else "cpu"
    # The builds without CUDA say so behind the plus sign.
    return "cuda" if not version("torch").endswith("+cpu") and nvidia_gpus() else "cpu"


@cache
def library_versions() -> dict[str, str]:
    """The packages that decide on pixels, with their versions."""
    names = ("diffusers", "transformers", "torch", "pillow")
    return {"audobon": __version__, **{name: version(name) for name in names}}
