"""Wrote ``written_by_0_1_0.tar.xz``: all that the program keeps, as version 0.1.0 (commit 6a61e9f) kept it.

    git worktree add ../before 6a61e9f
    PYTHONPATH=$PWD/../before/src python -m tests.previous_version.make_fixture FILE.tar.xz

It was run once. Never run it again over the archive that is committed: test_opens.py is about what is in there.
It calls the program by its command line alone. Everything lies under /tmp/audobon-fixture:

- ``home``: settings, a preset of one's own, the ledger of what was paid
- ``project``: library, queue, history, batch file, pictures and exported recipes
- ``repository``: backups of it, opened by ``passphrase.txt`` or ``spare.key``
- ``expected``: what commands that only look said of all this, in ``looks``; and in ``later`` what became of a copy of
  it when batch and queue were run again, with the pictures, and the digests of what the recovery points gave back

No network is used: Replicate is a few lines below, and nobody listens where the ComfyUI server should be. The
repository's ``reserve`` is left out, 16 MiB of noise that prunes use on a full disk.
"""

import hashlib
import io
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

ROOT = Path("/tmp/audobon-fixture")
HOME, PROJECT, REPOSITORY, EXPECTED = (ROOT / name for name in ("home", "project", "repository", "expected"))
HOST = "fixture"
PORT = 47811
PASSPHRASE, KEY = ROOT / "passphrase.txt", ROOT / "spare.key"

SETTINGS = """\
author = "Fixture"
quality = "draft"
retries = 1

[budget]
per_month = 5.0
confirm_above = 0.5

[comfyui]
servers = "http://127.0.0.1:1"
"""
STYLE = """\
description = "Dark and quiet; a style of one's own."
template = "{prompt} at night, flat style"
families = ["sprite"]
"""
PROJECT_SETTINGS = """\
device = "cpu"
auto_commit = "off"

[contract]
size = "64"
styles = ["vivid", "flat", "night", "outline", "none"]

[contract.gates]
soft_alpha = false
"""
BATCH = """\
[defaults]
steps = 4

[variables]
colour = ["red", "blue"]

[matrix]
style = ["vivid", "outline"]

[[job]]
prompt = "a {colour} gem"

[[job]]
prompt = "an __metal__ key"
seed = 7
style = "night"
"""
ANIMATION = """\
pivot = [0.5, 1.0]

[animations.apple]
frames = ["red_apple", "green_apple"]
fps = 5
direction = "pingpong"
"""


def command_lines(text: str) -> tuple[tuple[str, ...], ...]:
    """The lines of ``text`` as a shell would split them."""
    return tuple(tuple(shlex.split(line)) for line in text.strip().splitlines())


PICTURES = command_lines("""
generate "red apple" --seed 7 --out pictures/apple.png
generate "cute dragon" "iron sword" --seed 3 --style night --out pictures/
generate "blue potion" --quality ultra --steps 4 --seed 5 --size 128 --out pictures/potion.png
generate ghost --init-image start.png --strength 0.6 --seed 11 --negative red --steps 6 --out pictures/ghost.png
""")
"""The potion is chosen out of four and enlarged; ``start`` becomes an input."""

PAID = command_lines("""
generate castle --provider replicate --size 512 --seed 4 --style none --yes --out pictures/castle.png
generate "lost castle" --provider replicate --size 512 --seed 5 --style none --yes
""")
"""The connection breaks under the second one: nobody knows whether it was billed."""

ARRANGED = command_lines("""
assets import hand.png --tag hand-made --category props/doors
assets tag cute_dragon iron_sword --tag boss --tag wip
assets untag iron_sword --tag wip
assets move cute_dragon --to characters/enemies
assets rate cute_dragon --stars 5
assets rate iron_sword --stars 0
assets note red_apple --text "for the second level — größer?"
assets link iron_sword carried-by cute_dragon
sprite pixelate cute_dragon iron_sword --size 24
sprite palette cute_dragon_pixelate iron_sword_pixelate --colors 8
sprite recolor red_apple --map "#d03030=#30a030" --tolerance 0.2 --name green_apple
sprite outline ghost iron_sword --color "#203040" --grow
sprite upscale hand --factor 2 --method scale2x
sprite sheet red_apple green_apple --name apples --animations apples.toml -f json -f aseprite --out sheets/
sprite check red_apple green_apple
assets similar red_apple --bits 32 --limit 3
""")

HISTORY = command_lines("""
version commit -m "First pictures"
version tag first
version switch -c other
assets rate red_apple --stars 4
assets tag red_apple --tag fruit
version commit -m "Apples are good"
version switch main
assets rename hand door
assets note ghost --text pale
version commit -m "Names and notes"
version merge other -m Both
assets trash iron_sword_outline
version commit -m "One less"
assets note ghost --text "never to be seen"
version commit -m "A mistake"
version undo
assets tag ghost --tag aside
version stash -m "For later"
""")

