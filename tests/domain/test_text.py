"""What a terminal would obey is shown, not sent; keys and what addresses grant are masked."""

import pytest

from audobon_cli.domain.foreign.text import visible
from audobon_cli.domain.secrets import redact, redacted


def test_controls_are_shown() -> None:
    assert visible("a\x1b[31m\x07\r\x9b\x7fb") == "a\\x1b[31m\\x07\\r\\x9b\\x7fb"
    assert visible("\u202eexe.png\u2066\u2028") == "\\u202eexe.png\\u2066\\u2028"
    assert visible("\udc80") == "\\udc80"
    assert visible("\ttab\nline ÄÖ 木 👩‍👩‍👧") == "\ttab\nline ÄÖ 木 👩‍👩‍👧"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:secret@host:8188/x", "http://***@host:8188/x"),
        ("https://host/m.safetensors?token=abc&x=1 is gone", "https://host/m.safetensors?*** is gone"),
        ("exceeded with url: /m?X-Amz-Signature=abc (Caused by", "exceeded with url: /m?*** (Caused by"),
        ("socks5h://u:p@proxy", "socks5h://***@proxy"),
        ("who? me@example.org", "who? me@example.org"),
        ("what is x?=", "what is x?="),
        ("gs://bucket/models", "gs://bucket/models"),
    ],
)  # fmt: skip
def test_addresses_say_no_more_than_where(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redacted({"a": [text, 1, None]}) == {"a": [shown, 1, None]}
