"""Profiles: a file of the Trace Event Format whose parts fit together, and pictures that are the same with it."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.domain.errors import ModelDamaged
from audobon_cli.operations.profile import RunProfile, profiling
from audobon_cli.operations.stages import stage, watched_by
from tests.conftest import Audobon
from tests.fakes.fake_engine import FakeEngine
from tests.tiny_models import clip_folder


def read(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The events by process, once the whole has been held against the format."""
    data = path.read_bytes()
    found = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    events = found["traceEvents"]
    names = {event["pid"]: event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert len(set(names.values())) == len(names)
    by_process: dict[str, list[dict[str, Any]]] = {name: [] for name in names.values()}
    for event in events:
        assert event["ph"] in "XCMisft"
        assert isinstance(event["ts"], int | float)
        if event["ph"] == "X":
            assert event["dur"] >= 0
        by_process[names[event["pid"]]].append(event)
    for own in by_process.values():
        check_nesting([event for event in own if event["ph"] == "X"])
    return by_process


def check_nesting(events: list[dict[str, Any]]) -> None:
    """Of two slices on a track the later one ends before the earlier, or begins after it: else readers drop one."""
    for track in {event["tid"] for event in events}:
        own = sorted((event for event in events if event["tid"] == track), key=lambda e: (e["ts"], -e["dur"]))
        open_until: list[float] = []
        for event in own:
            while open_until and open_until[-1] <= event["ts"] + 0.5:
                open_until.pop()
            end = event["ts"] + event["dur"]
            assert not open_until or end <= open_until[-1] + 1.5, event
            open_until.append(end)


def span_of(events: list[dict[str, Any]], name: str) -> tuple[float, float]:
    (event,) = [one for one in events if one["name"] == name and one.get("cat") == "stage"]
    return event["ts"], event["ts"] + event["dur"]


def test_layers_of_graphs_lie_within_their_stages(audobon: Audobon, isolation: Path) -> None:
    command = ("generate", "red key", "--seed", "3", "--steps", "2", "--fresh", "--library-only", "--json")
    plain = audobon(*command).data["assets"][0]
    data = audobon(*command, "--profile", "t.json").data
    assert data["assets"][0]["blob"] == plain["blob"]
    found = read(isolation / "t.json")
    own = found["audobon"]
    began, ended = span_of(own, "denoise")
    layers = found["unet (ONNX Runtime)"]
    runs = [one for one in layers if one["name"] == "model_run"]
    assert len(runs) == 2
    for run in runs:
        assert began - 5_000 <= run["ts"] <= run["ts"] + run["dur"] <= ended + 5_000
    assert any(one["args"].get("op_name") == "Conv" for one in layers)
    timeline = [one for one in own if one["ph"] == "C"]
    assert len(timeline) > 3
    assert all(one["args"]["MiB"] > 10 for one in timeline)
    profile = data["profile"]
    stages = {one["stage"]: one for one in profile["stages"]}
    assert stages["denoise"]["seconds"] == pytest.approx((ended - began) / 1e6, abs=1e-5)
    assert 10 * 2**20 < stages["denoise"]["peak_bytes"] <= profile["peak_memory_bytes"]
    assert profile["layers"][0]["calls"] > 0
    assert "red key" not in (isolation / "t.json").read_text(encoding="utf-8")


def test_layers_of_a_pipeline_by_torch_and_a_packed_file(audobon: Audobon, isolation: Path) -> None:
    model = clip_folder()
    command = ("generate", "cat", "--model", str(model), "--steps", "2", "--library-only")
    ran = audobon(*command, "--seed", "1", "--profile", "t.json.gz")
    assert ran.status == 0, ran.err
    assert "denoise" in ran.err
    assert "PyTorch: aten::" in ran.err
    found = read(isolation / "t.json.gz")
    began, ended = span_of(found["audobon"], "denoise")
    convolutions = [one for one in found["PyTorch"] if one["name"] == "aten::conv2d"]
    assert sum(began - 5_000 <= one["ts"] <= ended + 5_000 for one in convolutions) > 2
    assert any(one["ph"] == "C" and one["args"]["MiB"] > 0 for one in found["PyTorch"])


def test_batches_and_queues_and_what_fails(
    audobon: Audobon, fake_engine: FakeEngine, isolation: Path
) -> None:
    (isolation / "b.txt").write_text("cat\ndog\n", encoding="utf-8")
    data = audobon("generate", "--batch", "b.txt", "--profile", "b.json", "--json").data
    assert {one["stage"]: one["calls"] for one in data["profile"]["stages"]}["file"] == 2
    audobon("init")
    audobon("queue", "add", "cat", "dog", "--seed", "9")
    data = audobon("queue", "run", "--profile", "q.json", "--json").data
    assert {one["stage"]: one["calls"] for one in data["profile"]["stages"]}["job"] == 2
    fake_engine.load_error = ModelDamaged("It is damaged.", hint="pull it again")
    assert audobon("generate", "owl", "--profile", "f.json").status != 0
    assert any("failed" in one.get("args", {}) for one in read(isolation / "f.json")["audobon"])


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("generate", "cat", "--profile", "no/t.json"), 0),
        (("generate", "cat", "--profile", "."), 0),
        (("generate", "cat", "--profile", "t.json", "--plan"), 2),
        (("generate", "cat", "--profile", "t.json", "--keep-warm", "1m"), 2),
        (("queue", "run", "--profile", "t.json", "--workers", "2"), 2),
        (("queue", "run", "--profile", "t.json", "--detach"), 2),
    ],
)
def test_what_cannot_be_profiled_is_told_first(
    audobon: Audobon, fake_engine: FakeEngine, isolation: Path, words: tuple[str, ...], status: int
) -> None:
    audobon("init")
    ran = audobon(*words, "--json")
    assert ran.status != 0
    assert not status or ran.status == status
    assert ran.json["error"]["code"] in ("output.unwritable", "usage.invalid")
    assert not fake_engine.calls["render"]
    assert not (isolation / "t.json").exists()


def test_stages_nest_by_thread_and_cost_nothing_unwatched() -> None:
    assert stage("draw") is stage("file")
    with profiling() as profile:
        with stage("asset", index=1), stage("draw"):
            pass
        with pytest.raises(ValueError, match="no"), stage("check"):
            raise ValueError("no")
    found = profile.summary()
    assert [one.stage for one in found.stages] == ["asset", "draw", "check"]
    asset, draw, _ = (one.seconds for one in found.stages)
    assert draw <= asset <= found.seconds
    assert b'"failed":"ValueError"' in profile.trace()
    assert isinstance(profile, RunProfile)
    with watched_by(profile):
        pass
    assert stage("draw") is stage("file")
