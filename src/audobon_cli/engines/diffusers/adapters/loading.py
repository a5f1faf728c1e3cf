"""What all loading of adapters shares: silence, and errors in words of ours."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from audobon_cli.domain.errors import AdapterUnfit, AudobonError
from audobon_cli.engines.diffusers.loading.assembly import LOADING_ERRORS
from audobon_cli.engines.diffusers.memory.memory import is_out_of_memory, out_of_memory


@contextmanager
def quietly() -> Iterator[None]:
    """Keep log lines and warnings of the libraries off the terminal for the block."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def adapter_errors(what: str, device: str) -> Iterator[None]:
    """Turn what the libraries raise while loading ``what`` into AdapterUnfit or OutOfMemory."""
    try:
        yield
    except AudobonError:
        raise
    except LOADING_ERRORS as error:
        if is_out_of_memory(error):
            raise out_of_memory(device, f"loading {what}") from error
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise AdapterUnfit(
            f"{what} cannot be loaded into this model: {reason}",
            hint="`audobon models show` tells what it is and what it was made for",
            reason=f"{type(error).__name__}: {error}",
        ) from error
