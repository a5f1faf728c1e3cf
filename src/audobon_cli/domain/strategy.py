"""How a pipeline uses memory: the words that requests, engines and the forecast share."""

from enum import StrEnum

from audobon_cli.dataclass import dataclass


class Precision(StrEnum):
    """The number format of weights and activations."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"

    @property
    def bytes(self) -> int:
        """Bytes a number."""
        return 4 if self is Precision.FLOAT32 else 2


class Attention(StrEnum):
    """How attention is computed: ``fused`` kernels keep no score matrix, ``classic`` is diffusers'
    AttnProcessor, which keeps them in the precision of the model; ``math`` is what PyTorch falls back to
    where no fused kernel runs, which keeps them in float32."""

    FUSED = "fused"
    CLASSIC = "classic"
    MATH = "math"


class Placement(StrEnum):
    """Which weights of a part lie on the card while it is called."""

    WHOLE = "whole"
    BLOCK = "block"
    BLOCK_STREAM = "block-stream"
    LEAF = "leaf"
    LEAF_STREAM = "leaf-stream"


class Storage(StrEnum):
    """How weights are kept between uses; all but NATIVE are turned into numbers of the model's precision
    for the time of a layer's call. GGUF is how a file at hand keeps them; the two after it stand for files that
    are not here."""

    NATIVE = "native"
    FLOAT8 = "float8"
    INT8 = "int8"
    NF4 = "nf4"
    GGUF = "gguf"
    GGUF_Q8 = "gguf-q8_0"
    GGUF_Q4 = "gguf-q4_k"


class Offload(StrEnum):
    """Where weights wait: ``none`` keeps all on the card, ``model`` one part at a time, the others less."""

    NONE = "none"
    MODEL = "model"
    BLOCK = "block"
    BLOCK_STREAM = "block-stream"
    LEAF_STREAM = "leaf-stream"
    SEQUENTIAL = "sequential"


class StageName(StrEnum):
    """The stages of a picture."""

    ENCODE = "text encoding"
    DENOISE = "denoising"
    DECODE = "decoding"


@dataclass(frozen=True, slots=True)
class Strategy:
    """How a pipeline is run. ``storage`` is that of the denoiser; ``tile`` the side of a decoder tile in
    pixels, 0 for none; ``batch`` how many pictures are made at once; ``attention`` None: that of the job;
    ``tf32``: cards multiply float32 matrices in TensorFloat-32.

    ``name`` says all of it; vram.strategies.strategy_named is the inverse.
    """

    name: str
    offload: Offload = Offload.NONE
    storage: Storage = Storage.NATIVE
    tile: int = 0
    sliced: bool = False
    decoder_in_half: bool = False
    batch: int = 1
    attention: Attention | None = None
    tf32: bool = False


FULL = Strategy("full")
"""Everything on the device, as plain diffusers does it."""
