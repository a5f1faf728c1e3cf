"""A run: what is trained on what and how, as its job keeps it, and the folder in which it stands."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from audobon_cli.domain.errors import DiskFull, InvalidInput
from audobon_cli.domain.foreign.documents import parse_json_object, read_bounded
from audobon_cli.domain.serialization import all_facts, from_plain
from audobon_cli.domain.units import format_bytes
from audobon_cli.library.store.library import Library
from audobon_cli.storage.durable_files import output_errors, write_output
from audobon_cli.training.pictures.training_set import TrainingSet, training_set_from
from audobon_cli.training.settings import EMBEDDING, LORA, OF_EMBEDDINGS, TrainingSettings

RUN_SCHEMA = "audobon-training/1"
RUNS_FOLDER = "training"
MOST_RECORD_BYTES = 64 * 2**20
NO_WEIGHT = ("checkpoint_seconds", "sample_every", "threads")
"""Settings that a checkpoint may be gone on from with others."""


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """What a job trains. ``name`` is what the LoRA is called, ``model`` what it is for and ``model_digest`` that
    model's files; ``samples`` are prompts that are drawn on the way; ``card`` is the style card of the pictures as JSON
    ("": none), learnt before the first step."""

    name: str
    model: str
    model_digest: str
    settings: TrainingSettings
    pictures: TrainingSet
    preset: str = ""
    samples: tuple[str, ...] = ()
    card: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, as jobs and derivations keep it; nothing in it depends on when or where it is run."""
        return {
            "schema": RUN_SCHEMA,
            "name": self.name,
            "model": self.model,
            "model_digest": self.model_digest,
            "settings": all_facts(self.settings),
            "pictures": self.pictures.to_dict(),
            "preset": self.preset,
            "samples": list(self.samples),
            "card": self.card,
        }

    @property
    def file_names(self) -> tuple[str, ...]:
        """What its files are called: see RunFolder.file."""
        return (EMBEDDING,) if self.settings.method == EMBEDDING else ("diffusers", "kohya")

    @property
    def digest(self) -> str:
        """SHA-256 of all that decides the weights: checkpoints belong to it."""
        settings = {key: value for key, value in all_facts(self.settings).items() if key not in NO_WEIGHT}
        if self.settings.method == LORA:  # checkpoints of before there were embeddings
            settings = {key: value for key, value in settings.items() if key not in OF_EMBEDDINGS}
        facts = {"settings": settings, "pictures": self.pictures.digest, "model": self.model_digest}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def run_from(data: Mapping[str, Any]) -> TrainingRun:
    """The run that ``to_dict`` gave. Raises InvalidInput for what is none."""
    try:
        if data.get("schema") != RUN_SCHEMA:
            raise ValueError(f"its schema is not {RUN_SCHEMA}")
        return TrainingRun(
            str(data["name"]),
            str(data["model"]),
            str(data["model_digest"]),
            from_plain(TrainingSettings, data["settings"]),
            training_set_from(data["pictures"]),
            str(data.get("preset", "")),
            tuple(str(one) for one in data.get("samples", ())),
            str(data.get("card", "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"The training run cannot be read: {error}.",
            hint="cancel it, and train anew: `audobon train lora`",
        ) from error


@dataclass(frozen=True)
class RunFolder:
    """Where a run stands: its checkpoint, losses, sample pictures and files. Everything in it can be made again."""

    path: Path

    @property
    def checkpoint(self) -> Path:
        """What a resumed run goes on from."""
        return self.path / "checkpoint.safetensors"

    @property
    def losses(self) -> Path:
        """A JSON object a line: see RunLosses."""
        return self.path / "losses.jsonl"

    @property
    def samples(self) -> Path:
        """The folder of sample pictures."""
        return self.path / "samples"

    @property
    def elsewhere(self) -> Path:
        """The folder of what is known of the run on other people's machines: a folder for each kind, a record a run."""
        return self.path / "elsewhere"

    @property
    def trained_on(self) -> str:
        """The kind of other people's machines that the run is on; "" for none."""
        return next((path.parent.name for path in self.elsewhere.glob("*/*.json")), "")

    def file(self, names: str) -> Path:
        """The LoRA's file with the names of ``names`` (diffusers or kohya), or the embedding's (embedding)."""
        return self.path / f"{names}.safetensors"

    def prepare(self, run: TrainingRun) -> None:
        """Make the folder, and write down what is run. Raises DiskFull or OutputUnwritable."""
        with output_errors(self.path):
            self.samples.mkdir(parents=True, exist_ok=True)
        text = json.dumps(run.to_dict(), indent=1, ensure_ascii=False) + "\n"
        write_output(self.path / "run.json", text.encode(), overwrite=True)

    def check_room(self, needed_bytes: int) -> None:
        """Raise DiskFull unless so much is free where the folder lies."""
        free = shutil.disk_usage(self.path).free
        if free < needed_bytes:
            raise DiskFull(
                f"The run takes {format_bytes(needed_bytes)} of disk, and {format_bytes(free)} are free.",
                hint="free some (`audobon disk free`), or train with a lower rank: --set rank=4",
                path=str(self.path),
            )

    def note(self, entry: Mapping[str, Any]) -> None:
        """Add a line to the losses. A kill may cut it off: what reads them leaves such a line out."""
        with output_errors(self.losses), self.losses.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, sort_keys=True) + "\n")

    def forget_after(self, step: int) -> None:
        """Leave out of the losses what is beyond ``step``: the steps behind the checkpoint are made again."""
        kept = [entry for entry in self.read_losses() if entry["step"] <= step]
        text = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in kept)
        write_output(self.losses, text.encode(), overwrite=True)

    def read_losses(self) -> list[dict[str, Any]]:
        """The lines of the losses, in order; each has its ``step``."""
        try:
            data = read_bounded(self.losses, MOST_RECORD_BYTES)
        except OSError:
            return []
        found = []
        for line in data.splitlines():
            try:
                entry = parse_json_object(line)
            except ValueError:
                continue
            if isinstance(entry.get("step"), int):
                found.append(entry)
        return found

    def keep_result(self, result: Mapping[str, Any]) -> None:
        """Write down what came of the run."""
        text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
        write_output(self.path / "result.json", text.encode(), overwrite=True)

    @cached_property
    def result(self) -> dict[str, Any]:
        """What keep_result wrote; empty before."""
        try:
            return parse_json_object(read_bounded(self.path / "result.json"))
        except (OSError, ValueError):
            return {}

    def sample_files(self) -> list[Path]:
        """The sample pictures, in the order of their steps."""
        return sorted(self.samples.glob("step-*.png"))

    def remove(self) -> None:
        """Delete it."""
        shutil.rmtree(self.path, ignore_errors=True)


def refuse_encrypted(library: Library) -> None:
    """Raise InvalidInput for an encrypted library: a run keeps captions, samples and weights in files of its own."""
    if library.keys is not None:
        raise InvalidInput(
            "Training keeps captions, samples and weights in the clear, and this library is encrypted.",
            hint="train in another library: `audobon init FOLDER`, then --library FOLDER",
        )


def run_folder(library: Library, number: int) -> RunFolder:
    """The folder of the run that is job ``number``. It lies beside the library's files and is no part of backups.

    Raises InvalidInput for an encrypted library.
    """
    refuse_encrypted(library)
    return RunFolder(library.root / RUNS_FOLDER / f"{number:06d}")


def with_threads(run: TrainingRun, threads: int) -> TrainingRun:
    """``run`` with the number of threads that it keeps."""
    return replace(run, settings=replace(run.settings, threads=threads))
