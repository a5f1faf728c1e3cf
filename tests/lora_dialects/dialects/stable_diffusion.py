"""LoRAs of Stable Diffusion 1 and of models like the built-in one."""

import json

from tests.lora_dialects import arithmetic as math
from tests.lora_dialects import spellings as names
from tests.lora_dialects.dialects.dialect import CONVOLUTIONS, PEFT, PEFT_FOUR, Dialect, peft_config

UNET = names.flat("unet", "lora_unet_")
KOHYA_SD1 = names.together(UNET, names.text("text_encoder", "lora_te_"))
OWN_PEFT = names.dotted("unet", "base_model.model.")
RS_LORA = math.low_rank(**PEFT, ranks=(4,), scale=lambda number, rank: 2 / 2)
ALPHA_ZERO = math.low_rank(alphas=(1.0, 0.0, None))


SD1 = (
    Dialect("LoRA, ranks and alphas by layer", "kohya sd-scripts", "sd15", KOHYA_SD1, math.low_rank()),
    Dialect("LoRA without alphas", "kohya sd-scripts", "sd15", KOHYA_SD1, math.low_rank(alpha=None)),
    Dialect("LoRA, some alphas 0", "kohya sd-scripts", "sd15", KOHYA_SD1, ALPHA_ZERO),
    Dialect(
        "LoCon (convolutions)",
        "LyCORIS",
        "sd15",
        names.flat("unet", "lora_unet_", CONVOLUTIONS),
        math.low_rank(),
    ),
    Dialect("LoCon, Tucker", "LyCORIS", "sd15", names.flat("unet", "lora_unet_", CONVOLUTIONS), math.tucker),
    Dialect("LoHa", "LyCORIS", "sd15", names.flat("unet", "lora_unet_", CONVOLUTIONS), math.hadamard()),
    Dialect(
        "LoHa, Tucker",
        "LyCORIS",
        "sd15",
        names.flat("unet", "lora_unet_", CONVOLUTIONS),
        math.hadamard_tucker,
    ),
    Dialect("LoKr, both whole", "LyCORIS", "sd15", KOHYA_SD1, math.kronecker((False, False))),
    Dialect(
        "LoKr, second a pair",
        "LyCORIS",
        "sd15",
        names.flat("unet", "lora_unet_", CONVOLUTIONS),
        math.kronecker((False, True)),
    ),
    Dialect("LoKr, both pairs", "LyCORIS", "sd15", UNET, math.kronecker((True, True)), strength=1.5),
    Dialect(
        "LoKr, Tucker",
        "LyCORIS",
        "sd15",
        names.flat("unet", "lora_unet_", CONVOLUTIONS),
        math.kronecker((False, False), core=True),
    ),
    Dialect(
        "DoRA by input",
        "LyCORIS",
        "sd15",
        names.flat("unet", "lora_unet_", CONVOLUTIONS),
        math.decomposed(math.low_rank(), False),
    ),
    Dialect(
        "DoRA by output",
        "LyCORIS",
        "sd15",
        names.flat("unet", "lora_unet_", CONVOLUTIONS),
        math.decomposed(math.low_rank(), True),
    ),
    Dialect("DoRA of LoHa", "LyCORIS", "sd15", UNET, math.decomposed(math.hadamard(), False)),
    Dialect("DoRA of LoKr", "LyCORIS", "sd15", UNET, math.decomposed(math.kronecker((False, True)), True)),
    Dialect(
        "full differences, biases, norms",
        "LyCORIS",
        "sd15",
        names.flat("unet", "lora_unet_", r"(to_q|to_out\.0|norm1|norm2|conv_norm_out|conv1)$", (1, 2, 4)),
        math.whole,
    ),
    Dialect(
        "PEFT names",
        "diffusers",
        "sd15",
        names.together(
            names.dotted("unet", "unet."), names.text("text_encoder", "text_encoder.", flatten=False)
        ),
        math.low_rank(**PEFT),
    ),
    Dialect(
        "PEFT names, alpha in the metadata",
        "diffusers",
        "sd15",
        names.dotted("unet", "unet."),
        PEFT_FOUR,
        metadata={"lora_adapter_metadata": json.dumps({"unet.r": 4, "unet.lora_alpha": 2})},
    ),
    Dialect(
        "attention processors",
        "diffusers before PEFT",
        "sd15",
        names.processors("unet", "unet."),
        math.low_rank("_lora.down.weight", "_lora.up.weight", alpha=None),
    ),
    Dialect(
        "attention processors, no prefix",
        "diffusers before PEFT",
        "sd15",
        names.processors("unet", ""),
        math.low_rank("_lora.down.weight", "_lora.up.weight", alpha=None),
    ),
    Dialect(
        "text encoder alone",
        "diffusers before PEFT",
        "sd15",
        names.text("text_encoder", "text_encoder.", flatten=False),
        math.low_rank(".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight", alpha=None),
    ),
    Dialect(
        "extracted from a model",
        "ComfyUI",
        "sd15",
        names.together(
            names.dotted("unet", "diffusion_model.", r"(to_q|to_out\.0|conv1)$"),
            names.text("text_encoder", "text_encoders.clip_l.transformer.", flatten=False),
        ),
        math.low_rank(alpha=None),
    ),
    Dialect("adapter_model.safetensors", "PEFT", "sd15", OWN_PEFT, PEFT_FOUR, beside=peft_config()),
    Dialect("rsLoRA", "PEFT", "sd15", OWN_PEFT, RS_LORA, beside=peft_config(use_rslora=True)),
    Dialect(
        "alpha_pattern",
        "PEFT",
        "sd15",
        names.dotted("unet", "base_model.model.", r"attn[12]\.to_q$"),
        math.low_rank(**PEFT, ranks=(4,), scale=lambda number, rank: (6 if number % 2 == 0 else 2) / 4),
        beside=peft_config(alpha_pattern={"attn1.to_q": 6}),
        strength=2.0,
    ),
    Dialect(
        "DoRA",
        "PEFT",
        "sd15",
        names.dotted("unet", "base_model.model.", CONVOLUTIONS),
        math.decomposed(PEFT_FOUR, True, ".lora_magnitude_vector", peft=True),
        beside=peft_config(use_dora=True),
    ),
    Dialect(
        "LoHa",
        "PEFT",
        "sd15",
        OWN_PEFT,
        math.hadamard(alpha=False, scale=0.5),
        beside={"peft_type": "LOHA", "r": 4, "alpha": 2},
    ),
    Dialect(
        "LoKr",
        "PEFT",
        "sd15",
        OWN_PEFT,
        math.kronecker((False, True), alpha=None, scale=0.5),
        beside={"peft_type": "LOKR", "r": 4, "alpha": 2},
        strength=2.0,
    ),
    Dialect(
        "no prefix, adapter's name inside",
        "PEFT",
        "sd15",
        names.dotted("unet", ""),
        math.low_rank(".lora_A.default.weight", ".lora_B.default.weight", alpha=None),
    ),
    Dialect(
        "LoRA and DoRA", "OneTrainer", "sd15", KOHYA_SD1, math.decomposed(math.low_rank(ranks=(4,)), False)
    ),
    Dialect("the tool's own sprite model", "kohya sd-scripts", "sprite", UNET, math.low_rank()),
)
