"""``audobon generate --batch``: the same file again makes what is missing, and the ledger has every row."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from audobon_cli.domain.errors import DiskFull, ModelDamaged
from audobon_cli.domain.events import Listener
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.engines.base import Rendered, ShouldStop
from audobon_cli.generation import run
from tests.cli.test_contract import validator
from tests.conftest import Audobon, Engines, Ran
from tests.fakes.fake_engine import FakeEngine
from tests.fault_injection import child_environment
from tests.waiting import PATIENCE_SECONDS

LINES = "cute dragon\n# not this\na {red|green} potion --steps 2\niron sword --seed 7\n"


def write(text: str, name: str = "batch.txt") -> str:
    """The file in one step: whoever watches it never sees it empty."""
    new = Path(f"{name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(name)
    return name


def ledger(ran: Ran) -> list[tuple[int, str]]:
    validator("generate").validate(ran.data)
    return [(job["line"], job["status"]) for job in ran.data["jobs"]]


def test_every_row_is_in_the_ledger_and_in_a_file(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "--batch", write(LINES), "--out", "new/", "--json")
    assert ran.status == 0
    assert ledger(ran) == [(1, "done"), (3, "done"), (3, "done"), (4, "done")]
    assert [job["prompt"] for job in ran.data["jobs"]][1:3] == ["a red potion", "a green potion"]
    assert ran.data["counts"] == {"done": 4, "cached": 0, "failed": 0, "skipped": 0}
    assert sorted(Path("new").iterdir()) == sorted(Path(job["path"]) for job in ran.data["jobs"])
    assert {asset["id"] for asset in ran.data["assets"]} == {job["asset"] for job in ran.data["jobs"]}


def test_the_same_file_again_makes_and_writes_nothing(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "--batch", write(LINES), "--out", "new/")
    files = {path: path.stat().st_mtime_ns for path in Path("new").iterdir()}
    fake_engine.calls.clear()
    again = audobon("generate", "--batch", "batch.txt", "--out", "new/", "--json")
    assert {status for _, status in ledger(again)} == {"cached"}
    assert not fake_engine.calls
    assert {path: path.stat().st_mtime_ns for path in Path("new").iterdir()} == files


def test_an_edited_line_redoes_one_asset(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "--batch", write(LINES))
    write("a new line\n" + LINES.replace("iron", "golden"))
    ran = audobon("generate", "--batch", "batch.txt", "--json")
    assert ledger(ran) == [(1, "done"), (2, "cached"), (4, "cached"), (4, "cached"), (5, "done")]


def test_equal_lines_are_pictures_of_their_own(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "--batch", write("cat\ncat\ncat --seed 1\ncat --seed 1\n"), "--json")
    assert ledger(ran) == [(1, "done"), (2, "done"), (3, "done"), (4, "cached")]
    assets = [job["asset"] for job in ran.data["jobs"]]
    assert len(set(assets)) == 3
    assert assets[2] == assets[3]


def test_force_and_only_choose_what_is_made(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "--batch", write(LINES))
    fake_engine.calls.clear()
    ran = audobon("generate", "--batch", "batch.txt", "--only", "3", "--only", "SWORD", "--force", "--json")
    assert ledger(ran) == [(3, "done"), (3, "done"), (4, "done")]
    assert fake_engine.calls["render"] == 3
    assert audobon("generate", "--batch", "batch.txt", "--only", "77").status == 2


def test_options_of_the_command_line_are_for_rows_that_say_nothing(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    ran = audobon("generate", "--batch", write(LINES), "--seed", "5", "--quality", "high", "--json")
    assert [job["seed"] for job in ran.data["jobs"]] == [5, 5, 5, 7]
    assert {asset["quality"] for asset in ran.data["assets"]} == {"high"}


def test_all_wrong_lines_are_told_before_anything_is_made(audobon: Audobon, fake_engine: FakeEngine) -> None:
    text = "ok\nbad {red\ncat --sede 3\ncat --size 77x9\nfine\ndog --model nope\n"
    ran = audobon("generate", "--batch", "-", "--json", stdin=text)
    assert (ran.status, ran.json["error"]["code"]) == (2, "usage.batch")
    assert [line["line"] for line in ran.json["error"]["details"]["lines"]] == [2, 3, 4, 6]
    words = audobon("generate", "--batch", "-", stdin=text).err
    assert all(f"line {number}: " in words for number in (2, 3, 4, 6))
    assert not fake_engine.calls


@pytest.mark.parametrize(
    "options",
    [
        ("--only", "3", "cat"),
        ("--fail-fast", "cat"),
        ("--batch", "batch.txt", "cat"),
        ("--batch", "nope.txt"),
        ("--batch", "-", "--watch"),
        ("--watch", "cat"),
        ("--batch", "batch.txt", "--out", "one.png"),
        ("--batch", "batch.txt", "--out", "-"),
        (),
    ],
)
def test_what_does_not_go_together_is_refused(
    audobon: Audobon, fake_engine: FakeEngine, options: tuple[str, ...]
) -> None:
    write("cat\n")
    ran = audobon("generate", *options)
    assert ran.status == 2
    assert "hint: " in ran.err
    assert not fake_engine.calls


def test_a_plan_shows_every_job_and_makes_nothing(audobon: Audobon, fake_engine: FakeEngine) -> None:
    audobon("generate", "--batch", write(LINES), "--strength", "1", "--only", "3")
    fake_engine.calls.clear()
    ran = audobon("generate", "--batch", "batch.txt", "--strength", "1", "--plan", "--json")
    validator("generate").validate(ran.data)
    plan = ran.data["plan"]
    assert [job["status"] for job in plan["jobs"]] == ["missing", "cached", "cached", "missing"]
    assert (plan["cached"], plan["pictures"]) == (2, 2)
    assert plan["seconds"] > 0
    assert plan["disk_bytes"] == 2 * 64 * 64 * 4 * 2
    words = audobon("generate", "--batch", "batch.txt", "--strength", "1", "--plan").out
    assert "4 jobs: 2 in the library, 2 to be made." in words
    assert not fake_engine.calls
    audobon("generate", "--batch", "batch.txt", "--strength", "1")
    done = audobon("generate", "--batch", "batch.txt", "--strength", "1", "--plan", "--json")
    validator("generate").validate(done.data)
    assert done.data["plan"]["pictures"] == 0
    assert (
        "Nothing is left to do."
        in audobon("generate", "--batch", "batch.txt", "--strength", "1", "--plan").out
    )


def test_rows_that_fail_leave_the_others(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.blank_seeds = frozenset(7 + attempt * 1_000_003 for attempt in range(9))
    text = "cat --seed 1\ndog --seed 7\nowl --seed 2\n"
    ran = audobon("generate", "--batch", write(text), "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "batch.incomplete")
    assert ledger(ran) == [(1, "done"), (2, "failed"), (3, "done")]
    assert "transparent" in ran.data["jobs"][1]["error"]["message"]
    assert ran.json["error"]["details"]["failed"][0]["line"] == 2
    fake_engine.blank_seeds = frozenset()
    assert ledger(audobon("generate", "--batch", "batch.txt", "--json"))[0] == (1, "cached")


def test_with_fail_fast_the_first_failure_ends_the_batch(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.blank_seeds = frozenset(7 + attempt * 1_000_003 for attempt in range(9))
    text = "cat --seed 1\ndog --seed 7\nowl --seed 2\n"
    ran = audobon("generate", "--batch", write(text), "--fail-fast", "--json")
    assert ran.status == 3
    assert ledger(ran) == [(1, "done"), (2, "failed"), (3, "skipped")]


def test_a_damaged_model_fails_its_rows_once(audobon: Audobon, fake_engine: FakeEngine) -> None:
    fake_engine.load_error = ModelDamaged("The file is damaged.", hint="pull it again")
    ran = audobon("generate", "--batch", write("cat\ndog\n"), "--json")
    assert ran.status == 3
    assert [job["error"]["code"] for job in ran.data["jobs"]] == ["model.damaged"] * 2


def test_a_full_disk_ends_the_batch_and_the_rest_is_skipped(
    audobon: Audobon, fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, filed = run.add_asset, []

    def fills_up(*arguments: object) -> object:
        if filed:
            raise DiskFull("No space is left.", hint="free some")
        filed.append(arguments)
        return file(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "add_asset", fills_up)
    ran = audobon("generate", "--batch", write("cat\ndog\nowl\n"), "--json")
    assert ran.status == 31
    assert ledger(ran) == [(1, "done"), (2, "skipped"), (3, "skipped")]


def test_files_that_rows_name_are_written_there(audobon: Audobon, fake_engine: FakeEngine) -> None:
    name = write("prompt,seed,out\ncat,3,cat.png\ndog,4,animals/dog.png\nowl,5,\n", "batch.csv")
    assert audobon("generate", "--batch", name, "--out", "all").status == 0
    assert sorted(path.name for path in Path("all").rglob("*.png"))[:2] == ["cat.png", "dog.png"]
    before = Path("all/cat.png").read_bytes()
    write("prompt,seed,out\ncat,9,cat.png\n", "batch.csv")
    assert (
        audobon("generate", "--batch", name, "--out", "all").status == 0
    )  # its old bytes are in the library
    assert Path("all/cat.png").read_bytes() != before
    Path("all/cat.png").write_bytes(b"painted by hand")
    assert audobon("generate", "--batch", name, "--out", "all").status == 51
    assert Path("all/cat.png").read_bytes() == b"painted by hand"
    assert audobon("generate", "--batch", name, "--out", "all", "--overwrite").status == 0


@pytest.mark.parametrize("outs", ["a.png\ncat,b.png\nowl,a.png", "a.png\ncat,A.png", "a.jpg", "folder.png"])
def test_names_that_cannot_be_are_refused_before_the_run(
    audobon: Audobon, fake_engine: FakeEngine, outs: str
) -> None:
    Path("all/folder.png").mkdir(parents=True)
    ran = audobon("generate", "--batch", write(f"prompt,out\ndog,{outs}\n", "batch.csv"), "--out", "all")
    assert ran.status in (2, 17)
    assert not fake_engine.calls


def test_rows_of_one_model_follow_each_other_and_the_ledger_keeps_the_files_order(
    audobon: Audobon, fake_engine: FakeEngine
) -> None:
    text = "a --seed 1\nb --seed 2 --size 32\nc --seed 3 --steps 2\nd --seed 4\n"
    ran = audobon("generate", "--batch", write(text), "--json")
    assert [job["seed"] for job in ran.data["jobs"]] == [1, 2, 3, 4]
    assert fake_engine.seeds == [1, 2, 4, 3]


def test_jsonl_and_toml_are_batches_too(audobon: Audobon, fake_engine: FakeEngine) -> None:
    lines = [
        {"prompt": "a {colour} cat", "colour": ["red", "blue"], "seed": 3},
        {"prompt": "dog", "size": 32},
    ]
    ran = audobon("generate", "--batch", write("\n".join(map(json.dumps, lines)), "b.jsonl"), "--json")
    assert ledger(ran) == [(1, "done"), (1, "done"), (2, "done")]
    toml = '[matrix]\nprompt = ["a red cat", "dog"]\nseed = "{3..4}"\n'
    ran = audobon("generate", "--batch", "-", "--batch-format", "toml", "--json", stdin=toml)
    assert [status for _, status in ledger(ran)] == ["cached", "done", "done", "done"]


def test_wildcards_lie_beside_the_file(audobon: Audobon, fake_engine: FakeEngine) -> None:
    Path("wildcards").mkdir()
    write("cat\n# none\ndog\n", "wildcards/animal.txt")
    ran = audobon("generate", "--batch", write("a __animal__\n"), "--json")
    assert [job["prompt"] for job in ran.data["jobs"]] == ["a cat", "a dog"]


def test_people_see_a_line_a_job(audobon: Audobon, fake_engine: FakeEngine) -> None:
    ran = audobon("generate", "--batch", write("cat --seed 7\n"), "--out", "new/")
    line, status, seed, file, prompt, _ = ran.out.strip().split("\t")
    assert (line, status, seed, prompt) == ("1", "done", "7", "cat")
    assert Path(file).is_file()
    assert "1 job: 1 done." in ran.err


class Interrupting(FakeEngine):
    """Ctrl-C is pressed while the second picture is drawn."""

    def render(
        self, request: ResolvedRequest, seed: int, index: int, listen: Listener, should_stop: ShouldStop
    ) -> Rendered:
        if self.calls["render"] == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return super().render(request, seed, index, listen, should_stop)


def test_after_ctrl_c_the_same_command_goes_on(audobon: Audobon, engines: Engines) -> None:
    engine = Interrupting()
    engines.give(engine)
    ran = audobon("generate", "--batch", write("cat\ndog\nowl\n"), "--json")
    assert (ran.status, ran.json["error"]["code"]) == (130, "run.interrupted")
    assert ledger(ran) == [(1, "done"), (2, "skipped"), (3, "skipped")]
    assert "the same command draws what is missing" in ran.json["error"]["hint"]
    again = audobon("generate", "--batch", "batch.txt", "--json")
    assert ledger(again) == [(1, "cached"), (2, "done"), (3, "done")]


def test_after_ctrl_c_the_seed_that_goes_on_is_named(audobon: Audobon, engines: Engines) -> None:
    engines.give(Interrupting())
    ran = audobon("generate", "cat", "--count", "3", "--json")
    (kept,) = ran.data["assets"]
    error = ran.json["error"]
    assert (ran.status, error["message"]) == (130, "Interrupted: 1 of 3 pictures kept.")
    assert error["hint"] == f"with --seed {kept['seed']} the same command draws the other 2"
    engines.give(Interrupting())
    hint = audobon("generate", "owl", "dog", "--json").json["error"]["hint"]
    assert re.fullmatch(r"the next is 'dog' with --seed \d+", hint)


@pytest.fixture
def watcher() -> "Iterator[subprocess.Popen[str]]":
    """A program that watches batch.txt."""
    write("cat --seed 1\ndog --seed 2\n")
    options = ["generate", "--batch", "batch.txt", "--watch", "--steps", "1"]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.program", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment(),
        text=True,
    )
    yield child
    child.kill()
    child.communicate()


def test_a_watched_batch_is_drawn_again_when_it_changes(watcher: "subprocess.Popen[str]") -> None:
    assert watcher.stdout is not None
    assert watcher.stderr is not None

    def round_of() -> list[str]:
        """The ledger's lines up to the note that it is watching."""
        for line in watcher.stderr or ():
            if "Watching" in line:
                break
        return [(watcher.stdout or []).readline().split("\t")[1] for _ in range(expected)]  # type: ignore[union-attr]

    expected = 2
    assert round_of() == ["done", "done"]
    write("cat --seed 1\ndog --seed 3\nowl --seed 4\n")
    expected = 3
    assert round_of() == ["cached", "done", "done"]
    expected = 0
    write("cat {oops\n")
    assert round_of() == []
    write("cat --seed 1\n")
    expected = 1
    assert round_of() == ["cached"]
    watcher.send_signal(signal.SIGINT)
    assert watcher.wait(PATIENCE_SECONDS) == 0


def test_what_is_watched_must_be_there(audobon: Audobon, fake_engine: FakeEngine) -> None:
    assert audobon("generate", "--batch", "nope.txt", "--watch").status == 2
