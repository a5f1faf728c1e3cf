"""One wording for what the parser does not understand, with what was probably meant."""

import pytest

from tests.conftest import Audobon


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("assets", "list", "--lmit", "3"), "Unknown option --lmit. Did you mean --limit?"),
        (("assets", "list", "--frobnicate"), "Unknown option --frobnicate."),
        (("assets", "lst"), "Unknown command lst. Did you mean list?"),
        (
            ("assets", "list", "--sort", "date"),
            "--sort cannot be date. Did you mean newest? It is one of relevance",
        ),
        (
            ("queue", "list", "--state", "runing"),
            "--state cannot be runing. Did you mean running? It is one of ",
        ),
        (("assets", "list", "--limit", "x"), "--limit takes a whole number, not x."),
        (("assets", "list", "--limit", "-1"), "--limit takes 0 or more, not -1."),
        (("assets", "similar", "a", "--bits", "99"), "--bits takes 0 to 32, not 99."),
        (
            ("assets", "list", "--color", "sometimes"),
            "--color cannot be sometimes. It is one of auto, always, never.",
        ),
        (("assets", "show"), "Missing argument ASSET."),
    ],
)
def test_what_is_wrong_and_what_was_meant(audobon: Audobon, argv: tuple[str, ...], words: str) -> None:
    ran = audobon(*argv)
    assert ran.status == 2
    message, hint = ran.err.splitlines()
    assert message.startswith(f"error: {words}")
    assert hint.startswith("hint: see `audobon ")
    told = audobon(*argv, "--json").json["error"]
    assert (told["code"], f"error: {told['message']}") == ("usage.invalid", message)
