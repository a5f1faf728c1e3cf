"""The folder in which a test session builds its models, gone when it ends."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path


@cache
def session_folder() -> Path:
    """Made on first use; from then on torch runs on one thread."""
    import torch

    # Models this small gain nothing from threads, and on busy cores lose fifty-fold waiting for them.
    torch.set_num_threads(1)
    folder = Path(tempfile.mkdtemp(prefix="audobon-tiny-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
