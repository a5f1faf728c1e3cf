"""The log's files: rotated, read across rotations, followed, and never broken by a torn line."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.operations.log_file import append_lines, as_json, rotated, timestamp
from audobon_cli.operations.log_records import LogFilter, as_cloud_logging, as_text, follow_log, read_log
from tests.waiting import PATIENCE_SECONDS, until

EVERYTHING = LogFilter()


def record(number: int = 0, level: str = "INFO", **fields: Any) -> dict[str, Any]:
    return {
        "time": timestamp(1_769_847_300.25 + number),
        "level": level,
        "run": f"{number:016x}",
        "pid": 7,
        "command": "generate",
        "event": "run_ended",
        "data": {"number": number},
        **fields,
    }


def write(file: Path, *records: dict[str, Any], rotate_above: int = 10**6) -> None:
    append_lines(file, "".join(f"{as_json(one)}\n" for one in records), rotate_above)


def numbers(file: Path, wanted: LogFilter = EVERYTHING) -> list[int]:
    return [one["data"]["number"] for one in read_log(file, wanted)]


def test_time_is_rfc_3339_in_utc_with_milliseconds() -> None:
    assert timestamp(1_769_847_300.25) == "2026-01-31T08:15:00.250Z"
    assert timestamp(1_769_847_299.9999) == "2026-01-31T08:15:00.000Z"


def test_records_are_read_across_rotations_in_order(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "audobon.jsonl"
    for number in range(6):
        write(file, record(number), rotate_above=100)
    assert [path.exists() for path in rotated(file)] == [True] * 4
    assert numbers(file) == [2, 3, 4, 5]  # four files of a record each


def test_lines_that_are_no_records_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "audobon.jsonl"
    write(file, record(1))
    with open(file, "ab") as log:
        log.write(b'{"time": "2026\n\xff\xfe\n[]\n7\n{"level": "LOUD"}\n' + b"[" * 5000 + b"\n")
    write(file, record(2))
    assert numbers(file) == [1, 2]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (LogFilter(level="WARNING"), [1, 2]),
        (LogFilter(run="000000000000000"), [0, 1, 2]),
        (LogFilter(run=f"{2:016x}"), [2]),
        (LogFilter(command="generate"), [0, 1]),
        (LogFilter(command="assets"), [2]),
        (LogFilter(command="asset"), []),
        (LogFilter(since=datetime(2026, 1, 31, 8, 15, 1, tzinfo=UTC)), [1, 2]),
    ],
)
def test_filters(tmp_path: Path, wanted: LogFilter, found: list[int]) -> None:
    file = tmp_path / "audobon.jsonl"
    write(file, record(0), record(1, "WARNING"), record(2, "ERROR", command="assets list"))
    assert numbers(file, wanted) == found


def test_following_shows_what_comes_over_a_rotation(tmp_path: Path) -> None:
    file = tmp_path / "audobon.jsonl"
    write(file, record(0))
    seen: list[int] = []
    follows, over = threading.Event(), threading.Event()

    def should_stop() -> bool:
        """Asked when the end of the file is found, and then again and again."""
        follows.set()
        return over.is_set()

    def follow() -> None:
        seen.extend(one["data"]["number"] for one in follow_log(file, EVERYTHING, should_stop))

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        assert follows.wait(PATIENCE_SECONDS)
        for number in (1, 2, 3):
            write(file, record(number), rotate_above=350)
            until(lambda number=number: number in seen)
    finally:
        over.set()
        follower.join()
    assert seen == [1, 2, 3]
    assert file.with_name("audobon.jsonl.1").exists()


def test_a_record_for_people_and_for_cloud_logging() -> None:
    one = record(3, "ERROR", data={"asset": "k3f9", "blob": "a" * 64, "path": None})
    assert as_text(one) == f"generate: run_ended asset=k3f9 blob={'a' * 12}…"
    line = json.loads(as_cloud_logging(one))
    assert (line["severity"], line["time"], line["message"]) == ("ERROR", one["time"], as_text(one))
    labels = line["logging.googleapis.com/labels"]
    assert labels == {"run": one["run"], "pid": "7", "command": "generate"}  # labels are strings there
