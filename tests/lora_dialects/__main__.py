"""Write docs/loras.md from what is measured here. Takes some minutes."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.lora_dialects.dialects import DIALECTS
from tests.lora_dialects.dialects.dialect import Dialect
from tests.lora_dialects.measuring import Result, measure

PAGE = Path(__file__).parents[2] / "docs" / "loras.md"
HEAD = """\
<!-- Made by `python -m tests.lora_dialects`; do not edit. -->

# LoRA files, and what is drawn with them

Trainers write the same arithmetic under many names. `--lora` reads a file layer by layer: it finds for each layer of
the file the layers of the model that it stands for, by the names of diffusers, of the model's authors and of the
trainers, and adds what the file says to the outputs of those layers. The model's weights stay as they are, so packed
weights (GGUF, 8 and 4 bits) take LoRAs too, and nothing is left when a LoRA goes.

| what | the changed weight | scaled by |
| --- | --- | --- |
| LoRA, LoCon | W + up x down, with a core between for Tucker's | alpha / rank, layer by layer; 1 without alpha |
| LoHa | W + (a x b) * (c x d) | alpha / rank |
| LoKr | W + w1 (x) w2, each whole or a pair | alpha / rank of a pair; 1 if both are whole |
| LoKr of musubi-tuner, both whole | W + w1 (x) w2 | alpha / the longer side of w2 |
| full difference, norms, biases | W + diff, b + diff_b | 1 |
| weights in place of others | the file's | 1 |
| DoRA of any of them | the changed weight, brought to the lengths in the file, by output or by input | as it is |

`--lora NAME:WEIGHT` draws with W + WEIGHT x (changed weight - W), DoRA included, so that a weight of 0 is no LoRA.
PEFT's own files take alpha, its patterns and rsLoRA from the `adapter_config.json` beside `adapter_model.safetensors`,
those of diffusers' scripts from their metadata. An alpha of 0 makes a layer silent, and is told. A layer that has no
place in the model is told and left out; a file of which nothing has a place is refused (15). So is, by its name and
before anything is loaded, what is not computed: OFT, BOFT, IA3, GLoRA, VeRA and PEFT's other kinds, PiSSA and what
else changes the weights it belongs to, LoRAs of word embeddings, bundled embeddings, Control LoRAs.

## Dialects

Each line is an experiment: a file as the tool writes it, for a small model of the family; the picture drawn with it
against the picture of the same model whose weights were changed by the formulas above, computed from the file. *Off*
is the largest difference of any value of the picture, of 255; *effect* what the LoRA changes at all.

"""


def _table(rows: Sequence[tuple[Dialect, Result]]) -> str:
    lines = [
        "| written by | file | family | layers taken | off | effect |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {dialect.tool} | {dialect.title} | {dialect.family} | {result.taken} of {result.layers} | {result.off} "
        f"| {result.effect} |"
        for dialect, result in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every dialect and write the page."""
    rows = []
    for dialect in DIALECTS:
        with tempfile.TemporaryDirectory() as work:
            rows.append((dialect, measure(dialect, Path(work))))
    PAGE.write_text(HEAD + _table(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
