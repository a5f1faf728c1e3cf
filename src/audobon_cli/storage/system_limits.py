"""What the system refused, where nothing nearer has said what it was for: limits, memory, disks and names in another
encoding are no bugs."""

import errno
import re

from audobon_cli.domain.errors import (
    AudobonError,
    DiskFailed,
    DiskFull,
    InvalidInput,
    OutOfMemory,
    OutputUnwritable,
    SystemLimit,
)
from audobon_cli.domain.units import format_bytes
from audobon_cli.platforms import current

_NO_MEMORY = (
    "cannot allocate memory",
    "failed to map segment from shared object",
    "can't start new thread",
    "can't allocate memory",
    "std::bad_alloc",
    "unable to mmap",
)
"""What the loader of libraries, threads and torch's allocator for processors say, in lower case."""

_HINT = "free some, or run the same command again where there is more"


def explain(error: BaseException) -> AudobonError | None:
    """The error that people read for ``error`` or what it came from; None where the system is not the reason."""
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return None
        found = _explain_one(seen)
        if found is not None:
            return found
        seen = seen.__cause__ or seen.__context__
    return None


def _explain_one(error: BaseException) -> AudobonError | None:
    if isinstance(error, UnicodeEncodeError) and error.reason.startswith("surrogates"):
        # So Python holds bytes of the command line or of names of files that are not UTF-8.
        before, after = error.object[: error.start], error.object[error.start :]
        word = re.split(r'[\s"]', before[-60:])[-1] + re.split(r'[\s"]', after[:60])[0]
        return InvalidInput(
            f"{word} is not valid UTF-8.", hint="rename the file, or check the terminal's encoding"
        )
    code = current().posix_errno(error) if isinstance(error, OSError) else None
    where = str(error.filename) if isinstance(error, OSError) and error.filename else "a file"
    said = str(error).lower() if isinstance(error, OSError | ImportError | RuntimeError | MemoryError) else ""
    if isinstance(error, MemoryError) or code == errno.ENOMEM or any(words in said for words in _NO_MEMORY):
        limit = current().memory_limit()
        if limit:
            return OutOfMemory(
                f"The program needs more memory than the {format_bytes(limit)} that it is held to.",
                hint="raise `audobon config set resources.max_memory`, or `ulimit -d`, if that is less",
                limit_bytes=limit,
            )
        return OutOfMemory(
            "There is not enough memory for the program.", hint=f"close other programs: {_HINT}"
        )
    if code in (errno.EMFILE, errno.ENFILE):
        return SystemLimit(
            "More files are open than the system allows.", hint="raise the limit with `ulimit -n 1024`"
        )
    if code == errno.EFBIG:
        return SystemLimit(
            f"{where} would be larger than the system allows.", hint="raise the limit: `ulimit -f`"
        )
    if code in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"No space is left to write {where}.", hint=_HINT)
    if code in (errno.EROFS, errno.EACCES, errno.EPERM):
        return OutputUnwritable(
            f"{where} does not allow it.", hint="check its permissions, or name another place"
        )
    if code in (errno.ENAMETOOLONG, errno.ELOOP):
        shown = where if len(where) <= 60 else f"{where[:60]}..."
        return InvalidInput(
            f"{shown} is longer than a name can be, or leads in circles.", hint="check the name"
        )
    if code == errno.EIO:
        return DiskFailed(f"The disk failed under {where}.", hint="copy what you need to another disk")
    return None
