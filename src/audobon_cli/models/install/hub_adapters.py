"""Which files of a hub repository without a pipeline are an adapter: the weights of a LoRA, ControlNet, IP-Adapter or
textual inversion, or a GGUF file, with the configuration beside them."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from audobon_cli.domain.errors import InvalidInput, ModelUnsupported
from audobon_cli.models.adapter_files import CONFIG_FILE, FOLDER_WEIGHTS
from audobon_cli.models.files.weight_header import SUFFIXES
from audobon_cli.models.install.select_files import PLAIN, PREFERRED_VARIANT, Selection
from audobon_cli.models.loras.scaling import CONFIG_FILE as PEFT_CONFIG

_SHARD = re.compile(r"-\d{5}-of-\d{5}\.")
_LICENCE = re.compile(r"LICENSE(\.\w+)?")


def select_adapter(
    paths: Sequence[str], variant: str | None, read_config: Callable[[str], dict[str, Any]], page: str
) -> Selection | None:
    """The adapter among ``paths``, of its variants fp16 where there is one; None where there is none.

    ``read_config`` reads a JSON object of the repository, ``page`` is where its files can be looked at. Raises
    InvalidInput where one of several files must be named by its address, ModelUnsupported for a network that is no
    adapter.
    """
    weights = [
        path for path in paths if "/" not in path and path.endswith(SUFFIXES) and not _SHARD.search(path)
    ]
    for beginning in FOLDER_WEIGHTS:
        named = [path for path in weights if path.startswith(beginning)]
        if named:
            weights = _of_variant(named, variant)
            break
    else:
        if any("/" in path and path.endswith(SUFFIXES) for path in paths):
            return None  # the parts of a model, without what would put them together
    if not weights:
        return None
    if len(weights) > 1:
        raise InvalidInput(
            f"{page} holds {len(weights)} files of weights, and no pipeline.",
            hint=f"name one by its address, such as {page}/resolve/main/{weights[0]}",
            files=weights[:20],
        )
    beside = [path for path in (CONFIG_FILE, PEFT_CONFIG) if path in paths]
    config = read_config(CONFIG_FILE) if CONFIG_FILE in beside else {}
    network = str(config.get("_class_name") or config.get("model_type") or "")
    if network and "ControlNet" not in network:
        raise ModelUnsupported(
            f"{page} holds a {network} alone, which is a part of a model.",
            hint="pull the model that it belongs to, and give its file with --component or --vae",
        )
    licences = [path for path in paths if _LICENCE.fullmatch(path)]
    found = "" if f".{PREFERRED_VARIANT}." not in weights[0] else PREFERRED_VARIANT
    return Selection((*weights, *beside, *licences), found, "")


def _of_variant(paths: list[str], variant: str | None) -> list[str]:
    """Those of the variant that was asked for, else fp16, else all."""
    plain = [path for path in paths if path.count(".") == 1]
    if variant == PLAIN:
        return plain or paths
    half = [path for path in paths if f".{variant or PREFERRED_VARIANT}." in path]
    return half or plain or paths
