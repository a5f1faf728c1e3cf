"""What a device holds right now, for the progress line."""

from typing import Any

import torch


def live_memory(device: str, accelerator: Any = None) -> tuple[int, int] | None:
    """Bytes in use on ``device`` by everything, and all it has; None for the processor and where the backend
    does not say. ``accelerator`` stands in for ``torch.cuda``. Never raises."""
    kind = device.partition(":")[0]
    try:
        if kind == "cuda":
            free, total = (accelerator or torch.cuda).mem_get_info(torch.device(device))
            return int(total - free), int(total)
        if kind == "mps":
            backend = accelerator or torch.mps
            return int(backend.driver_allocated_memory()), int(backend.recommended_max_memory())
    except (RuntimeError, AttributeError, ValueError):
        return None
    return None
