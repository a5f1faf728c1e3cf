"""What a dialect is, and what several of them share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.lora_dialects import arithmetic as math
from tests.lora_dialects.arithmetic import Algorithm
from tests.lora_dialects.spellings import Spelling

PEFT = {"down": ".lora_A.weight", "up": ".lora_B.weight", "alpha": None}
DIT = r"\.(to_q|to_k|to_v|to_out\.0|to_out|add_k_proj|add_q_proj|to_add_out|proj|linear_1|net\.2|proj_mlp|proj_out)$"
CONVOLUTIONS = r"(resnets\.\d\.conv[12]|conv_shortcut|samplers\.0\.conv|to_q|proj_in)$"


@dataclass(frozen=True)
class Dialect:
    """``wanted`` finds the layers that ``algorithm`` is for; ``others`` are for other endings of names. ``beside`` is
    PEFT's adapter_config.json, ``metadata`` the file's."""

    title: str
    tool: str
    family: str
    spelling: Spelling
    algorithm: Algorithm
    metadata: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, object] | None = None
    extra: Mapping[str, float] = field(default_factory=dict)
    strength: float = 1.0


def peft_config(**more: object) -> dict[str, object]:
    return {"peft_type": "LORA", "r": 4, "lora_alpha": 2, **more}


PEFT_FOUR = math.low_rank(**PEFT, ranks=(4,), scale=lambda number, rank: 2 / 4)
"""By a configuration that says alpha 2 and rank 4."""
