"""Keys that must never be written anywhere: they show themselves as ``***``, and texts are cleaned of them."""

MASK = "***"
SHORTEST = 6
"""Shorter values are not looked for in texts: they would blank out ordinary words."""

_known: set[str] = set()


class Secret:
    """A key. Only ``reveal`` gives its value; printing, logging and formatting show the mask.

    Each one made is remembered for the life of the process, so that ``redact`` can clean what others write.
    """

    __slots__ = ("_value", "origin")

    def __init__(self, value: str, origin: str) -> None:
        """``origin`` says where it was found, for people: the name of a variable, or ``keyring``."""
        self._value = value
        self.origin = origin
        if len(value) >= SHORTEST:
            _known.add(value)

    def reveal(self) -> str:
        """The value itself: for the request that needs it, and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return MASK


def redact(text: str) -> str:
    """``text`` with the mask in place of every key of this process. Services like to quote keys in errors."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
