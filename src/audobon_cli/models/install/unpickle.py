"""Pickled weights rewritten as safetensors, by a loader that builds tensors and runs nothing; in the sandbox."""

import io
import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from audobon_cli.domain.errors import ModelDamaged, ModelUnsupported
from audobon_cli.sandbox.tasks import Answer


def unpickled(facts: dict[str, Any], data: bytes) -> Answer:
    """The task of the sandbox: the pickle ``data``, the file at ``path``, as a safetensors file."""
    return Answer(None, [safetensors_of(data, Path(facts["path"]))])


def safetensors_of(data: bytes, source: Path) -> bytes:
    """The tensors of the pickle ``data``, the file at ``source``, as a safetensors file, with equal bytes.

    Read with ``torch.load(weights_only=True)``: its unpickler knows tensors, numbers, texts and containers of
    those (of parameters, too, in which the first textual inversions are), and refuses every other name before calling
    it. What is no tensor (an optimiser's settings, epochs) is left out; tensors that share memory are written each in
    full. Takes the memory of the weights four times.
    Raises ModelUnsupported for a pickle that wants anything else, or holds no tensors; ModelDamaged for one that
    cannot be read.
    """
    try:
        with warnings.catch_warnings():
            # Of odd pickle protocols; what follows says what matters of the file.
            warnings.simplefilter("ignore", UserWarning)
            with torch.serialization.safe_globals([torch.nn.ParameterDict]):
                loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise _refused(source, error) from error
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelDamaged(
            f"The pickled weights {source.name} cannot be read: {type(error).__name__}.",
            hint="get the file again",
            path=str(source),
        ) from error
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if isinstance(loaded, dict) and "string_to_param" in loaded:
        loaded = _words(loaded["string_to_param"])
    tensors: dict[str, Any] = {}
    if isinstance(loaded, dict):
        named = ((key, value) for key, value in loaded.items() if isinstance(value, torch.Tensor))
        # clone: safetensors takes no tensors that share memory.
        try:
            tensors = {str(key): value.detach().clone().contiguous() for key, value in named}
        except RuntimeError as error:  # PyTorch's way to say that there is no memory
            raise MemoryError(str(error)) from error
    if not tensors:
        raise ModelUnsupported(
            f"The pickle {source.name} holds no named tensors.",
            hint="look for a .safetensors file of the same model",
            path=str(source),
        )
    return save(tensors, metadata={"format": "pt"})


def _words(found: Any) -> Any:
    """The vectors of a textual inversion as its authors' program and AUTOMATIC1111 write them, by word; of a single one
    that is only called ``*`` by the key for what is called as its file is."""
    words = vars(found).get("_parameters") if isinstance(found, torch.nn.ParameterDict) else found
    return {"emb_params": words["*"]} if isinstance(words, dict) and set(words) == {"*"} else words


def _refused(source: Path, error: pickle.UnpicklingError) -> ModelUnsupported:
    wanted = re.search(r"GLOBAL (\S+)", str(error))
    what = f"it asks for {wanted[1]}" if wanted else "it holds more than tensors"
    return ModelUnsupported(
        f"The pickle {source.name} is not taken, not even with --allow-pickle: {what}, which could run code.",
        hint="look for a .safetensors file of the same model; do not load this one elsewhere either",
        path=str(source),
    )
