"""Which pictures are drawn by exported graphs, and what recipes say of them; told without loading anything."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from audobon_cli.__about__ import __version__
from audobon_cli.domain.model import LOCAL_ENGINE, AlphaMode, Runtime
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import EngineFacts
from audobon_cli.engines.diffusers.predicted_facts import likely_device, whole_digest
from audobon_cli.engines.onnx.exports import ExportsUnusable
from audobon_cli.models.files.model_index import read_index

PROCESSOR = "cpu"


def draws(request: ResolvedRequest, device: str | None) -> bool:
    """Whether the picture of ``request`` is one for exported graphs, where ``device`` (None: the best) draws it."""
    if request.model.exports is None or not request.drawn_plainly or request.runtime is Runtime.PYTORCH:
        return False
    if request.start_strength is not None and request.model.alpha is not AlphaMode.PREMULTIPLIED:
        return False  # opaque pictures are laid out otherwise before they are encoded
    chosen = device.strip().lower() if device else likely_device()
    return chosen == PROCESSOR


def onnx_facts(request: ResolvedRequest, digest_cache: Path | None) -> EngineFacts:
    """What recipes say of a picture drawn so. Raises ExportsUnusable without onnxruntime, and as whole_digest."""
    model = request.model
    return EngineFacts(
        engine=LOCAL_ENGINE,
        model_digest=whole_digest(model, digest_cache),
        scheduler=read_index(model.folder).components["scheduler"][1],
        device=PROCESSOR,
        dtype="float32",
        libraries={**_versions(), **_composing(request)},
        runtime=Runtime.ONNX.value,
    )


def _composing(request: ResolvedRequest) -> dict[str, str]:
    """The packages that draw the composition which the picture begins with."""
    if request.composition is None:
        return {}
    from audobon_cli.exemplars.render import libraries

    return libraries()


@cache
def _versions() -> dict[str, str]:
    """The packages that decide on pixels, with their versions."""
    try:
        found = {name: version(name) for name in ("onnxruntime", "tokenizers", "numpy", "pillow")}
    except PackageNotFoundError as error:
        raise ExportsUnusable(f"{error.name} is not installed") from error
    return {"audobon": __version__, **found}
