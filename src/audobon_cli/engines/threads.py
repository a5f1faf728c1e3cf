"""How many pictures are drawn at a time on the processor, each on a thread of its own."""

from audobon_cli import platforms

BYTES_EACH = 64 * 2**20
"""What another picture takes beside the weights: 21 MiB was measured for the built-in model (bench/cores.py)."""


def drawing_threads(asked: int = 0) -> int:
    """``asked`` many; 0: as many as there are processors for this process, and memory for."""
    if asked:
        return asked
    available = platforms.current().available_bytes()
    by_memory = available // BYTES_EACH if available else 1
    return max(1, min(platforms.current().usable_cpus(), by_memory))
