"""The score of a picture's technical quality, as an asset's metadata keeps it."""

from collections.abc import Mapping
from typing import Any

QUALITY_KEY = "quality_score"
"""Where an asset's metadata has it: ``score`` (0 to 1, of the worst ``fault``), and the ``blob`` that was measured."""


def quality_record(score: float, fault: str, blob: str, palette: str = "") -> dict[str, Any]:
    """What is kept of ``score``; ``palette`` is what colours were held against, "" where nothing was."""
    return {"score": score, "fault": fault, "blob": blob, "palette": palette or None}


def kept_score(metadata: Mapping[str, Any], blob: str) -> float | None:
    """The score that ``metadata`` has of the picture ``blob``, 0 to 1; None where it has none, or one of other
    pixels than the asset has now."""
    record = metadata.get(QUALITY_KEY)
    if not isinstance(record, dict) or record.get("blob") != blob:
        return None
    score = record.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        return None
    return float(score)
