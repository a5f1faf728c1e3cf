"""LoRAs of FLUX.1."""

import json

from tests.lora_dialects import arithmetic as math
from tests.lora_dialects import spellings as names
from tests.lora_dialects.dialects.dialect import DIT, PEFT, PEFT_FOUR, Dialect

FLUX_DIT = names.dotted("transformer", "transformer.", DIT)
FLUX = (
    Dialect(
        "LoRA, stacked layers, CLIP and T5",
        "kohya sd-scripts",
        "flux",
        names.together(
            names.original(names.FLUX, "lora_unet_", True),
            names.text("text_encoder", "lora_te1_"),
            names.text("text_encoder_2", "lora_te3_", names.T5, "encoder."),
        ),
        math.low_rank(),
    ),
    Dialect("names of diffusers", "ai-toolkit", "flux", FLUX_DIT, math.low_rank(**PEFT)),
    Dialect(
        "names of the authors",
        "ComfyUI",
        "flux",
        names.original(names.FLUX, "diffusion_model."),
        math.low_rank(**PEFT),
    ),
    Dialect(
        "names of the authors",
        "fal, PEFT",
        "flux",
        names.original(names.FLUX, "base_model.model."),
        math.low_rank(**PEFT),
    ),
    Dialect(
        "own processors",
        "XLabs",
        "flux",
        names.original(names.XLABS, ""),
        math.low_rank(".down.weight", ".up.weight", alpha=None),
    ),
    Dialect(
        "all layers, flat names of diffusers",
        "OneTrainer",
        "flux",
        names.together(
            names.flat("transformer", "lora_transformer_", DIT),
            names.text("text_encoder", "lora_te1_"),
            names.text("text_encoder_2", "lora_te2_", names.T5, "encoder."),
        ),
        math.low_rank(),
    ),
    Dialect(
        "names of the Open Model Initiative",
        "OneTrainer",
        "flux",
        names.together(
            names.original(names.OMI_FLUX, "transformer."),
            names.text("text_encoder_2", "t5.", names.T5, "encoder.", flatten=False),
        ),
        math.low_rank(),
    ),
    Dialect(
        "LoKr",
        "SimpleTuner",
        "flux",
        names.flat("transformer", "lycoris_", DIT),
        math.kronecker((False, False), alpha=1.0),
    ),
    Dialect(
        "LoKr, stacked layers",
        "LyCORIS",
        "flux",
        names.original(names.FLUX, "lora_unet_", True),
        math.kronecker((False, True)),
    ),
    Dialect(
        "LoHa, stacked layers",
        "LyCORIS",
        "flux",
        names.original(names.FLUX, "lora_unet_", True),
        math.hadamard(),
    ),
    Dialect(
        "DoRA by input, stacked layers",
        "LyCORIS",
        "flux",
        names.original(names.FLUX, "lora_unet_", True),
        math.decomposed(math.low_rank(), False),
    ),
    Dialect(
        "DoRA by output, stacked layers",
        "OneTrainer",
        "flux",
        names.original(names.FLUX, "lora_unet_", True),
        math.decomposed(math.low_rank(), True),
    ),
    Dialect(
        "biases",
        "Black Forest Labs",
        "flux",
        names.original(names.FLUX, ""),
        math.with_bias(math.low_rank(**PEFT)),
    ),
    Dialect(
        "norms",
        "Black Forest Labs",
        "flux",
        names.original(names.FLUX_NORMS, "diffusion_model."),
        math.replaced(".set_weight"),
        strength=20.0,
    ),
    Dialect(
        "LoRA",
        "SimpleTuner",
        "flux-schnell",
        FLUX_DIT,
        PEFT_FOUR,
        metadata={"lora_adapter_metadata": json.dumps({"transformer.r": 4, "transformer.lora_alpha": 2})},
    ),
)
