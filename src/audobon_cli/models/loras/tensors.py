"""The tensors of a LoRA file, sorted by the layer that they change and by their part in the arithmetic.

Trainers end their tensors' names alike and begin them as they like. The endings are those of kohya-ss' sd-scripts
(``lora_down``, ``alpha``), PEFT (``lora_A``), diffusers before PEFT (``_lora.down``, ``lora_linear_layer``),
LyCORIS (``hada_``, ``lokr_``, ``dora_scale``, ``diff``, ``w_norm``), ComfyUI (``set_weight``) and Black Forest Labs
(``scale``).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import StrEnum

from audobon_cli.dataclass import dataclass

Shapes = Mapping[str, tuple[int, ...]]


class Role(StrEnum):
    """A tensor's part in the change of its layer."""

    DOWN = "down"
    """(rank, in …): the first factor of a low-rank change."""
    UP = "up"
    """(out, rank …): the second."""
    MID = "mid"
    """(rank, rank, height, width): the core of a Tucker decomposition, between the two."""
    UP_BIAS = "up bias"
    ALPHA = "alpha"
    """A change is scaled by alpha / rank."""
    MAGNITUDE = "magnitude"
    """DoRA's lengths of the changed weight, (out, 1 …) or (1, in …)."""
    OUTPUT_MAGNITUDE = "output magnitude"
    """PEFT's, always by output."""
    W1 = "w1"
    W1_A = "w1_a"
    W1_B = "w1_b"
    T1 = "t1"
    W2 = "w2"
    W2_A = "w2_a"
    W2_B = "w2_b"
    T2 = "t2"
    """The factors of LoHa (both pairs, with their cores) and of LoKr (each whole, or a pair)."""
    DIFF = "diff"
    """The whole change of the weight."""
    DIFF_BIAS = "bias diff"
    SET = "set"
    """The weight itself, in place of the network's."""
    SET_BIAS = "set bias"


class Algorithm(StrEnum):
    """How a layer's change is computed from its tensors; see models.loras.layers.algorithm_of."""

    LORA = "LoRA"
    LOHA = "LoHa"
    LOKR = "LoKr"
    FULL = "full difference"
    WHOLE = "whole weights"


FACTORS = (Role.W1, Role.W1_A, Role.W1_B, Role.T1, Role.W2, Role.W2_A, Role.W2_B, Role.T2)

"""The tensors of LoHa and LoKr."""

_ADAPTER = r"(?:\.(?!\d+\.)[A-Za-z0-9_-]+)?"
"""The name of the adapter, which stays inside the tensors' names where PEFT's state is saved as it is."""

_ENDINGS: tuple[tuple[str, Role], ...] = (
    (rf"\.lora_(?:down|A){_ADAPTER}\.weight", Role.DOWN),
    (rf"\.lora_(?:up|B){_ADAPTER}\.weight", Role.UP),
    (r"\.lora_A", Role.DOWN),
    (r"\.lora_B", Role.UP),
    (r"(?:\.lora_linear_layer|_lora|\.lora)\.down\.weight", Role.DOWN),
    (r"(?:\.lora_linear_layer|_lora|\.lora)\.up\.weight", Role.UP),
    (r"(?<=_lora[12])\.down\.weight", Role.DOWN),
    (r"(?<=_lora[12])\.up\.weight", Role.UP),
    (r"\.lora_mid\.weight", Role.MID),
    (rf"\.lora_(?:up|B){_ADAPTER}\.bias", Role.UP_BIAS),
    (r"(?:\.lora_linear_layer|_lora|\.lora)?\.alpha", Role.ALPHA),
    (r"\.dora_scale", Role.MAGNITUDE),
    (rf"\.lora_magnitude_vector{_ADAPTER}(?:\.weight)?", Role.OUTPUT_MAGNITUDE),
    *((rf"\.(?:hada|lokr)_{role.value}{_ADAPTER}", role) for role in FACTORS),
    (r"\.diff", Role.DIFF),
    (r"\.w_norm", Role.DIFF),
    (r"\.(?:diff_b|b_norm)", Role.DIFF_BIAS),
    (r"\.(?:set_weight|weight|scale)", Role.SET),
    (r"\.bias", Role.SET_BIAS),
)
"""How names end, and what that says: the longest ending counts."""

TAIL = 96
"""Characters at the end of a name that hold its ending, with the name of an adapter in it."""

ENDING = re.compile("|".join(f"(?P<e{number}>{pattern})$" for number, (pattern, _) in enumerate(_ENDINGS)))

OWN_ENDINGS = re.compile(
    r"\.lora_(?:up|down|mid|A|B)\b|[._]lora\d?\.(?:up|down)\.weight$|\.lora_linear_layer\."
    r"|\.(?:hada|lokr)_[wt][12]|\.(?:dora_scale|diff|diff_b|w_norm|b_norm|set_weight)$|\.lora_magnitude_vector"
)
BEGINNINGS = ("lora_unet_", "lora_te", "lora_transformer_", "lycoris_")
"""In names, and before them, that occur in no network of its own."""

