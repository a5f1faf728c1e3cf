"""What only Replicate has: predictions that are found again, deadlines, cancellation, its own words."""

import io
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Audobon
from tests.doubles.replicate_server import ReplicateDouble
from tests.doubles.service import Fault, Reply, as_json
from tests.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.loopback

ASK = ("generate", "castle", "--provider", "replicate", "--size", "512")


def test_the_request_is_what_the_preset_says(audobon: Audobon, replicate: ReplicateDouble) -> None:
    audobon(
        "generate", "a (castle) \\(old\\)", "--provider", "replicate", "--seed", "9", "--quality", "draft"
    )
    assert audobon(*ASK, "--seed", "9", "--size", "608x416", "--timeout", "77").status == 0
    asked = replicate.asked_in("submit")[-1]
    assert asked.path == "/v1/models/black-forest-labs/flux-schnell/predictions"
    assert asked.headers["Cancel-After"] == "77s"
    assert asked.json == {
        "input": {
            "prompt": "castle",
            "num_outputs": 1,
            "output_format": "png",
            "num_inference_steps": 4,
            "aspect_ratio": "3:2",
            "megapixels": "1",
            "seed": 9,
        }
    }


def test_the_picture_is_brought_to_the_size_asked_for(audobon: Audobon, replicate: ReplicateDouble) -> None:
    replicate.size = (1200, 820)  # not what its documentation says
    made = audobon(*ASK, "--size", "608x416", "--out", "a.png", "--json").data["assets"][0]
    assert (made["width"], made["height"]) == (608, 416)
    with Image.open("a.png") as image:
        assert image.size == (608, 416)
        assert image.mode == "RGB"


def test_an_input_picture_goes_along(audobon: Audobon, replicate: ReplicateDouble) -> None:
    Image.new("RGB", (32, 32), "red").save("start.png")
    argv = (*ASK, "--model", "flux-dev", "--init-image", "start.png", "--strength", "0.6", "--steps", "10")
    assert audobon(*argv).status == 0
    sent = replicate.asked_in("submit")[0].json["input"]
    assert sent["image"].startswith("data:image/png;base64,")
    assert (sent["prompt_strength"], sent["num_inference_steps"]) == (0.6, 10)
    assert audobon(*ASK, "--init-image", "start.png").status == 2  # flux-schnell takes none


def test_a_prediction_whose_answer_was_lost_is_found_in_the_list(
    audobon: Audobon, replicate: ReplicateDouble
) -> None:
    audobon(*ASK, "--seed", "1")
    replicate.faults.append(Fault("lose", times=1))
    assert audobon(*ASK, "--seed", "2").status == 0
    assert len(replicate.bills) == len(replicate.asked_in("submit")) == 2


def test_an_older_prediction_with_the_same_input_is_not_taken_for_it(
    audobon: Audobon, replicate: ReplicateDouble, ledger_rows: Callable[[], list[tuple[Any, ...]]]
) -> None:
    argv = (*ASK, "--seed", "1")
    audobon(*argv)
    replicate.predictions["p0"].created = "2026-01-01T00:00:00.000000Z"
    replicate.faults.append(Fault("reset"))
    assert audobon(*argv, "--fresh").status == 46
    assert [row[2] for row in ledger_rows()] == ["yes", "unknown"]


def test_no_second_paid_request_where_the_list_cannot_be_read(
    audobon: Audobon, replicate: ReplicateDouble, ledger_rows: Callable[[], list[tuple[Any, ...]]]
) -> None:
    replicate.faults += [Fault("lose", times=1), Fault("status", "list", status=500)]
    ran = audobon(*ASK, "--json")
    assert ran.json["error"]["code"] == "provider.outcome_unknown"
    assert ran.json["error"]["details"]["billed"] == "unknown"
    assert len(replicate.bills) == len(replicate.asked_in("submit")) == 1
    assert ledger_rows()[0][2:5] == ("unknown", 1, 3000)


def test_polls_and_files_are_asked_for_again(audobon: Audobon, replicate: ReplicateDouble) -> None:
    replicate.faults += [
        Fault("status", "poll", times=1, status=502),
        Fault("reset", "poll", times=1, after=1),
        Fault("reset", "fetch", times=1),
    ]
    assert audobon(*ASK).status == 0
    assert len(replicate.bills) == 1


