"""The configurations that predictions are committed for and a card is measured on."""

from dataclasses import dataclass

MODELS = ("sprite", "sd15", "sdxl")
SIZES = {"sprite": (64,), "sd15": (512, 768), "sdxl": (768, 1024)}
STRATEGIES = (
    "full",
    "model-offload",
    "group-block-stream",
    "group-leaf-stream",
    "sequential",
    "float8",
    "full+tiles-512",
    "full+math-attention",
)
CAPS_GIB = (4, 6, 8, 12)
"""Memory that the trials of "it fits" are capped to."""
PRECISION = "bfloat16"
GUIDANCE = 5.0


@dataclass(frozen=True)
class Configuration:
    """One run: a model of random weights, a square size in pixels, a strategy."""

    model: str
    size: int
    strategy: str

    @property
    def name(self) -> str:
        """Names it in predictions.json."""
        return f"{self.model} {self.size} {self.strategy}"


def configurations() -> list[Configuration]:
    """All, the quick ones first. Tiles as large as the picture and what has no trace are left out."""
    return [
        Configuration(model, size, strategy)
        for model in MODELS
        for size in SIZES[model]
        for strategy in STRATEGIES
        if not ("tiles" in strategy and size <= 512)
        and not (model == "sprite" and ("math" in strategy or "tiles" in strategy))
    ]
