"""Texts from outside, made safe to keep."""


def plain(text: str) -> str:
    """``text`` without what SQLite cannot take: NUL ends its strings, surrogates are not UTF-8."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
