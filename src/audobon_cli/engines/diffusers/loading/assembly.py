"""From a model folder to a pipeline in memory: local files only, stock classes only, in silence."""

import importlib.metadata
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from huggingface_hub.errors import StrictDataclassError
from safetensors import SafetensorError

from audobon_cli.domain.components import ComponentChoice
from audobon_cli.domain.errors import AudobonError, ModelDamaged, ModelUnsupported
from audobon_cli.domain.strategy import FULL, Strategy
from audobon_cli.engines.diffusers.loading.checkpoints import load_checkpoint, parts_of, settings_of
from audobon_cli.engines.diffusers.loading.initialising import plain_meta_tensors
from audobon_cli.engines.diffusers.loading.replacements import load_replacement
from audobon_cli.engines.diffusers.loading.schedulers import with_settings
from audobon_cli.engines.diffusers.memory.device import DevicePlacement
from audobon_cli.engines.diffusers.memory.memory import is_out_of_memory, out_of_memory
from audobon_cli.engines.diffusers.memory.strategies import apply_strategy, quantised_loading
from audobon_cli.models.files.folder import ComponentFiles, ModelFiles
from audobon_cli.models.files.model_index import PIPELINE_MODULES
from audobon_cli.operations.stages import stage

LOADING_ERRORS = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    NotImplementedError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
    ImportError,
    SafetensorError,
    StrictDataclassError,
)
"""What diffusers, transformers (whose configurations check their types) and safetensors raise for files they cannot
make sense of."""

DENOISERS = ("unet", "transformer")

LOADED_AS = {("AudioLDM2Pipeline", "language_model", "GPT2Model"): "GPT2LMHeadModel"}
"""Classes that take the place of published ones, by pipeline, component and class: AudioLDM 2 generates with its
language model, which transformers 5 lets only classes with a head do; the weights are the same."""

EXTRAS = {"torchsde": "stable-audio"}
"""Packages that single models want, and the extra of this package that brings each."""

UNUSED_WEIGHTS = ("pooler.",)
"""Weights that may be missing: pipelines read token states, never BERT's pooled output."""


def assemble(
    files: ModelFiles,
    placement: DevicePlacement,
    replacements: tuple[ComponentChoice, ...] = (),
    checkpoint: Path | None = None,
    strategy: Strategy = FULL,
) -> Any:
    """The folder's diffusers pipeline on ``placement``, held as ``strategy`` says. Nothing is downloaded.

    ``replacements`` are loaded in place of the folder's own networks, and so are those in ``checkpoint``, a
    single file of a whole model.

    Raises ModelUnsupported if the classes are not in the installed libraries, ModelDamaged if files
    contradict each other (a weight missing or of the wrong shape), OutOfMemory. Takes seconds: reading
    the weights, and importing diffusers the first time.
    """
    with silence(), stage("load_model"):
        import diffusers

        if files.is_single_network:
            pipeline = _around_network(files, placement)
            _place(pipeline, strategy, placement, files)
            return pipeline
        pipeline_class = _class_in(diffusers, files.pipeline, files)
        if not issubclass(pipeline_class, diffusers.DiffusionPipeline):
            raise _unsupported(files, f"{files.pipeline} is not a diffusers pipeline")
        _check_parts(files, pipeline_class)
        held = parts_of(checkpoint) if checkpoint is not None else ()
        swapped = {choice.name: choice for choice in replacements}
        quantised = quantised_loading(strategy, placement)
        parts = {
            part.name: _load_network(
                part, files, placement, swapped.get(part.name), quantised if part.name in DENOISERS else {}
            )
            for part in _networks(files)
            if part.name in swapped or part.name not in held
        }
        if checkpoint is not None:
            with _explained(files, f"the checkpoint {checkpoint.name}", placement):
                parts |= load_checkpoint(
                    pipeline_class, checkpoint, files, set(held) - set(swapped), placement.dtype
                )
        with _explained(files, "the pipeline", placement):
            pipeline = diffusers.DiffusionPipeline.from_pretrained(
                str(files.folder),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=placement.dtype,
                variant=files.variant,
                **parts,
            )
    # Diffusers loads a component anew, whatever it is given, where the pipeline's signature has a default for it.
    pipeline.register_modules(**parts)
    if checkpoint is not None:
        pipeline.scheduler = with_settings(pipeline.scheduler, settings_of(checkpoint))
    del parts
    _place(pipeline, strategy, placement, files)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def load_single_network(files: ModelFiles, placement: DevicePlacement) -> torch.nn.Module:
    """The network in the folder of a model that is one, in memory. Raises as assemble."""
    with silence():
        (part,) = files.components
        return _load_network(part, files, placement)


def _place(pipeline: Any, strategy: Strategy, placement: DevicePlacement, files: ModelFiles) -> None:
    """Bring the pipeline where ``strategy`` wants it. Raises OutOfMemory."""
    # Left in the default memory format: channels_last draws some 6 % faster on a CPU (measured on the
    # built-in model), but differs from the plain pipeline in the last bit of a few values.
    try:
        apply_strategy(pipeline, strategy, placement)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise out_of_memory(placement.device, f"loading {files.folder.name}", error) from error


