"""The dialects: which tool writes such files, for which family, in which names, by which arithmetic."""

from tests.lora_dialects.dialects.flux import FLUX
from tests.lora_dialects.dialects.other_transformers import OTHERS
from tests.lora_dialects.dialects.stable_diffusion import SD1
from tests.lora_dialects.dialects.stable_diffusion_xl import SDXL

DIALECTS = (*SD1, *SDXL, *FLUX, *OTHERS)
