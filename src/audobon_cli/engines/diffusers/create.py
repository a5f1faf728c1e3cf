"""Making the local engine: where torch and diffusers are first imported, which takes seconds."""

from pathlib import Path

from audobon_cli.engines.base import Engine
from audobon_cli.engines.quiet_imports import import_diffusers, uncollected


def create_local_engine(device: str | None = None, digest_cache: Path | None = None) -> Engine:
    """A LocalEngine. Raises InvalidInput for a device that is not here."""
    import_diffusers()
    with uncollected():
        from audobon_cli.engines.diffusers.engine import LocalEngine

    return LocalEngine(device, digest_cache)
