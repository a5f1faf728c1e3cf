"""The exported graphs of a model, and whether they are whole and fit its weights."""

import hashlib
import json
from pathlib import Path

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.model import Model

EXPORTS_FILE = "exports.json"
SCHEMA = "audobon-exports/1"
TEXTS, DENOISER, DECODER, PICTURES = "text_encoder.onnx", "unet.onnx", "vae_decoder.onnx", "scorer.onnx"
ENCODER = "vae_encoder.onnx"
"""The graphs: of the text encoder, the denoiser, the decoder and the encoder of pictures, and of the scorer's network
for pictures."""


class ExportsUnusable(Exception):
    """Why the exported graphs cannot be run; the model can still be drawn with PyTorch."""


@dataclass(frozen=True, slots=True)
class Exports:
    """The graphs in ``folder``: their digests by name, and those of the ``weights`` they were exported for by path."""

    folder: Path
    graphs: tuple[tuple[str, str], ...]
    weights: tuple[tuple[str, str], ...]

    def read(self, name: str) -> bytes:
        """The bytes of a graph. Raises ExportsUnusable if they are not those that were exported."""
        expected = dict(self.graphs).get(name)
        try:
            data = (self.folder / name).read_bytes()
        except OSError as error:
            raise ExportsUnusable(f"{self.folder / name} cannot be read: {error.strerror}") from error
        if hashlib.sha256(data).hexdigest() != expected:
            raise ExportsUnusable(f"{self.folder / name} is damaged or of another version")
        return data


def read_exports(model: Model) -> Exports:
    """The graphs of ``model``. Raises ExportsUnusable if it has none, or none for the weights that it has."""
    if model.exports is None:
        raise ExportsUnusable(f"the model {model.name} has no exported graphs")
    path = model.exports / EXPORTS_FILE
    try:
        listed = json.loads(path.read_bytes())
        schema, graphs, weights = listed["schema"], dict(listed["graphs"]), dict(listed["weights"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExportsUnusable(f"{path} cannot be read: {error}") from error
    known = dict(model.digests)
    if schema != SCHEMA or any(
        known[file] != weights.get(file) for file in known if file.endswith(".safetensors")
    ):
        raise ExportsUnusable(
            f"the graphs in {model.exports} are of another version than the model's weights"
        )
    return Exports(model.exports, tuple(sorted(graphs.items())), tuple(sorted(weights.items())))
