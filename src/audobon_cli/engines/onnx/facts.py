"""Which pictures are drawn by exported graphs, and what recipes say of them; told without loading anything."""

import importlib.util
from functools import cache
from importlib.metadata import version
from pathlib import Path

from audobon_cli.__about__ import __version__
from audobon_cli.domain.model import LOCAL_ENGINE, Runtime
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import EngineFacts
from audobon_cli.engines.diffusers.predicted_facts import likely_device, whole_digest
from audobon_cli.models.files.model_index import read_index

PROCESSOR = "cpu"
PACKAGE = "onnxruntime"


def draws(request: ResolvedRequest, device: str | None) -> bool:
    """Whether the picture of ``request`` is one for exported graphs, where ``device`` (None: the best) draws it."""
    if request.model.exports is None or not request.from_words_alone or request.runtime is Runtime.PYTORCH:
        return False
    chosen = device.strip().lower() if device else likely_device()
    return chosen == PROCESSOR and _installed()


def onnx_facts(request: ResolvedRequest, digest_cache: Path | None) -> EngineFacts:
    """What recipes say of a picture drawn so. Raises as whole_digest."""
    model = request.model
    return EngineFacts(
        engine=LOCAL_ENGINE,
        model_digest=whole_digest(model, digest_cache),
        scheduler=read_index(model.folder).components["scheduler"][1],
        device=PROCESSOR,
        dtype="float32",
        libraries=_versions(),
        runtime=Runtime.ONNX.value,
    )


@cache
def _installed() -> bool:
    return importlib.util.find_spec(PACKAGE) is not None


@cache
def _versions() -> dict[str, str]:
    """The packages that decide on pixels, with their versions."""
    return {
        "audobon": __version__,
        **{name: version(name) for name in (PACKAGE, "tokenizers", "numpy", "pillow")},
    }
