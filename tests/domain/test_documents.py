"""Odd TOML and JSON are refused with ValueError, at once."""

import time
from pathlib import Path

import pytest

from audobon_cli.domain.foreign.documents import parse_json, parse_toml, read_bounded

ODD_TOML = {
    "deep": "a = " + "[" * 20_000,
    "deep tables": "a = " + "{b = " * 5_000,
    "digits": "a = " + "9" * 500_000,
    "digits with lines between": "a = " + "9_" * 50_000 + "9",
    "beyond 64 bits": "a = 18446744073709551616",
    "dots": ".".join("a" * 100_000) + " = 1",
    "dots apart": " . ".join("a" * 100_000) + " = 1",
    "dots of a table": "[" + ".".join("a" * 100_000) + "]",
    "quotes": 'a = "' + '\\"' * 200_000,
    "quotes in threes": "a = " + '"' * 300_001,
    "infinity": "a = inf",
    "not a number": "a = [nan]",
    "latin": b"a = '\xe4'",
    "nul": "a = '\0'",
    "nothing but a mark": b"\xef\xbb\xbf=",
}
ODD_JSON = {
    "deep": "[" * 100_000,
    "deep objects": '{"a":' * 50_000,
    "digits": "9" * 500_000,
    "infinity": '{"a": Infinity}',
    "not a number": "[NaN]",
    "a float that is infinite": "1e999",
    "latin": b'"\xe4"',
    "empty": "",
}


@pytest.mark.parametrize("name", ODD_TOML)
def test_odd_toml_is_a_value_error_at_once(name: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        parse_toml(ODD_TOML[name])
    assert time.process_time() - began < 1


@pytest.mark.parametrize("name", ODD_JSON)
def test_odd_json_is_a_value_error_at_once(name: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        parse_json(ODD_JSON[name])
    assert time.process_time() - began < 1


def test_what_only_looks_odd_is_read() -> None:
    text = (
        'a = """\n[[[[ " "" '
        + "9" * 500
        + ' \\""""\nb = \'{{{{\' # [[[[\nc = [1.5, 18446744073709551615]\n"d.e".f = 1'
    )
    assert parse_toml("\ufeff".encode() + text.encode())["c"] == [1.5, 2**64 - 1]
    assert parse_json('{"a": "[[[[\\"{' + "9" * 500 + '"}')["a"].startswith("[[[[")


def test_files_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 101)
    with pytest.raises(ValueError, match="larger"):
        read_bounded(tmp_path / "large", 100)
    with pytest.raises(ValueError, match="not a file"):
        read_bounded(tmp_path)
    with pytest.raises(ValueError, match="not a file"):
        read_bounded(Path("/dev/zero"))