@pytest.mark.parametrize(
    ("answer", "code", "state"),
    [
        ({"id": "x", "status": "succeeded", "output": None}, "provider.bad_answer", "yes"),
        ({"id": "x", "status": "succeeded", "output": ["ftp://x"]}, "provider.bad_answer", "yes"),
        ({"id": "x", "status": "failed", "error": "CUDA out of memory"}, "provider.failed", "no"),
        ({"id": "x", "status": "canceled", "error": None}, "provider.timed_out", "unknown"),
        ({"id": "x", "status": "aborted", "error": None}, "provider.timed_out", "no"),
        ({"detail": "what?"}, "provider.bad_answer", "unknown"),
        ([1], "provider.bad_answer", "unknown"),
    ],
)
def test_odd_answers_are_explained(
    audobon: Audobon,
    replicate: ReplicateDouble,
    ledger_rows: Callable[[], list[tuple[Any, ...]]],
    answer: object,
    code: str,
    state: str,
) -> None:
    replicate.faults.append(Fault("change", "poll", change=lambda reply: as_json(answer)))
    ran = audobon(*ASK, "--json")
    assert ran.json["error"]["code"] == code
    assert ledger_rows()[0][2] == state


@pytest.mark.parametrize(
    ("status", "code"), [(402, "provider.quota"), (422, "provider.failed"), (410, "provider.model_gone")]
)
def test_other_statuses_are_explained(
    audobon: Audobon, replicate: ReplicateDouble, status: int, code: str
) -> None:
    replicate.faults.append(Fault("status", status=status))
    assert audobon(*ASK, "--json").json["error"]["code"] == code


def test_ctrl_c_cancels_the_prediction_and_keeps_what_is_finished(replicate: ReplicateDouble) -> None:
    replicate.faults.append(Fault("change", "poll", after=3, change=lambda reply: replicate.waiting_reply()))
    run = subprocess.Popen(
        [sys.executable, "-m", "audobon_cli", *ASK, "--count", "3", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    until(lambda: any(asked.path.endswith("/p1") for asked in replicate.asked_in("poll")))
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=PATIENCE_SECONDS)
    assert run.returncode == 130
    assert len(replicate.asked_in("submit")) == 2
    assert len(replicate.asked_in("cancel")) == 1
    assert '"run.interrupted"' in out
    assert out.count('"id"') == 1


def test_a_killed_process_leaves_a_row_that_counts(replicate: ReplicateDouble, audobon: Audobon) -> None:
    replicate.polls = 10_000
    run = subprocess.Popen([sys.executable, "-m", "audobon_cli", *ASK], stderr=subprocess.DEVNULL)
    until(lambda: replicate.asked_in("poll"))
    run.kill()
    run.wait(PATIENCE_SECONDS)
    found = audobon("usage", "--json").data
    assert found["usage"][0]["unknown"] == 1
    assert found["spent_this_month_usd"] == 0.003


def test_a_picture_that_takes_too_long_is_canceled(
    audobon: Audobon, replicate: ReplicateDouble, time_passes: Callable[[], None]
) -> None:
    def waiting(reply: Reply) -> Reply:
        time_passes()
        return reply

    replicate.polls = 10_000
    replicate.faults.append(Fault("change", "poll", change=waiting))
    ran = audobon(*ASK, "--timeout", "3600", "--json")
    assert ran.status == 40
    assert ran.json["error"]["code"] == "provider.timed_out"
    assert len(replicate.asked_in("cancel")) == 1


def test_a_picture_with_transparency_is_put_on_white(audobon: Audobon, replicate: ReplicateDouble) -> None:
    stream = io.BytesIO()
    image = Image.new("RGBA", (512, 512), (255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 256, 512))
    image.save(stream, "WEBP", lossless=True)
    data = stream.getvalue()
    replicate.faults.append(
        Fault("change", "fetch", change=lambda reply: replicate.with_picture(reply, data, "image/webp"))
    )
    assert audobon(*ASK, "--out", "a.png").status == 0
    with Image.open("a.png") as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)
        assert made.getpixel((500, 5)) == (255, 0, 0)


def test_a_blank_picture_fails_its_checks_and_is_not_bought_again(
    audobon: Audobon, replicate: ReplicateDouble
) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (512, 512)).save(stream, "PNG")
    data = stream.getvalue()
    replicate.faults.append(
        Fault("change", "fetch", change=lambda reply: replicate.with_picture(reply, data, "image/png"))
    )
    ran = audobon(*ASK, "--json")
    assert ran.status == 3
    assert len(replicate.bills) == 1
