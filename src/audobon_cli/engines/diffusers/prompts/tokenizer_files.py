"""The tokenizers of a model, read by the tokenizers library alone where their files allow it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.domain.model import Model
from audobon_cli.models.files.model_index import read_object

if TYPE_CHECKING:
    from tokenizers import Tokenizer

LONGEST = 100_000
"""What claims to take more tokens has no limit of its own."""


@dataclass(frozen=True, slots=True)
class ReadTokenizer:
    """``component`` is its name in the pipeline; ``length`` how many tokens its encoder takes, marks at both ends
    counted (0: no limit known)."""

    component: str
    tokenizer: "Tokenizer"
    length: int


def read_tokenizers(model: Model) -> tuple[ReadTokenizer, ...]:
    """Those of ``model``, by their names. Importing transformers for those without a tokenizer.json takes a second.

    Raises ModelDamaged.
    """
    folders = sorted(one for one in model.folder.glob("tokenizer*") if one.is_dir())
    return tuple(_read(folder) for folder in folders)


def _read(folder: Path) -> ReadTokenizer:
    from tokenizers import Tokenizer

    try:
        config = read_object(folder, "tokenizer_config.json")
        if (folder / "tokenizer.json").is_file():
            tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
        else:
            import transformers

            tokenizer = transformers.AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False
            ).backend_tokenizer
    except Exception as error:
        # The tokenizers library raises plain Exception for a file that it cannot parse.
        if type(error) is not Exception and not isinstance(error, OSError | ValueError | AttributeError):
            raise
        raise ModelDamaged(
            f"The tokenizer in {folder} cannot be read: {error}",
            hint="copy or download the model again; `audobon models list` shows the others",
            path=str(folder),
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    length = config.get("model_max_length")
    known = isinstance(length, int | float) and 0 < length < LONGEST
    return ReadTokenizer(folder.name, tokenizer, int(length) if known and length else 0)