BATCHES = command_lines("""
generate --batch sprites.toml --only gem --out sprites/
recipe export red_apple --to recipes/apple.toml
recipe export blue_potion --to recipes/potion.toml
recipe export ghost --to recipes/ghost.toml
recipe export castle --to recipes/castle.toml
""")
"""The last job of the batch stays undone."""

QUEUE = command_lines("""
queue add "gold coin" "silver bell" --seed 21 --steps 4
queue command -- assets tag job:1 --tag treasure
queue command --retries 0 -- assets tag nothing_of_this_name --tag treasure
queue run
queue add "mossy stone" --provider comfyui --model sd15 --fallback local --size 64 --steps 4 --style none
queue add "silver crown" --seed 33 --init-image start.png --strength 0.5 --priority 5 --lane heroes --out crowns/
queue command --timeout 600 -- sprite sheet job:1 job:6 --name treasure
queue add "dark cave" --seed 1 --steps 4
queue add torch --seed 2 --steps 4 --after 2 --retries 7
queue cancel 8
queue pause 9
""")
"""Jobs 1 to 3 get done and 4 dies; 5, 6 and 7 wait, 8 is cancelled, 9 paused."""

CHANGED = command_lines("""
assets tag blue_potion --tag fresh
assets trash iron_sword_pixelate_palette
""")
"""Between the two recovery points, and uncommitted."""

LOOKS = {
    "assets_list": "assets list --limit 100",
    "assets_trash": "assets trash --list",
    "assets_stats": "assets stats",
    "assets_duplicates": "assets duplicates",
    "assets_verify": "assets verify",
    "assets_tree": "assets tree red_apple",
    "assets_similar": "assets similar red_apple --bits 32 --limit 3",
    "search_words": 'assets search "second level" --exact',
    "search_fields": 'assets search "tag:boss rating:>3 in:characters/** kind:sprite" --exact',
    "search_relation": "assets search derived-from:red_apple --exact",
    "search_made": 'assets search "quality:ultra model:sprite size:>=128" --exact',
    "version_log": "version log",
    "version_log_other": "version log other",
    "version_log_asset": "version log --asset red_apple",
    "version_show": "version show HEAD",
    "version_show_merge": "version show HEAD~1",
    "version_diff": "version diff first HEAD",
    "version_status": "version status",
    "version_branch": "version branch",
    "version_tag": "version tag",
    "version_stash": "version stash --list",
    "version_operations": "version undo --list",
    "version_verify": "version verify",
    "queue_list": "queue list",
    "queue_status": "queue status",
    **{f"queue_show_{number}": f"queue show {number}" for number in range(1, 10)},
    "recipe_png": "recipe show pictures/ghost.png",
    "recipe_toml": "recipe show recipes/potion.toml",
    "recipe_paid": "recipe show pictures/castle.png",
    "recipe_derived": "recipe show apples",
    "backup_list": "backup list",
    "backup_show": "backup show latest --files",
    "backup_verify": "backup verify --read-data",
    "backup_keys": "backup key list",
    "usage_providers": "usage",
    "usage_models": "usage --by model",
    "settings_all": "config show",
    "settings_style": "presets show night",
}
"""Commands that change nothing, by the names of the files that hold what they said."""

BATCH_AGAIN = "generate --batch sprites.toml --out sprites/"
QUEUE_AGAIN = command_lines("""
queue run
queue resume 9
queue run
""")
LATE_JOBS = (5, 6, 7, 9)