def _check_parts(files: ModelFiles, pipeline_class: Any) -> None:
    """Raise ModelDamaged if the index names fewer components than the pipeline needs."""
    needed, _ = pipeline_class._get_signature_keys(pipeline_class)
    named = {part.name for part in files.components}
    missing = sorted(set(needed) - set(pipeline_class._optional_components) - named)
    if missing:
        raise ModelDamaged(
            f"The model {files.folder} lacks parts that a {files.pipeline} needs: {', '.join(missing)}.",
            hint="copy or download the model again; `audobon models list` shows the others",
            path=str(files.folder),
            missing=missing,
        )


def _networks(files: ModelFiles) -> Iterator[ComponentFiles]:
    for part in files.components:
        if part.weights and part.library in ("diffusers", "transformers", *PIPELINE_MODULES):
            yield part


def load_part(files: ModelFiles, name: str, placement: DevicePlacement) -> torch.nn.Module:
    """The component ``name`` of the folder, as ``assemble`` loads it. Raises what that raises."""
    with silence():
        part = next(one for one in _networks(files) if one.name == name)
        return _load_network(part, files, placement)


def _around_network(files: ModelFiles, placement: DevicePlacement) -> Any:
    """The pipeline around a model that is one network. Raises as assemble."""
    from transformers import AutoTokenizer

    from audobon_cli.engines.diffusers.musicgen import musicgen_pipeline

    (part,) = files.components
    network = _load_network(part, files, placement)
    with _explained(files, "the tokenizer", placement):
        tokenizer = AutoTokenizer.from_pretrained(
            str(files.folder), local_files_only=True, trust_remote_code=False
        )
        pipeline = musicgen_pipeline(network, tokenizer)
        pipeline.set_progress_bar_config(disable=True)
        return pipeline


def _load_network(
    part: ComponentFiles,
    files: ModelFiles,
    placement: DevicePlacement,
    replacement: ComponentChoice | None = None,
    quantised: Mapping[str, Any] = MappingProxyType({}),
) -> torch.nn.Module:
    """One network, loaded as the pipeline itself would, but told apart when something is wrong.

    The libraries fill weights that a file lacks with random numbers and only log it; here that is an
    error.
    """
    import diffusers
    import transformers

    libraries = {"diffusers": diffusers, "transformers": transformers}
    library = libraries.get(part.library) or getattr(diffusers.pipelines, part.library)
    wanted = replacement.class_name if replacement else part.class_name
    network_class = _class_in(library, LOADED_AS.get((files.pipeline, part.name, wanted), wanted), files)
    if replacement is not None:
        with _explained(files, f"the component {part.name} from {replacement.source}", placement):
            network, missing = load_replacement(
                network_class, replacement, files.folder / part.name, placement.dtype
            )
        return _whole(network, missing, replacement.path, "")
    infix = f".{files.variant}." if files.variant else ""
    variant = files.variant if infix and infix in part.weights[0] else None
    with _explained(files, f"the component {part.name}", placement), plain_meta_tensors():
        network, report = network_class.from_pretrained(
            str(files.folder),
            subfolder=part.name,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            variant=variant,
            output_loading_info=True,
            dtype=placement.dtype,
            **quantised,
        )
    return _whole(network, sorted(report["missing_keys"]), files.folder, part.weights[0])


def _whole(network: Any, missing: list[str], path: Path, file: str) -> torch.nn.Module:
    """``network``, unless it has weights that were not in ``file`` of the folder ``path``."""
    missing = [name for name in missing if not any(unused in name for unused in UNUSED_WEIGHTS)]
    if missing:
        raise ModelDamaged(
            f"The model file {path / file} lacks {len(missing)} weights of {type(network).__name__}, such as "
            f"{missing[0]}.",
            hint="copy or download the model again; `audobon models list` shows the others",
            path=str(path),
            file=file,
        )
    assert isinstance(network, torch.nn.Module)
    return network


def _class_in(library: Any, name: str, files: ModelFiles) -> type[Any]:
    found = getattr(library, name, None)
    if not isinstance(found, type):
        version = importlib.metadata.version(library.__name__.partition(".")[0])
        raise _unsupported(files, f"{library.__name__} {version} has no class {name}")
    return found


def _unsupported(files: ModelFiles, fact: str, extra: str = "") -> ModelUnsupported:
    update = "update the libraries (`pip install --upgrade diffusers transformers`) or choose another model"
    return ModelUnsupported(
        f"The model {files.folder} cannot be run: {fact}.",
        hint=f"pip install 'audobon-cli[{extra}]'" if extra else update,
        path=str(files.folder),
    )


@contextmanager
def _explained(files: ModelFiles, what: str, placement: DevicePlacement) -> Iterator[None]:
    """Turn what the libraries raise while loading ``what`` into errors of ours."""
    try:
        yield
    except AudobonError:
        raise
    except ImportError as error:
        package = next((name for name in EXTRAS if name in str(error)), error.name or str(error))
        raise _unsupported(
            files, f"{what} needs a package that is not installed ({package})", EXTRAS.get(package, "")
        ) from error
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
def silence() -> Iterator[None]:
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
