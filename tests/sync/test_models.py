"""Models go from machine to machine: each once, verified, and never by half."""

import hashlib
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from audobon_cli.backup.repository import pack_writer
from audobon_cli.backup.repository.crypto import RecordKind
from audobon_cli.domain.errors import (
    AudobonError,
    InvalidInput,
    ModelAltered,
    ModelExists,
    ModelNotFound,
    SyncDamaged,
)
from audobon_cli.models.install.add import add
from audobon_cli.models.install.keep import remove
from audobon_cli.models.source import Manifest, ManifestFile, SourceKind
from audobon_cli.sync.models import pull as pulling
from audobon_cli.sync.models import push as pushing
from audobon_cli.sync.models.push import plan_models_push
from audobon_cli.sync.models.records import decode_record, encode_record
from tests.doubles.gcs_server import Bucket, GcsDouble
from tests.fault_injection import child_environment, hear, kill
from tests.sync.model_shift import PIECE_BYTES
from tests.sync.shelf import check_models, network_folder, pull, push, registry_of, trained, weights
from tests.sync.test_sync_kills import FAULTS
from tests.sync.workshop import Machine


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several pieces for each file, and several packs for each push."""
    monkeypatch.setattr(pack_writer, "TARGET_BYTES", 10_000)
    monkeypatch.setattr(pulling, "PIECE_BYTES", PIECE_BYTES)
    monkeypatch.setattr(pushing, "PIECE_BYTES", PIECE_BYTES)


@pytest.fixture
def machines(tmp_path: Path) -> tuple[Machine, Machine]:
    place = str(tmp_path / "place")
    return Machine(tmp_path / "one", place), Machine(tmp_path / "other", place)


def test_a_model_goes_to_another_machine_with_what_is_known_of_it(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    fur = trained(one, "fur", 50_000, 1)
    folder = add(network_folder(one.home / "tiny"), "tiny", registry_of(one))
    known = replace(folder, licence="openrail", description="Tiny.")
    registry_of(one).manifests.put(known)
    with pytest.raises(AudobonError), one.place():
        pass
    first = push(one)
    assert first.made
    assert [model.name for model in first.sent] == ["fur", "tiny"]
    assert first.send_bytes == fur.size_bytes + sum({f.sha256: f.size_bytes for f in known.files}.values())

    planned = pull(other, dry_run=True)
    assert planned.fetch_bytes == fur.size_bytes + known.size_bytes
    assert check_models(other) == {}
    pull(other)
    assert check_models(other) == check_models(one)
    arrived = registry_of(other).manifests.get("tiny")
    assert arrived is not None
    assert (arrived.licence, arrived.description, arrived.family) == ("openrail", "Tiny.", known.family)
    assert (arrived.kind, arrived.place) == (SourceKind.LOCAL, one.address)
    assert str(one.home) not in json.dumps(arrived.to_dict())

    again = push(one)
    assert (again.sent, again.there, again.stored_bytes) == ((), ("fur", "tiny"), 0)
    assert pull(other).fetch_bytes == 0
    assert push(other).there == ("fur", "tiny")  # what came goes on to a third machine
    assert remove("fur", registry_of(other)).freed_bytes == fur.size_bytes
    assert not list((other.home / "models").rglob("fur.safetensors"))
    pull(other, "fur", name="coat")
    assert check_models(other)["coat"] == check_models(one)["fur"]


def test_another_model_of_the_same_name_stays(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    trained(one, "fur", 5_000, 1)
    trained(other, "fur", 5_000, 2)
    push(one)
    done = push(other)
    assert done.differing == ("fur",)
    error = done.error()
    assert error is not None
    assert f"audobon models push fur {one.address} --replace" in error.hint
    with pytest.raises(ModelExists, match="called fur"):
        pull(other, "fur")
    assert pull(other).differing == ("fur",)
    pull(other, "fur", name="theirs")
    assert check_models(other)["theirs"] == check_models(one)["fur"]
    with pytest.raises(ModelNotFound, match="No model called 'fir'") as missing:
        pull(other, "fir")
    assert "did you mean fur" in missing.value.hint


def test_a_newer_version_takes_the_place_of_the_old(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    trained(one, "fur", 5_000, 1)
    push(one)
    pull(other)
    old = check_models(other)
    trained(one, "fur", 50_000, 2)
    push(one, replace=True)
    pull(other)
    assert check_models(other) == check_models(one) != old
    assert len(list((other.home / "models").rglob("fur.safetensors"))) == 1


def test_what_is_not_on_record_is_not_named(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    model = trained(one, "fur", 50_000, 1)
    with (Path(model.folder) / "fur.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"?")
    with pytest.raises(ModelAltered):
        push(one)
    with pytest.raises(AudobonError, match="damaged"):
        push(one, model.with_damage(("fur.safetensors",)))
    assert pull(other).reports == ()
    code = replace(model, files=(ManifestFile("run.py", 3, "0" * 64),))
    with pytest.raises(InvalidInput, match=r"run\.py"):
        push(one, code)


@pytest.mark.parametrize(
    "path", ["../fur.safetensors", "/etc/fur.json", "a/../b.json", "fur.pkl", "con.json"]
)
def test_a_record_names_no_file_elsewhere(machines: tuple[Machine, Machine], path: str) -> None:
    model = trained(machines[0], "fur", 5_000, 1)
    record = encode_record(replace(model, files=(replace(model.files[0], path=path),)))
    with pytest.raises(ValueError, match=r"file of a model|models are made of"):
        decode_record(record)


def test_a_place_that_lost_a_pack_is_told_of_and_mended(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    trained(one, "fur", 50_000, 1)
    push(one)
    packs = sorted(Path(one.address).glob("packs/*/*"), key=lambda path: path.stat().st_size)
    packs[-1].unlink()
    with pytest.raises(SyncDamaged) as damage:
        pull(other)
    assert "audobon" in damage.value.hint
    assert check_models(other) == {}
    assert push(one).stored_bytes > 0
    pull(other)
    assert check_models(other) == check_models(one)


def _pack_of_piece(machine: Machine, model: Manifest, number: int) -> Path:
    """The file that holds this piece of the only file of a model, and few others."""
    data = (Path(model.folder) / model.files[0].path).read_bytes()
    piece = hashlib.sha256(data[number * PIECE_BYTES : (number + 1) * PIECE_BYTES]).digest()
    with machine.place() as place:
        identity = place.repository.keys.object_id(RecordKind.FILE, piece)
        location = place.repository.catalogue().find(identity)
    assert location is not None
    (path,) = Path(machine.address).glob(f"packs/*/{location.pack}")
    return path


def test_a_pull_goes_on_where_it_ended(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    model = trained(one, "fur", 100_000, 1)
    push(one)
    pack = _pack_of_piece(one, model, 12)
    content = pack.read_bytes()
    pack.unlink()
    with pytest.raises(SyncDamaged):
        pull(other)
    kept = sum(path.stat().st_size for path in (other.home / "models" / "incomplete").rglob("*.safetensors"))
    assert 0 < kept < model.size_bytes
    pack.write_bytes(content)
    assert pull(other, dry_run=True).fetch_bytes == model.size_bytes - kept
    pull(other)
    assert check_models(other) == check_models(one)
    assert not list((other.home / "models" / "incomplete").rglob("*.safetensors"))


def test_many_push_at_once(machines: tuple[Machine, Machine]) -> None:
    one, other = machines
    trained(one, "first", 5_000, 0)
    push(one)
    models = [trained(one, f"model-{number}", 9_000, number) for number in range(6)]
    threads = [threading.Thread(target=push, args=(one, model)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pull(other)
    assert check_models(other) == check_models(one)


def test_a_forecast_counts_what_is_missing(machines: tuple[Machine, Machine]) -> None:
    one, _ = machines
    fur, coat = trained(one, "fur", 50_000, 1), trained(one, "coat", 5_000, 2)
    assert plan_models_push(None, [fur, coat], False).send_bytes == fur.size_bytes + coat.size_bytes
    push(one, fur)
    with one.place() as place:
        planned = plan_models_push(place, [fur, coat], False)
    assert planned.send_bytes == coat.size_bytes
    assert [model.name for model in planned.sent] == ["coat"]


@pytest.fixture
def double() -> Iterator[GcsDouble]:
    with GcsDouble() as started:
        started.buckets["art"] = Bucket()
        yield started


def check_kills(machines: tuple[Machine, Machine], count: int, double: GcsDouble | None = None) -> None:
    """Both work at once; ``count`` times one of them is killed and begun again. The ``double`` fails meanwhile.

    In the end both are killed after a push: however slow the machine is, there is something that must last.
    """
    rng = random.Random(count)
    trained(machines[0], "first", 9_000, 0)
    push(machines[0])
    pull(machines[1])  # so that both machines have made what they make once
    said = list[str]()
    running = {machine: _start(machine, number) for number, machine in enumerate(machines)}
    for trial in range(count):
        if double is not None:
            double.faults.append(replace(FAULTS[trial % len(FAULTS)]))
        time.sleep(rng.random() * 0.5)
        machine = rng.choice(machines)
        said += kill(running.pop(machine))
        check_models(machine)
        running[machine] = _start(machine, 1000 + trial)
    for child in running.values():
        said += [*hear(child, "pushed"), *kill(child)]
    pushed = {line.removeprefix("pushed ") for line in said}
    for machine in (*machines, *machines):
        push(machine)
        pull(machine)
    one, other = map(check_models, machines)
    assert one == other
    assert {"first", *pushed} <= one.keys()
    assert {name.partition("-")[0] for name in pushed} == {"one", "other"}


def _start(machine: Machine, seed: int) -> "subprocess.Popen[str]":
    words = [str(machine.home), machine.address, machine.endpoint, str(seed)]
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.model_shift", *words],
        stdout=subprocess.PIPE,
        text=True,
        env=child_environment(),
    )
    hear(child, "ready")
    return child


@pytest.mark.loopback
def test_kills_with_faults(tmp_path: Path, double: GcsDouble) -> None:
    place = ("gs://art/shared", double.endpoint)
    check_kills((Machine(tmp_path / "one", *place), Machine(tmp_path / "other", *place)), 2, double)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fifty_kills_over_a_folder(machines: tuple[Machine, Machine]) -> None:
    check_kills(machines, 50)


@pytest.mark.slow
@pytest.mark.loopback
@pytest.mark.timeout(3600)
def test_fifty_kills_over_the_cloud_with_faults(tmp_path: Path, double: GcsDouble) -> None:
    place = ("gs://art/shared", double.endpoint)
    check_kills((Machine(tmp_path / "one", *place), Machine(tmp_path / "other", *place)), 50, double)


def test_weights_are_what_adapters_are(tmp_path: Path) -> None:
    """The tests push what the program takes for a LoRA."""
    from audobon_cli.models.adapter_files import adapter_at

    found = adapter_at(weights(tmp_path / "fur.safetensors", 4_000, 1))
    assert found is not None
    assert found.is_adapter
