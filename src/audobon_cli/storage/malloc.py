"""What becomes of memory that is no longer used."""

import ctypes

M_MMAP_THRESHOLD = -3  # malloc.h of the GNU C library
LARGE_BYTES = 1024 * 1024


def return_large_blocks() -> None:
    """From now on give every freed block of a megabyte or more back to the system.

    The GNU C library takes a large block that was freed as a sign that more will come, and puts the next ones between
    small ones, where they leave holes: 20 MiB after a hundred packs. Other C libraries are left as they are.
    """
    library = ctypes.CDLL(None)
    if hasattr(library, "gnu_get_libc_version"):
        library.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
