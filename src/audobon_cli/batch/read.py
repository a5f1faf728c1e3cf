"""Batch files on disk, and the wildcard files beside them."""

import fnmatch
import itertools
from pathlib import Path

from audobon_cli.batch.syntax.fields import Vocabulary
from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.batch.syntax.parse import MOST_BATCH_BYTES, format_of, parse_batch
from audobon_cli.batch.syntax.rows import ParsedBatch
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import read_bounded
from audobon_cli.domain.foreign.text import decode_file

WILDCARD_FOLDER = "wildcards"


def read_batch(
    source: Path,
    data: bytes | None,
    form: BatchFormat | None,
    options: frozenset[str],
    switches: frozenset[str] = frozenset(),
) -> ParsedBatch:
    """The rows and problems of the batch in the file ``source``, whose folder may hold wildcard files.

    With ``data`` (of stdin, say) ``source`` need not be there.

    ``options`` are the names of options that rows may give, ``switches`` those that are on or off. Raises InvalidInput
    if the file cannot be read.
    """
    if data is None:
        data = _read(source)
    vocabulary = Vocabulary(options, lambda name: _wildcard(source.parent, name), switches)
    return parse_batch(data, form or format_of(source.name, data), vocabulary)


def _read(path: Path) -> bytes:
    try:
        return read_bounded(path, MOST_BATCH_BYTES)
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"The file {path} cannot be read: {getattr(error, 'strerror', error)}.",
            hint="check the path",
            path=str(path),
        ) from error


def _wildcard(folder: Path, name: str) -> tuple[str, ...] | None:
    """The lines of NAME.txt in ``folder`` or in wildcards/ there; comments and empty lines are left out.

    NAME may have folders in it (``beasts/forest``). With ``*`` it means all files in wildcards/ whose names are such,
    a star standing for folders, too; their lines come in the order of the names, each line once.
    """
    if ".." in name.split("/"):
        raise InvalidInput(f"__{name}__ leads out of its folder.", hint="name a file in wildcards/")
    if "*" in name:
        top = folder / WILDCARD_FOLDER
        named = ((path.relative_to(top).with_suffix("").as_posix(), path) for path in top.rglob("*.txt"))
        # Hidden are what a Mac's disks and editors keep beside the files.
        shown = ((known, path) for known, path in named if "/." not in f"/{known}")
        found = [_lines(path) for known, path in sorted(shown) if fnmatch.fnmatchcase(known, name)]
        return tuple(dict.fromkeys(itertools.chain.from_iterable(found))) if found else None
    paths = (folder / f"{name}.txt", folder / WILDCARD_FOLDER / f"{name}.txt")
    return next((_lines(path) for path in paths if path.is_file()), None)


def _lines(path: Path) -> tuple[str, ...]:
    try:
        lines = [line.strip() for line in decode_file(_read(path)).splitlines()]
    except UnicodeDecodeError as error:
        raise InvalidInput(f"The file {path} is not UTF-8.", hint="save it as UTF-8") from error
    return tuple(line for line in lines if line and not line.startswith("#"))
