"""What `models show` says of a LoRA file's changes: each algorithm in its own terms."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from audobon_cli.models.loras.sizes import change_sizes
from tests.conftest import Audobon

LAYER = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
OTHER = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
PEFT = "base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q"

Tensors = dict[str, tuple[int, ...]]


def named(layer: str, **shapes: tuple[int, ...]) -> Tensors:
    """Tensors of one layer, by their endings with _ for the points."""
    return {f"{layer}.{ending.replace('__', '.')}": shape for ending, shape in shapes.items()}


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        (named(LAYER, lora_down__weight=(8, 320), lora_up__weight=(320, 8), alpha=()), ["LoRA, rank 8"]),
        (
            named(LAYER, lora_down__weight=(4, 320), lora_up__weight=(320, 4))
            | named(OTHER, lora_down__weight=(16, 768), lora_up__weight=(320, 16)),
            ["LoRA, rank 4 to 16"],
        ),
        (
            named(LAYER, hada_w1_a=(320, 6), hada_w1_b=(6, 320), hada_w2_a=(320, 6), hada_w2_b=(6, 320)),
            ["LoHa, rank 6"],
        ),
        (named(LAYER, lokr_w1=(8, 8), lokr_w2_a=(40, 5), lokr_w2_b=(5, 40)), ["LoKr, rank 5"]),
        (named(LAYER, lokr_w1=(8, 8), lokr_w2=(40, 40)), ["LoKr, which has no rank"]),
        (named(LAYER, diff=(320, 320)), ["full difference, which has no rank"]),
        (
            named(
                LAYER,
                a1__weight=(320, 4),
                a2__weight=(4, 320),
                b1__weight=(320, 4),
                b2__weight=(4, 320),
                alpha=(),
            ),
            ["GLoRA, rank 4"],
        ),
        (named(LAYER, weight=(1, 320), on_input=()), ["IA3, which has no rank"]),
        (named(PEFT, ia3_l=(320, 1)), ["IA3, which has no rank"]),
        (named(LAYER, oft_blocks=(5, 64, 64), alpha=()), ["OFT, blocks of 64"]),
        (named(PEFT, oft_R__weight=(10, 496)), ["OFT, blocks of 32"]),
        (named(LAYER, oft_blocks=(3, 5, 64, 64)), ["BOFT, blocks of 64"]),
        (named(PEFT, boft_R=(1, 10, 32, 32), boft_s=(320, 1)), ["BOFT, blocks of 32"]),
        (
            named(LAYER, lora_down__weight=(8, 320), lora_up__weight=(320, 8))
            | named(OTHER, oft_blocks=(5, 16, 16)),
            ["LoRA, rank 8", "OFT, blocks of 16"],
        ),
    ],
)
def test_changes_are_named_with_their_sizes(tensors: Tensors, said: list[str]) -> None:
    assert list(change_sizes(tensors)) == said


def test_odd_shapes_are_no_bug() -> None:
    for shape in ((), (0,), (3,), (0, 0), (2, 3, 4, 5)):
        for ending in ("oft_blocks", "oft_R.weight", "a2.weight", "ia3_l", "lora_down.weight", "lokr_w1_b"):
            change_sizes({f"{LAYER}.{ending}": shape, f"{LAYER}.lora_up.weight": shape})


def test_models_show_says_them(audobon: Audobon) -> None:
    tensors = named(LAYER, oft_blocks=(5, 64, 64))
    save_file({name: np.zeros(shape, np.float32) for name, shape in tensors.items()}, "turn.safetensors")
    audobon("init", ".")
    assert audobon("models", "add", str(Path("turn.safetensors").absolute()), "--name", "turn").status == 0
    assert audobon("models", "show", "turn", "--json").data["changes"] == ["OFT, blocks of 64"]
    assert "changes:     OFT, blocks of 64" in audobon("models", "show", "turn").out
