"""LoRAs of SDXL."""

from tests.lora_dialects import arithmetic as math
from tests.lora_dialects import spellings as names
from tests.lora_dialects.dialects.dialect import PEFT, Dialect

UNET = names.flat("unet", "lora_unet_")

SDXL = (
    Dialect(
        "LoRA of all layers, CompVis' numbers",
        "kohya sd-scripts",
        "sdxl",
        names.together(
            names.numbered_unet("lora_unet_"),
            names.text("text_encoder", "lora_te1_"),
            names.text("text_encoder_2", "lora_te2_"),
        ),
        math.low_rank(),
    ),
    Dialect(
        "DoRA by input, CompVis' numbers",
        "LyCORIS",
        "sdxl",
        names.numbered_unet("lora_unet_"),
        math.decomposed(math.low_rank(), False),
    ),
    Dialect(
        "names of diffusers",
        "OneTrainer",
        "sdxl",
        names.together(UNET, names.text("text_encoder_2", "lora_te2_")),
        math.low_rank(),
    ),
    Dialect(
        "names of the Open Model Initiative",
        "OneTrainer",
        "sdxl",
        names.together(
            names.numbered_unet("unet.", flatten=False),
            names.text("text_encoder", "clip_l.", flatten=False),
            names.text("text_encoder_2", "clip_g.", flatten=False),
        ),
        math.low_rank(),
    ),
    Dialect(
        "LoKr",
        "SimpleTuner",
        "sdxl",
        names.flat("unet", "lycoris_"),
        math.kronecker((False, False), alpha=1.0),
    ),
    Dialect("PEFT names", "ai-toolkit", "sdxl", names.dotted("unet", "unet."), math.low_rank(**PEFT)),
)
