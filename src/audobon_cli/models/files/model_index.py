"""A model folder's model_index.json: which pipeline, which components, and whether they may be loaded."""

import codecs
import json
import shlex
from pathlib import Path
from typing import Any

from audobon_cli.dataclass import dataclass
from audobon_cli.domain.errors import ModelDamaged, ModelNotFound, ModelUnsupported
from audobon_cli.domain.foreign.documents import read_named
from audobon_cli.models.files.config_bounds import config_fault
from audobon_cli.models.files.single_network import CONFIG_FILE, WHOLE, single_network

INDEX_FILE = "model_index.json"
PIPELINE_MODULES = ("audioldm2", "stable_audio", "stable_audio_3")
"""Modules of diffusers' pipelines with networks of their own."""
LIBRARIES = ("diffusers", "transformers", "stable_diffusion", *PIPELINE_MODULES)
"""Libraries whose classes a model may name; ``stable_diffusion`` is diffusers' own safety checker."""

UNSAVED = (("LongCatAudioDiTPipeline", "scheduler"),)
"""Components, by pipeline, that diffusers names in the index and does not save: the pipeline makes its own."""

MOST_OBJECT_BYTES = 64 * 2**20
"""Of an index, configuration or vocabulary: those of the largest tokenizers have some twenty megabytes."""

REDOWNLOAD = "copy or download the model again; `audobon models list` shows the others"


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """``pipeline`` is a class name; ``components`` maps each folder's name to its library and class;
    ``settings`` are the pipeline's own (is_distilled ...); ``file`` is where it is read from.

    A model that is one network has that network's class for a pipeline, and itself for a component."""

    pipeline: str
    components: dict[str, tuple[str, str]]
    settings: dict[str, bool | int | float | str]
    file: str = INDEX_FILE

    def may_be_absent(self, name: str) -> bool:
        """Whether the component ``name`` may have no folder."""
        return (self.pipeline, name) in UNSAVED


def read_index(folder: Path) -> ModelIndex:
    """The folder's index. Raises ModelNotFound without a folder, ModelDamaged if the index is missing
    or broken, ModelUnsupported for other kinds of models and for those that bring their own code."""
    if not folder.is_dir():
        raise ModelNotFound(
            f"There is no model folder {folder}.", hint="see `audobon models list`", path=str(folder)
        )
    if not (folder / INDEX_FILE).is_file():
        alone = _single_network(folder)
        if alone is not None:
            return alone
        _refuse_single_file(folder)
    return parse_index(read_object(folder, INDEX_FILE), folder)


def _single_network(folder: Path) -> ModelIndex | None:
    """The index of a folder that is one network; None for others. Raises as read_object."""
    if not (folder / CONFIG_FILE).is_file():
        return None
    name = single_network(read_object(folder, CONFIG_FILE))
    return ModelIndex(name, {WHOLE: ("transformers", name)}, {}, CONFIG_FILE) if name else None


def is_model_folder(folder: Path) -> bool:
    """Whether ``folder`` holds a whole model, of several components or one; raises as read_object."""
    return (folder / INDEX_FILE).is_file() or _single_network(folder) is not None


def parse_index(index: dict[str, Any], folder: Path) -> ModelIndex:
    """The index in a parsed model_index.json, which is or will be that of ``folder``. Raises as read_index."""
    pipeline = index.get("_class_name")
    if isinstance(pipeline, list):
        raise _own_code(folder, str(pipeline[0]) if pipeline else "?")
    if not isinstance(pipeline, str) or not pipeline.isidentifier():
        raise damaged(folder, INDEX_FILE, "names no pipeline class")
    components = {name: (entry[0], entry[1]) for name, entry in index.items() if _is_component(name, entry)}
    if not components:
        raise damaged(folder, INDEX_FILE, "names no components")
    for name, (library, _) in components.items():
        _check_origin(folder, name, library)
    settings = {
        name: value
        for name, value in index.items()
        if not name.startswith("_") and isinstance(value, bool | int | float | str)
    }
    return ModelIndex(pipeline, components, settings)


