"""Foreign inputs, mutated by a seed, through every reader: ``python bench/mutations.py --count 2000 --seed 1``.

Each input is given to the command line in this process (no torch: nothing is drawn). What is counted: bugs (status 1 or
an exception), refused inputs that took more than 2 s of processor time or 200 MB of memory beyond the same command with
the small good file they were made of, and libraries that verify no more. Ends with 1 if anything is counted.
"""

import argparse
import contextlib
import io
import json
import os
import random
import resource
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audobon_cli.cli.main import run

MOST_SECONDS = 2.0
MOST_BYTES = 200 * 2**20


@dataclass(frozen=True, slots=True)
class Reader:
    """A command that reads ``file``; ``good`` makes what it reads, "{}" in ``words`` stands for the path."""

    name: str
    file: str
    words: tuple[str, ...]
    good: Callable[[], bytes]


@dataclass(slots=True)
class Tally:
    """What was found, and the dearest input."""

    tried: int = 0
    statuses: dict[int, int] = field(default_factory=dict)
    bugs: list[str] = field(default_factory=list)
    dear: list[str] = field(default_factory=list)
    longest_seconds: float = 0.0
    largest_bytes: int = 0


def _picture(form: str, frames: int = 1, **options: object) -> bytes:
    from PIL import Image

    pictures = [Image.new("RGBA", (16, 16), (40 * number, 90, 20, 255)) for number in range(frames)]
    if form == "JPEG":
        pictures = [picture.convert("RGB") for picture in pictures]
    stream = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(stream, form, **more, **options)
    return stream.getvalue()


def _said_png() -> bytes:
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text(
        "parameters", "a fox\nNegative prompt: n\nSteps: 5, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 8x8"
    )
    nodes = {"1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["2", 0]}}}
    texts.add_text(
        "prompt", json.dumps({**nodes, "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a"}}})
    )
    return _picture("PNG", pnginfo=texts)


def _weights() -> bytes:
    entries = {"lora_unet_x.lora_down.weight": {"dtype": "F32", "shape": [4, 4], "data_offsets": [0, 64]}}
    head = json.dumps(entries).encode()
    return struct.pack("<Q", len(head)) + head + bytes(64)


def _gguf() -> bytes:
    key, value = b"general.architecture", b"sd1"
    pair = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(value)) + value
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + pair


_BATCH = b"""prompts = ["a red apple"]
[matrix]
style = ["outlined", "flat"]
[[job]]
prompt = "a {colour|red} dragon {1..3}"
seed = 7
"""
_ANIMATIONS = b'[animations.walk]\nframes = "good*"\nfps = 10\ndirection = "forward"\n'
_SHEET = {
    "frames": {"a": {"frame": {"x": 0, "y": 0, "w": 8, "h": 8}, "duration": 100}},
    "meta": {"size": {"w": 16}},
}
_GRAPH = {"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "{prompt}"}, "_meta": {"title": "prompt"}}}
_PLAN = ("--quality", "draft", "--plan")

READERS = (
    *(
        Reader(f"import {form}", f"x.{form.lower()}", ("assets", "import", "{}"), made)
        for form, made in (
            ("PNG", _said_png),
            ("GIF", lambda: _picture("GIF", 3)),
            ("WEBP", lambda: _picture("WEBP", 2)),
            ("JPEG", lambda: _picture("JPEG")),
        )
    ),
    Reader(
        "import SVG",
        "x.svg",
        ("assets", "import", "{}"),
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='8'/>",
    ),
    Reader("slice", "x.png", ("sprite", "slice", "{}", "--grid", "8", "--out", "o"), lambda: _picture("PNG")),
    Reader(
        "slice by data",
        "x.json",
        ("sprite", "slice", "good.png", "--data", "{}", "--out", "o"),
        json.dumps(_SHEET).encode,
    ),
    Reader(
        "sheet", "x.png", ("sprite", "sheet", "{}", "--name", "s", "--out", "o"), lambda: _picture("PNG", 2)
    ),
    Reader(
        "animations",
        "x.toml",
        ("sprite", "sheet", "good.png", "--name", "s", "--animations", "{}", "--out", "o"),
        lambda: _ANIMATIONS,
    ),
    Reader(
        "variants",
        "x.toml",
        ("sprite", "recolor", "good.png", "--variants", "{}", "--out", "o"),
        lambda: b'[ice]\n"#aa0000" = "#0000aa"\n',
    ),
    Reader("check", "x.png", ("sprite", "check", "{}"), lambda: _picture("PNG")),
    Reader(
        "palette",
        "x.gpl",
        ("sprite", "palette", "show", "{}"),
        lambda: b"GIMP Palette\nName: a\n1 2 3 red\n4 5 6 blue\n",
    ),
    Reader("batch TOML", "x.toml", ("generate", "--batch", "{}", *_PLAN), lambda: _BATCH),
    Reader(
        "batch JSONL",
        "x.jsonl",
        ("generate", "--batch", "{}", *_PLAN),
        lambda: b'{"prompt": "a {x|y}", "seed": 3}\n' * 3,
    ),
    Reader(
        "batch CSV", "x.csv", ("generate", "--batch", "{}", *_PLAN), lambda: b"prompt,seed\na fox,3\n'b',4\n"
    ),
    Reader(
        "batch text",
        "x.txt",
        ("generate", "--batch", "{}", *_PLAN),
        lambda: b"a {red|green} fox --seed 7 --size 64\n# no\nb\n",
    ),
    Reader(
        "recipe",
        "x.toml",
        ("recipe", "show", "{}"),
        lambda: b'schema = "audobon-recipe/1"\nprompt = "a"\nsteps = 4\nguidance = 7.5\n',
    ),
    Reader(
        "settings",
        "audobon.toml",
        ("config", "show"),
        lambda: b"offline = true\nretries = 3\n[budget]\nper_run = 1.5\n",
    ),
    Reader(
        "workflow",
        "x.json",
        ("generate", "a", "--provider", "comfyui", "--workflow", "{}", "--plan"),
        json.dumps(_GRAPH).encode,
    ),
    Reader("safetensors", "x.safetensors", ("generate", "a", "--lora", "{}", *_PLAN), _weights),
    Reader("GGUF", "x.gguf", ("models", "show", "{}"), _gguf),
)


def mutated(good: bytes, draw: random.Random) -> bytes:
    """``good`` with one to four faults: bits, bytes, numbers, repetitions, cuts, nesting and long digits."""
    data = bytearray(good)
    for _ in range(draw.randint(1, 4)):
        place = draw.randrange(len(data) + 1)
        end = min(len(data), place + draw.choice((1, 2, 4, 8, 64)))
        kind = draw.randrange(9)
        if kind == 0 and data:
            data[min(place, len(data) - 1)] ^= 1 << draw.randrange(8)
        elif kind == 1:
            data[place:end] = draw.randbytes(end - place)
        elif kind == 2:
            data[place:end] = draw.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
        elif kind == 3:
            del data[place:]
        elif kind == 4:
            del data[place:end]
        elif kind == 5:
            data[place:place] = bytes(data[place:end]) * draw.choice((2, 100, 5_000))
        elif kind == 6:
            data[place:place] = draw.choice((b"[", b"{", b"{a|", b"(", b'"', b"'''", b"<a>")) * draw.choice(
                (1, 50, 20_000)
            )
        elif kind == 7:
            data[place:place] = draw.choice(
                (b"9" * 5_000, b"-1", b"1e999", b"inf", b"nan", b"18446744073709551616")
            )
        else:
            data[place:place] = draw.choice(
                (b"\x1b]0;x\x07", b"\xef\xbb\xbf", b"\xff\xfe", b"\xed\xa0\x80", b"\0", b"\r")
            )
    return bytes(data)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def measured(words: Sequence[str]) -> tuple[int, float, int]:
    """Status, processor seconds and by how many bytes the process grew beyond its largest before."""
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    with _quiet():
        status = run([*words, "--offline"])
    seconds = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown) * 1024
    return status, seconds, max(grown, 0)


