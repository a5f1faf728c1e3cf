"""Imports without what their libraries would bring along unasked."""

import importlib
import sys
from types import ModuleType
from typing import cast

ONNXRUNTIME = "onnxruntime"


def import_diffusers() -> None:
    """Import diffusers without onnxruntime, where that is installed for matting.

    No pipeline here needs it, and on import it starts Microsoft's telemetry: a device id and a database in the
    user's cache folder, and a library that may speak to the network beside Python's sockets.
    """
    if "diffusers" in sys.modules or ONNXRUNTIME in sys.modules:
        return
    # None in sys.modules is Python's own way of saying that there is no such module.
    sys.modules[ONNXRUNTIME] = cast(ModuleType, None)
    try:
        importlib.import_module("diffusers.utils.import_utils")
    finally:
        del sys.modules[ONNXRUNTIME]
