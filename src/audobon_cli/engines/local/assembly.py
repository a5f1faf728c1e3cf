"""From a model folder to a pipeline in memory: local files only, stock classes only, in silence."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from safetensors import SafetensorError

from audobon_cli.domain.errors import AudobonError, ModelDamaged, ModelUnsupported
from audobon_cli.domain.vram.pipeline import Strategy
from audobon_cli.domain.vram.strategies import FULL
from audobon_cli.engines.local.device import Placement
from audobon_cli.engines.local.memory import is_out_of_memory, out_of_memory
from audobon_cli.engines.local.strategies import apply_strategy, quantised_loading
from audobon_cli.stores.model_files import ComponentFiles, ModelFiles

LOADING_ERRORS = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    ImportError,
    SafetensorError,
)
"""What diffusers, transformers and safetensors raise for files they cannot make sense of."""

DENOISERS = ("unet", "transformer")

UNUSED_WEIGHTS = ("pooler.",)
"""Weights that may be missing: pipelines read token states, never BERT's pooled output."""


def assemble(files: ModelFiles, placement: Placement, strategy: Strategy = FULL) -> Any:
    """The folder's diffusers pipeline on ``placement``, held as ``strategy`` says, ready to be called;
    nothing is downloaded.

    Raises ModelUnsupported if the classes are not in the installed libraries, ModelDamaged if files
    contradict each other (a weight missing or of the wrong shape), OutOfMemory. Takes seconds: reading
    the weights, and importing diffusers the first time.
    """
    with _silence():
        import diffusers

        pipeline_class = _class_in(diffusers, files.pipeline, files)
        if not issubclass(pipeline_class, diffusers.DiffusionPipeline):
            raise _unsupported(files, f"{files.pipeline} is not a diffusers pipeline")
        parts = {part.name: _load_network(part, files, placement, strategy) for part in _networks(files)}
        with _explained(files, "the pipeline", placement):
            pipeline = diffusers.DiffusionPipeline.from_pretrained(
                str(files.folder),
                local_files_only=True,
                use_safetensors=True,
                torch_dtype=placement.dtype,
                variant=files.variant,
                **parts,
            )
    # Left in the default memory format: channels_last draws some 6 % faster on a CPU (measured on the
    # built-in model), but differs from the plain pipeline in the last bit of a few values.
    try:
        apply_strategy(pipeline, strategy, placement)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        del pipeline, parts
        raise out_of_memory(placement.device, f"loading {files.folder.name}", error) from error
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _networks(files: ModelFiles) -> Iterator[ComponentFiles]:
    for part in files.components:
        if part.weights and part.library in ("diffusers", "transformers"):
            yield part


def _load_network(
    part: ComponentFiles, files: ModelFiles, placement: Placement, strategy: Strategy
) -> torch.nn.Module:
    """One network, loaded as the pipeline itself would, but told apart when something is wrong.

    The libraries fill weights that a file lacks with random numbers and only log it; here that is an
    error.
    """
    import diffusers
    import transformers

    library, dtype_name = (
        (diffusers, "torch_dtype") if part.library == "diffusers" else (transformers, "dtype")
    )
    network_class = _class_in(library, part.class_name, files)
    infix = f".{files.variant}." if files.variant else ""
    variant = files.variant if infix and infix in part.weights[0] else None
    with _explained(files, f"the component {part.name}", placement):
        network, report = network_class.from_pretrained(
            str(files.folder),
            subfolder=part.name,
            local_files_only=True,
            use_safetensors=True,
            variant=variant,
            output_loading_info=True,
            **(quantised_loading(strategy, placement) if part.name in DENOISERS else {}),
            **{dtype_name: placement.dtype},
        )
    missing = sorted(
        name for name in report["missing_keys"] if not any(unused in name for unused in UNUSED_WEIGHTS)
    )
    if missing:
        raise ModelDamaged(
            f"The model file {files.folder / part.weights[0]} lacks {len(missing)} weights of "
            f"{part.class_name}, such as {missing[0]}.",
            hint="copy or download the model again; `audobon models list` shows the others",
            path=str(files.folder),
            file=part.weights[0],
        )
    assert isinstance(network, torch.nn.Module)
    return network


def _class_in(library: Any, name: str, files: ModelFiles) -> type[Any]:
    found = getattr(library, name, None)
    if not isinstance(found, type):
        raise _unsupported(files, f"{library.__name__} {library.__version__} has no class {name}")
    return found


def _unsupported(files: ModelFiles, fact: str) -> ModelUnsupported:
    return ModelUnsupported(
        f"The model {files.folder} cannot be run: {fact}.",
        hint="update the libraries (`pip install --upgrade diffusers transformers`) or choose another model",
        path=str(files.folder),
    )


@contextmanager
def _explained(files: ModelFiles, what: str, placement: Placement) -> Iterator[None]:
    """Turn what the libraries raise while loading ``what`` into errors of ours."""
    try:
        yield
    except AudobonError:
        raise
    except ImportError as error:
        package = error.name or str(error)
        raise _unsupported(files, f"{what} needs a package that is not installed ({package})") from error
    except LOADING_ERRORS as error:
        if is_out_of_memory(error):
            raise out_of_memory(placement.device, f"loading {what} of {files.folder.name}", error) from error
        raise _unreadable(files, what, error) from error
    except Exception as error:
        # The tokenizers library raises plain Exception for a tokenizer.json that it cannot parse.
        if type(error) is not Exception:
            raise
        raise _unreadable(files, what, error) from error


def _unreadable(files: ModelFiles, what: str, error: BaseException) -> ModelDamaged:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return ModelDamaged(
        f"The files of {what} in {files.folder} cannot be loaded: {reason}",
        hint="copy or download the model again; `audobon models list` shows the others",
        path=str(files.folder),
        reason=f"{type(error).__name__}: {error}",
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the libraries' log lines, progress bars and warnings off the terminal, now and from now on.

    Import-time notices, the expected-type warning for text encoders other than CLIP and deprecations are
    addressed to developers; what a user must know is raised or sent as an event.
    """
    for name in ("diffusers", "transformers", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transformers

        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        import diffusers

        diffusers.logging.set_verbosity_error()
        diffusers.logging.disable_progress_bar()
        yield
