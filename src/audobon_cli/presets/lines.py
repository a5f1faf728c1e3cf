"""On which line of a TOML file a key stands; the parser of the standard library does not say."""

import re

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w\"'.\- ]+?)\s*=")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")
_QUOTES = ('"""', "'''")


class KeyLines:
    """The lines (from 1) of the keys and tables of a text. One that is written inline has that of what it is in."""

    def __init__(self, text: str) -> None:
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        ending = ""
        for number, line in enumerate(text.splitlines(), start=1):
            if ending:
                ending = "" if ending in line else ending
                continue
            if found := _TABLE.match(line):
                table = _parts(found[1])
                self._lines.setdefault(table, number)
            elif found := _KEY.match(line):
                self._lines.setdefault((*table, *_parts(found[1])), number)
                ending = next((mark for mark in _QUOTES if line.count(mark) == 1), "")

    def of(self, key: tuple[str, ...]) -> int:
        """The line of ``key``; of one that is not there that of the table it is missing in, and 1 of the file's."""
        while key and key not in self._lines:
            key = key[:-1]
        return self._lines.get(key, 1)


def line_of_error(error: ValueError, text: str) -> tuple[int, str]:
    """Where what the parser says is wrong stands, and its words without the place."""
    words = str(error)
    found = _PLACE.search(words)
    if found is None:
        return 1, words
    last = max(1, len(text.splitlines()))
    return int(found[1]) if found[1] else last, words[: found.start()] + words[found.end() :]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
