"""The child: gives up what it can, then answers one frame after the other until the parent closes the pipe.

Begun as a file and not as a module, so that nothing is looked for before the parent has said where: what is imported
here at the top is the standard library's.
"""

import gc
import os
import sys
from collections.abc import Sequence
from typing import IO, Any


def main() -> None:
    """Serve what comes on stdin. The first argument is the folder of the program, the others are the search path."""
    sys.dont_write_bytecode = True
    sys.path[:] = sys.argv[1:]
    from audobon_cli.sandbox.frames import read_head, write_frame

    stdin = os.fdopen(os.dup(0), "rb", 2**16)
    stdout = os.fdopen(os.dup(1), "wb", 2**16)
    _silence()
    first = read_head(stdin)
    if first is None:
        return
    limits = first[0]
    write_frame(stdout, _give_up(limits))
    _serve(stdin, stdout, int(limits["seconds"]))


def _silence() -> None:
    """Decoders print; the pipes are for frames alone."""
    with open(os.devnull, "r+b", buffering=0) as nowhere:
        for descriptor in (0, 1, 2):
            os.dup2(nowhere.fileno(), descriptor)


def _give_up(limits: dict[str, Any]) -> list[str]:
    from audobon_cli.platforms import current

    held: set[str] = set(current().give_up(int(limits["memory"]), limits["readable"]))
    if current().limit_seconds(int(limits["seconds"])):
        held.add("time")
    return sorted(held)


def _serve(stdin: IO[bytes], stdout: IO[bytes], seconds: int) -> None:
    from audobon_cli.platforms import current
    from audobon_cli.sandbox.frames import read_head, read_whole, write_frame
    from audobon_cli.sandbox.tasks import task_named

    limit = current().limit_seconds
    while (asked := read_head(stdin)) is not None:
        (name, facts, sizes), size = asked
        if name == "warm up":
            for one in facts:
                task_named(one)
            gc.freeze()  # what is there now stays
            continue
        contents = read_whole(stdin, size)
        limit(seconds)
        if len(sizes) == 1:
            write_frame(stdout, *_answer(name, facts, contents))
            continue
        found, at = [], 0
        for one in sizes:
            found.append(_answer(name, facts, contents[at : at + one])[0])
            at += one
        write_frame(stdout, found)


def _answer(name: str, facts: dict[str, Any], content: bytes) -> tuple[dict[str, Any], Sequence[Any]]:
    """What is said of a file, and what was decoded of it. One of several files is only told of."""
    from audobon_cli.domain.errors import AudobonError
    from audobon_cli.sandbox.tasks import task_named

    try:
        answer = task_named(name)(facts, content)
        return {"answer": answer.facts}, answer.contents
    except AudobonError as error:
        if isinstance(error.__cause__, MemoryError):
            return {"limit": "memory"}, ()
        found = {"code": error.code, "message": error.message, "hint": error.hint, "details": error.details}
        return {"error": found}, ()
    except MemoryError:
        return {"limit": "memory"}, ()
    except ImportError as error:
        return {"missing": str(error)}, ()
    except (ArithmeticError, LookupError, OSError, RuntimeError, SyntaxError, TypeError, ValueError) as error:
        # Decoders raise many kinds for damaged files. What is none of these ends the child, which is no better.
        return {"damaged": type(error).__name__}, ()


if __name__ == "__main__":
    main()