def main() -> int:
    """The trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for inputs that are counted")
    asked = parser.parse_args()
    draw = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        os.environ["HOME"] = name
        for variable in [one for one in os.environ if one.startswith(("XDG_", "AUDOBON_"))]:
            del os.environ[variable]
        os.chdir(name)
        Path("good.png").write_bytes(_picture("PNG"))
        with _quiet():
            run(["init"])
        tally = _tried(asked.count, draw, asked.keep)
        with _quiet():
            whole = run(["assets", "verify"])
    print(
        f"{tally.tried} inputs, statuses {dict(sorted(tally.statuses.items()))}; bugs {len(tally.bugs)}, over "
        f"{MOST_SECONDS:g} s or {MOST_BYTES >> 20} MB {len(tally.dear)}; at most {tally.longest_seconds:.2f} s and "
        f"{tally.largest_bytes >> 20} MB beyond the good file; library verify {whole}"
    )
    print("\n".join([*tally.bugs, *tally.dear]))
    return int(bool(tally.bugs or tally.dear or whole))


def _tried(count: int, draw: random.Random, keep: Path | None) -> Tally:
    tally = Tally()
    usual: dict[str, float] = {}
    for number in range(count):
        reader = READERS[number % len(READERS)]
        file = Path(reader.file)
        words = [word.replace("{}", f"./{reader.file}") for word in reader.words]
        good = reader.good()
        if reader.name not in usual:
            file.write_bytes(good)
            measured(words)  # imports
            usual[reader.name] = measured(words)[1]
        file.write_bytes(mutated(good, draw))
        status, seconds, grown = measured(words)
        tally.tried += 1
        tally.statuses[status] = tally.statuses.get(status, 0) + 1
        beyond = seconds - usual[reader.name]
        tally.longest_seconds = max(tally.longest_seconds, beyond)
        tally.largest_bytes = max(tally.largest_bytes, grown)
        label = f"{number} {reader.name}: status {status}, {beyond:.2f} s, {grown >> 20} MB"
        if status == 1:
            tally.bugs.append(label)
        # A thousand good rows that a repetition made are work, not a refusal.
        is_dear = status != 0 and (beyond > MOST_SECONDS or grown > MOST_BYTES)
        if is_dear:
            tally.dear.append(label)
        if keep is not None and (status == 1 or is_dear):
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{number}-{reader.file}").write_bytes(file.read_bytes())
        file.unlink()
    return tally


if __name__ == "__main__":
    sys.exit(main())