_FOREIGN: tuple[tuple[str, str], ...] = (
    (r"\.oft_(?:blocks|diag|R|r)\b|\.oft_R\.", "OFT, which turns weights"),
    (r"\.boft_", "BOFT, which turns weights"),
    (r"\.lora_(?:down|up)\.\d+\.weight$", "a low-rank change in several pieces"),
    (r"\.on_input$|\.ia3_l\b", "IA3, which scales states"),
    (r"\.[ab][12]\.weight$", "GLoRA"),
    (r"\.vera_lambda_|\.vera_[AB]", "VeRA, whose matrices are not in the file"),
    (r"\.lora_embedding_[AB]\b", "a LoRA of word embeddings"),
    (
        r"\.(?:fourierft_spectrum|hra_u|randlora_|road_|shira_|delora_|miss_block|bone_block|c3a_|poly_)",
        "a kind of PEFT",
    ),
    (r"\.reshape_weight$", "a weight of another shape"),
)
"""In names of what is not computed here, and what that is called."""

FOREIGN_BEGINNINGS = {
    "vera_": "VeRA, whose matrices are not in the file",
    "lora_controlnet": "a Control-LoRA of Stability AI, which is a ControlNet",
    "bundle_emb.": "embeddings bundled with it (OneTrainer)",
    "lora_prior_": "Stable Cascade",
}
"""The same, before names."""

FOREIGN = re.compile("|".join(f"(?P<f{number}>{pattern})" for number, (pattern, _) in enumerate(_FOREIGN)))
FOREIGN_LORAS = re.compile("|".join(pattern for pattern, what in _FOREIGN if what != "GLoRA"))
"""Those that are in LoRA files alone."""

MUSUBI_LOKR = "lokr_factor"
"""The tensor by which musubi-tuner's LoKr is known."""

UNRELATED = (MUSUBI_LOKR, "v_pred", "ztsnr")
"""Names of single tensors that trainers put beside the layers, and that change no weight."""


@dataclass(frozen=True, slots=True)
class LoraTensors:
    """``layers``: for each layer, as the file calls it, the names of its tensors by role. ``foreign``: what the file
    holds that is not computed here, by what it is called, each with the name of a tensor that shows it."""

    layers: Mapping[str, Mapping[Role, str]] = field(default_factory=dict)
    foreign: Mapping[str, str] = field(default_factory=dict)

    @property
    def algorithms(self) -> tuple[Algorithm, ...]:
        """All algorithms that the layers need, in the order of the enumeration."""
        found = {algorithm_of(roles) for roles in self.layers.values()}
        return tuple(algorithm for algorithm in Algorithm if algorithm in found)


def is_lora(names: Iterable[str]) -> bool:
    """Whether a file with tensors of these names changes the layers of another network."""
    return any(
        name.startswith(BEGINNINGS) or OWN_ENDINGS.search(name[-TAIL:]) or FOREIGN_LORAS.search(name[-TAIL:])
        for name in names
    )


def read_tensors(names: Iterable[str]) -> LoraTensors:
    """Sort the tensors of a file. Those of no known ending are in ``foreign``, under their own name."""
    layers: dict[str, dict[Role, str]] = {}
    foreign: dict[str, str] = {}
    for name in sorted(names):
        if name in UNRELATED:
            continue
        head, tail = name[:-TAIL], name[-TAIL:]
        other, found = FOREIGN.search(tail), ENDING.search(tail)
        beginning = next((what for start, what in FOREIGN_BEGINNINGS.items() if name.startswith(start)), None)
        if beginning or other is not None:
            foreign.setdefault(beginning or _FOREIGN[_number(other)][1], name)
            continue
        if found is None:
            foreign.setdefault(f"the tensor {name}", name)
            continue
        role = _ENDINGS[_number(found)][1]
        roles = layers.setdefault(head + tail[: found.start()], {})
        if role in roles:
            foreign.setdefault("two changes of one layer", name)
        roles.setdefault(role, name)
    return LoraTensors(layers, foreign)


def _number(found: re.Match[str] | None) -> int:
    """Of the alternative that was found, by the name of its group."""
    assert found is not None
    assert found.lastgroup is not None
    return int(found.lastgroup[1:])


def algorithm_of(roles: Mapping[Role, str]) -> Algorithm | None:
    """How the change of a layer with these tensors is computed; None where they are not all there."""
    if {Role.DOWN, Role.UP} <= set(roles):
        return Algorithm.LORA
    names = "".join(roles.values())
    if ".hada_" in names and {Role.W1_A, Role.W1_B, Role.W2_A, Role.W2_B} <= set(roles):
        return Algorithm.LOHA
    if ".lokr_" in names and all(
        whole in roles or {left, right} <= set(roles)
        for whole, left, right in ((Role.W1, Role.W1_A, Role.W1_B), (Role.W2, Role.W2_A, Role.W2_B))
    ):
        return Algorithm.LOKR
    if roles.keys() & {Role.DIFF, Role.DIFF_BIAS}:
        return Algorithm.FULL
    return Algorithm.WHOLE if roles.keys() & {Role.SET, Role.SET_BIAS} else None