class Replicate(BaseHTTPRequestHandler):
    """As much of the service as one picture needs."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "lost" in asked["input"]["prompt"]:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._say(201, {"id": "p1", "status": "starting"})

    def do_GET(self) -> None:
        if self.path.startswith("/files/"):
            self._answer(200, "image/png", picture(512, (60, 90, 160)))
        elif self.path == "/v1/predictions":
            self._say(200, {"results": []})
        else:
            output = [f"http://127.0.0.1:{PORT}/files/p1.png"]
            done = {"id": "p1", "status": "succeeded", "output": output, "metrics": {"predict_time": 0.5}}
            self._say(200, done)

    def log_message(self, *_: object) -> None:
        """Nothing."""

    def _say(self, status: int, data: object) -> None:
        self._answer(status, "application/json", json.dumps(data).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def picture(side: int, colour: tuple[int, int, int]) -> bytes:
    """A PNG of a shaded disc on nothing."""
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    shade = np.floor((1 - 0.8 * (x + y)) * 16) / 16
    pixels = np.dstack([np.clip(shade * one, 0, 255) for one in colour] + [(x * x + y * y < 0.16) * 255.0])
    stream = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def audobon(*words: str, statuses: Sequence[int] = (0,)) -> dict[str, Any]:
    """Run a command line of the program in a process of its own; its envelope."""
    environment = {
        "HOME": str(HOME),
        "USER": "fixture",
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ["PYTHONPATH"],
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "REPLICATE_BASE_URL": f"http://127.0.0.1:{PORT}",
        "REPLICATE_API_TOKEN": "no-secret",
    }
    command = [sys.executable, "-m", "audobon_cli", *_with_json(words)]
    ran = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode not in statuses:
        raise SystemExit(f"{' '.join(words)}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}")
    envelope: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return envelope


def _with_json(words: Sequence[str]) -> list[str]:
    cut = words.index("--") if "--" in words else len(words)
    return [*words[:cut], "--json", *words[cut:]]


def write_files() -> None:
    """What a person writes."""
    for path, text in (
        (HOME / ".config/audobon/settings.toml", SETTINGS),
        (HOME / ".config/audobon/presets/styles/night.toml", STYLE),
        (PROJECT / "audobon.toml", PROJECT_SETTINGS),
        (PROJECT / "sprites.toml", BATCH),
        (PROJECT / "wildcards/metal.txt", "iron\n"),
        (PROJECT / "apples.toml", ANIMATION),
        (PASSPHRASE, "the passphrase of the fixture\n"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (PROJECT / "start.png").write_bytes(picture(64, (240, 240, 255)))
    (PROJECT / "hand.png").write_bytes(picture(32, (160, 110, 60)))
    (PROJECT / "recipes").mkdir()


def work() -> None:
    """What a person does."""
    audobon("init", ".")
    for words in PICTURES:
        audobon(*words)
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Replicate)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    audobon(*PAID[0])
    audobon(*PAID[1], statuses=(46,))
    server.shutdown()
    server.server_close()
    for words in (*ARRANGED, *HISTORY, *BATCHES):
        audobon(*words)
    audobon("backup", "init", str(REPOSITORY), "--name", "main", "--passphrase-file", str(PASSPHRASE))
    audobon("backup", "key", "add", "--new-key-file", str(KEY), "--label", "spare")
    audobon("backup", "create", "--note", "before the queue")
    for words in QUEUE:
        audobon(*words, statuses=(0, 3) if words[1] == "run" else (0,))
    for words in CHANGED:
        audobon(*words)
    audobon("backup", "create", "--note", "with the queue")


def look() -> None:
    """Write down what the program says of it."""
    every = keep("looks/assets_list", LOOKS["assets_list"])["assets"]
    shown = {f"assets_show_{asset['id']}": f"assets show {asset['id']}" for asset in every}
    for name, line in {**LOOKS, **shown}.items():
        keep(f"looks/{name}", line)


def go_on() -> None:
    """Finish batch and queue, write down what came of them, and put everything back as it was before."""
    before = ROOT.with_name(f"{ROOT.name}-before")
    shutil.rmtree(before, ignore_errors=True)
    shutil.copytree(ROOT, before)
    made = [asset["id"] for asset in keep("later/batch", BATCH_AGAIN)["assets"]]
    for words in QUEUE_AGAIN:
        audobon(*words, statuses=(0, 3))
    for number in LATE_JOBS:
        made += keep(f"later/job_{number}", f"queue show {number}")["job"]["assets"]
    for point in audobon("backup", "list")["data"]["points"]:
        restored = ROOT / "restored" / point["id"]
        audobon("backup", "restore", point["id"], "--to", str(restored))
        listed = json.dumps(digests(restored), indent=1)
        (EXPECTED / "later" / f"restored_{point['id']}.json").write_text(listed)
    for ident in made:
        asset = audobon("assets", "show", ident)["data"]["asset"]
        name = f"later/{asset['kind']}_{asset['name']}_{asset['style']}"
        keep(name, f"assets show {ident}")
        shutil.copyfile(asset["path"], EXPECTED / f"{name}.png")
    shutil.rmtree(before / EXPECTED.name)
    shutil.move(EXPECTED, before)
    shutil.rmtree(ROOT)
    before.rename(ROOT)


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file, by its path in ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def keep(name: str, line: str) -> dict[str, Any]:
    """Run a command line and write it and what it says to a file of ``expected``, this folder's path as
    ``{root}``; its data."""
    envelope = audobon(*shlex.split(line))
    text = json.dumps({"words": shlex.split(line), "envelope": envelope}, indent=1, ensure_ascii=False)
    path = EXPECTED / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(str(ROOT), "{root}") + "\n", encoding="utf-8")
    data: dict[str, Any] = envelope["data"]
    return data


def pack(archive: Path) -> None:
    """Everything but caches, logs and the reserve, with modes and times, owned by nobody in particular."""
    left_out = (HOME / ".cache", HOME / ".local/state", REPOSITORY / "reserve")

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if any(Path("/tmp", member.name).is_relative_to(folder) for folder in left_out):
            return None
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime = int(member.mtime)
        return member

    with tarfile.open(archive, "w:xz", preset=9) as stream:
        stream.add(ROOT, ROOT.name, filter=anonymous)


def main(archive: Path) -> None:
    if socket.gethostname() != HOST:  # recovery points name the machine
        become = f'hostname {HOST} && exec "$0" "$@"'
        module = ("-m", "tests.previous_version.make_fixture", str(archive))
        os.execvp("unshare", ["unshare", "--uts", "sh", "-c", become, sys.executable, *module])
    shutil.rmtree(ROOT, ignore_errors=True)
    write_files()
    work()
    look()
    go_on()
    pack(archive)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
