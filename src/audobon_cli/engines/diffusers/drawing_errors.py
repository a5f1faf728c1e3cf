"""What the libraries raise while they draw, in words of ours."""

from audobon_cli.domain.errors import AudobonError, ModelDamaged, ModelUnsupported
from audobon_cli.domain.model import Model

DRAWING_ERRORS = (
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    RuntimeError,
    MemoryError,
)
"""What diffusers, transformers and torch raise for a call, or for a configuration, that they cannot make sense of."""


LIBRARIES = ("accelerate", "diffusers", "numpy", "tokenizers", "torch", "transformers")
"""What draws."""


def explain_refusal(model: Model, error: BaseException) -> AudobonError | None:
    """The error for what the libraries raised while they drew with ``model``; None for a fault of ours.

    A pipeline of no known family may want other arguments than all take. One of a known family is called as its
    authors' is: what the libraries refuse there is what the model's files say. The built-in model is ours.
    """
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if model.calling is None and isinstance(error, TypeError | ValueError):
        return ModelUnsupported(
            f"The pipeline {model.pipeline}, which belongs to no family known here, refused the call: {reason}",
            hint="try other --steps or --size, or choose a model of a family in docs/capabilities.md",
            pipeline=model.pipeline,
        )
    if model.builtin or not _raised_by_library(error):
        return None
    return ModelDamaged(
        f"The files of the model {model.name} cannot be drawn with: {reason}",
        hint="its configurations may be at fault: copy or download the model again; `audobon models list` shows "
        "the others",
        path=str(model.checkpoint or model.folder),
        reason=f"{type(error).__name__}: {error}",
    )


def _raised_by_library(error: BaseException) -> bool:
    """Whether the line that raised ``error`` is one of a library."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    module = str(place.tb_frame.f_globals.get("__name__", "")) if place is not None else ""
    return module.partition(".")[0] in LIBRARIES