def read_object(folder: Path, relative: str) -> dict[str, Any]:
    """A JSON object in the folder. Raises ModelDamaged for anything else, for one that diffusers and transformers read
    differently, and for a configuration that no model can have (see config_bounds), ModelUnsupported if it names code
    that comes with the model."""
    content = _read(folder, relative)
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(folder, relative, "is not valid JSON") from error
    if not isinstance(data, dict):
        raise damaged(folder, relative, "is not a JSON object")
    if json.detect_encoding(content) != "utf-8":
        raise _marked(folder, relative, content)
    wanted = _code_wanted(data)
    if wanted:
        raise _own_code(folder, f"{relative}: {wanted}")
    fault = config_fault(Path(relative).name, data)
    if fault:
        raise damaged(folder, relative, fault)
    return data


def check_text(folder: Path, relative: str) -> None:
    """Raise ModelDamaged for a text in the folder that the networks' libraries would read wrongly, or not at all."""
    content = _read(folder, relative)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _marked(folder, relative, content) from error
    if content.startswith(codecs.BOM_UTF8):
        raise _marked(folder, relative, content)


def _read(folder: Path, relative: str) -> bytes:
    try:
        return read_named(folder / relative, MOST_OBJECT_BYTES)
    except FileNotFoundError as error:
        raise damaged(folder, relative, "is missing") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise damaged(folder, relative, f"cannot be read ({why})") from error


def damaged(folder: Path, relative: str, fact: str, hint: str = REDOWNLOAD) -> ModelDamaged:
    """The error for one file of the folder, to raise."""
    return ModelDamaged(
        f"The model file {folder / relative} {fact}.", hint=hint, path=str(folder), file=relative
    )


def _marked(folder: Path, relative: str, content: bytes) -> ModelDamaged:
    """The error for a file that an editor on Windows has saved: the networks' libraries open it as plain UTF-8."""
    hint = "save it in an editor as UTF-8 without a byte order mark"
    if not content.startswith(codecs.BOM_UTF8):
        fact = "is not UTF-8, the only encoding that diffusers and transformers read"
        return damaged(folder, relative, fact, hint)
    path, plain = shlex.quote(str(folder / relative)), f"plain{Path(relative).suffix}"
    fact = "begins with a byte order mark, which diffusers and transformers do not read"
    return damaged(folder, relative, fact, f"{hint}: `tail -c +4 {path} > {plain} && mv {plain} {path}`")


def _refuse_single_file(folder: Path) -> None:
    """Raise ModelUnsupported if the folder holds a checkpoint of another kind."""
    for path in sorted(folder.iterdir()):
        if path.suffix in (".safetensors", ".ckpt", ".gguf"):
            raise ModelUnsupported(
                f"{folder} is not a diffusers folder: it has {path.name} but no {INDEX_FILE}.",
                hint="convert the checkpoint with diffusers' `from_single_file` and `save_pretrained`",
                path=str(folder),
            )


def _is_component(name: str, entry: object) -> bool:
    return (
        not name.startswith("_")
        and isinstance(entry, list)
        and len(entry) == 2
        and all(isinstance(part, str) for part in entry)
    )


def _check_origin(folder: Path, name: str, library: str) -> None:
    """Refuse components that name code outside diffusers and transformers, or files outside the folder."""
    if not name.isidentifier():
        raise damaged(folder, INDEX_FILE, f"names a component {name!r}")
    # Diffusers would run a file of the library's name that lies in the component's folder.
    if library not in LIBRARIES or (folder / name / f"{library}.py").exists():
        raise _own_code(folder, f"{name} from {library}")


def _code_wanted(config: dict[str, Any]) -> str:
    """The code that a configuration names in ``auto_map``, transformers' and diffusers' key for code beside the
    weights; also in the configurations inside it, whose classes are chosen by themselves. Empty for none."""
    waiting = [config]
    while waiting:
        inner = waiting.pop()
        if inner.get("auto_map"):
            named = inner["auto_map"]
            return str(next(iter(named.values()))) if isinstance(named, dict) else str(named)
        for value in inner.values():
            waiting += [
                one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)
            ]
    return ""


def _own_code(folder: Path, what: str) -> ModelUnsupported:
    return ModelUnsupported(
        f"The model {folder} wants code that is not part of diffusers or transformers ({what}); "
        "code that comes with a model is never run.",
        hint="choose a model made of stock classes; `audobon models list` shows those at hand",
        path=str(folder),
    )
