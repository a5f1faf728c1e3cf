"""Odd batches are refused at once, and hold no more than they must."""

import time
import tracemalloc

import pytest

from audobon_cli.batch.syntax.fields import Vocabulary
from audobon_cli.batch.syntax.formats import BatchFormat
from audobon_cli.batch.syntax.parse import parse_batch
from audobon_cli.batch.syntax.rows import MAX_PROBLEMS

TXT, TOML, JSONL = BatchFormat.TXT, BatchFormat.TOML, BatchFormat.JSONL
ODD = {
    "one line of 1 MB": (TXT, "a" * 1_000_000),
    "one option of 1 MB": (TXT, "a --style '" + "b" * 1_000_000),
    "braces in braces": (TXT, "{a|" * 3_000 + "b" + "}" * 3_000),
    "open braces": (TXT, "{" * 1_000_000),
    "choices": (TXT, "{a|b}" * 5_000),
    "ranges": (TXT, "{1..100000}" * 2_000),
    "ranges as alternatives": (TXT, "{" + "|".join(["{1..100000}"] * 1_000) + "}"),
    "a range of many digits": (TXT, "{1.." + "9" * 30_000 + "}"),
    "bad lines": (TXT, "} \n" * 200_000),
    "line ends": (TOML, "\n" * 300_000 + "x = 1"),
    "unknown parts": (TOML, "".join(f"x{number} = 1\n" for number in range(5_000))),
    "jobs that are none": (TOML, "job = [" + "1," * 100_000 + "]"),
    "many jobs and variables": (
        TOML,
        "[variables]\n"
        + "".join(f"v{number} = ['a']\n" for number in range(2_000))
        + "[[job]]\nprompt='}'\n" * 2_000,
    ),
    "deep": (JSONL, "[" * 100_000),
    "lines that are not JSON": (JSONL, "x\n" * 200_000),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_batches_are_refused_at_once(name: str) -> None:
    form, text = ODD[name]
    began = time.process_time()
    parsed = parse_batch(text.encode(), form, Vocabulary(frozenset({"style"})))
    assert 1 <= len(parsed.problems) <= MAX_PROBLEMS
    assert not parsed.rows
    assert time.process_time() - began < 20  # of processor time, on a slow machine
    assert all(len(problem.message) < 500 for problem in parsed.problems)


def test_ranges_beside_each_other_are_not_held() -> None:
    tracemalloc.start()
    parse_batch(ODD["ranges"][1].encode(), TXT, Vocabulary(frozenset()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000_000
