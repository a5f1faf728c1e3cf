"""What a pipe gets is a contract; what a terminal gets depends on its width and on what there is to say."""

import re
from pathlib import Path

import pytest

from audobon_cli.cli.screen.columns import Both, Column, Kind
from audobon_cli.cli.screen.table import table_lines
from audobon_cli.cli.vram.gpus import FEW
from tests.conftest import Audobon
from tests.screens.terminal import Terminal, screen_of

COLUMNS = (
    Column("id"),
    Column("name", Kind.NAME),
    Column("kind", drop=2, unlike=True),
    Column("note", drop=1),
    Column("size", Kind.BYTES),
)


def lines(width: int, *rows: tuple[object, ...]) -> list[str]:
    return [line.plain for line in table_lines(COLUMNS, rows, width, {})]  # type: ignore[arg-type]


def test_columns_that_say_nothing_are_left_out() -> None:
    shown = lines(80, ("a1", "cat", "sprite", "", 2048), ("b2", "dog", "sprite", "", 4096))
    assert shown == ["id  name     size", "a1  cat   2.0 KiB", "b2  dog   4.0 KiB"]


def test_names_are_cut_and_columns_left_out_before_anything_is_folded() -> None:
    rows = (("a" * 16, "n" * 60, "sprite", "x" * 20, 1), ("b" * 16, "龙木" * 20, "image", "y", 2))
    for width in (40, 60, 80, 120, 200):
        shown = lines(width, *rows)
        assert len(shown) == 3
        assert all("a" * 16 in line or "b" * 16 in line for line in shown[1:])
        from rich.cells import cell_len

        assert max(map(cell_len, shown)) <= width
    assert "note" not in lines(40, *rows)[0]
    assert "note" in lines(120, *rows)[0]


def test_a_long_sentence_goes_on_below_its_row() -> None:
    columns = (Column("name"), Column("state"), Column("why", Kind.PROSE))
    why = "the server does not answer and " * 5
    shown = [line.plain for line in table_lines(columns, [("replicate", "unreachable", why)], 60, {})]
    assert shown[1] == "replicate  unreachable"
    assert all(line.startswith("  the") or line.startswith("  ") for line in shown[2:])
    assert " ".join(" ".join(shown[2:]).split()) == why.strip()


def test_control_characters_reach_no_terminal() -> None:
    assert "\x1b" not in lines(80, (Both("a\x1b[31m", "a"), "b\x1b]0;x\x07", "", "", 1))[1]


def test_pipes_get_whole_values(filled: Path, audobon: Audobon) -> None:
    assets = {asset["id"]: asset for asset in audobon("assets", "list", "--json").data["assets"]}
    rows = [line.split("\t") for line in audobon("assets", "list").out.splitlines()]
    assert {row[0] for row in rows} == set(assets)
    for row in rows:
        assert len(row) == 10
        assert row[1] == assets[row[0]]["name"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[8])
        assert row[9] == ("" if assets[row[0]]["seed"] is None else str(assets[row[0]]["seed"]))
    point = audobon("backup", "list", "--key-file", "key").out.splitlines()[0].split("\t")
    assert re.fullmatch(r"[0-9a-f]{32}", point[0])
    assert int(point[4]) > 1000
    commit = audobon("version", "log").out.splitlines()[0].split("\t")
    assert re.fullmatch(r"[0-9a-f]{64}", commit[0])


def test_colour_in_a_pipe_changes_nothing_else(
    filled: Path, audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = audobon("version", "status").out
    coloured = audobon("version", "status", "--color", "always").out
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert audobon("version", "status").out == coloured
    assert audobon("version", "status", "--color", "never").out == plain


def test_a_terminal_gets_few_cards_and_how_to_get_the_rest(audobon: Audobon) -> None:
    few = screen_of("vram", "gpus")
    assert "more cards: audobon vram gpus --all, or with words" in few
    assert few.count("GiB") == FEW
    assert screen_of("vram", "gpus", "--all").count("GiB") == len(audobon("vram", "gpus").out.splitlines())


def test_a_batch_that_went_well_is_a_line_and_its_folder(isolation: Path) -> None:
    (isolation / "batch.txt").write_text("cat --steps 2\ndog --steps 2\n", encoding="utf-8")
    words = ("generate", "--batch", "batch.txt", "--out", "new/")
    screen_of(*words, folder=isolation)
    assert screen_of(*words, folder=isolation) == "2 pictures in new: 2 cached. A line each: -v"
    assert "cached" in (table := screen_of(*words, "-v", folder=isolation))
    assert table.count("new/") == 2


def test_a_runtime_folder_of_others_is_said_by_the_doctor_alone(
    isolation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolation.chmod(0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(isolation))
    assert "RUNTIME" not in screen_of("assets", "list")
    assert screen_of("doctor", columns=200).count("XDG_RUNTIME_DIR names") == 1


@pytest.mark.parametrize("columns", [60, 80])
def test_watching_without_a_worker_says_so_until_ctrl_c(columns: int, audobon: Audobon) -> None:
    audobon("queue", "add", "cat")
    waiting = "waiting for a worker; start one: `audobon queue run`"
    with Terminal(("queue", "watch"), columns) as terminal:
        terminal.wait_for(waiting)
        assert terminal.text.splitlines() == ["1 queued", waiting]
        terminal.interrupt()
        assert terminal.status() == 0
        assert terminal.text.splitlines() == [
            "1 queued",
            waiting,
            "Stopped watching; the queue is unaffected.",
        ]
