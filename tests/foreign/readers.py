"""Every reader of the command line: the command, and the small good input that mutants are made of."""

import io
import json
import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from audobon_cli.media.image.png import RECIPE_KEYWORD

OUT = "o/"
"""The folder below the workshop that commands write to; emptied after each."""


PROJECT_FILE = "audobon.toml"


@dataclass(slots=True)
class Workshop:
    """Where a trial works: the current folder, with a library of its own, is ``folder``."""

    folder: Path
    libraries: list[Path] = field(default_factory=list)

    def file(self, name: str, content: bytes) -> Path:
        """A file of the workshop."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def run(self, *words: str) -> None:
        """A command that has to succeed."""
        from tests.foreign.trial import measured

        done = measured(words)
        assert done.status == 0, (words, done.said)

    def library(self, name: str) -> Path:
        """A library with a picture and a commit."""
        root = self.folder / name / ".audobon"
        if root not in self.libraries:
            self.libraries.append(root)
            self.run("init", str(root.parent))
            self.run("assets", "import", str(self.picture()), "--library", str(root))
            self.run("version", "commit", "-m", "one", "--library", str(root))
        return root

    def picture(self) -> Path:
        """A good picture."""
        path = self.folder / "good.png"
        return path if path.exists() else self.file("good.png", picture("PNG"))


Make = Callable[[Workshop], tuple[Path, ...]]


def _nothing(shop: Workshop) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Reader:
    """A command that reads what ``make`` writes; the mutants are made of the files that it names. In ``words`` "{}"
    stands for the workshop's folder. ``usual`` are the statuses that the good input may give."""

    name: str
    words: tuple[str, ...]
    make: Make
    before: Callable[[Workshop], None] = _nothing
    usual: tuple[int, ...] = (0,)
    light: bool = True
    """Whether it needs neither torch nor a process of its own."""
    draws: bool = False
    """Whether an accepted input is a picture to be drawn, which takes what its own request takes."""

    def words_in(self, shop: Workshop) -> tuple[str, ...]:
        """The command line."""
        return tuple(word.replace("{}", str(shop.folder)) for word in self.words)


def picture(form: str, frames: int = 1, **options: object) -> bytes:
    """A small picture, moving if it has several ``frames``."""
    from PIL import Image

    pictures = [Image.new("RGBA", (16, 16), (40 * number, 90, 20, 255)) for number in range(frames)]
    if form == "JPEG":
        pictures = [one.convert("RGB") for one in pictures]
    stream = io.BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(stream, form, **more, **options)
    return stream.getvalue()


def _said_png(**texts: str) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    return picture("PNG", pnginfo=info)


def _a(name: str, content: Callable[[], bytes]) -> Make:
    return lambda shop: (shop.picture() and shop.file(name, content()),)


def _there(pattern: str) -> Make:
    """Files that another reader's ``make`` has written."""
    return lambda shop: tuple(
        sorted(one for one in shop.folder.glob(pattern) if one.is_file() and one.stat().st_size)
    )


def _text_in_png(keyword: str) -> Callable[[Workshop], None]:
    """Puts the mutated text x.json or x.txt into a picture under ``keyword``: checksums and lengths are right."""

    def put(shop: Workshop) -> None:
        source = next(
            path
            for path in (shop.folder / f"{keyword}.json", shop.folder / f"{keyword}.txt")
            if path.exists()
        )
        shop.file(
            f"{keyword}.png",
            _said_png(**{keyword: source.read_bytes().decode("utf-8", "replace").replace("\0", "")}),
        )

    return put


def _texts(keyword: str, suffix: str, content: bytes) -> Make:
    def make(shop: Workshop) -> tuple[Path, ...]:
        file = shop.file(f"{keyword}{suffix}", content)
        _text_in_png(keyword)(shop)
        return (file,)

    return make


def weights(entries: dict[str, list[int]]) -> bytes:
    """A safetensors file with tensors of these shapes, all of halves."""
    head: dict[str, object] = {"__metadata__": {"ss_network_module": "networks.lora", "format": "pt"}}
    place = 0
    for name, shape in entries.items():
        size = 2
        for side in shape:
            size *= side
        head[name] = {"dtype": "F16", "shape": shape, "data_offsets": [place, place + size]}
        place += size
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + bytes(place)


def _gguf() -> bytes:
    def text(value: bytes) -> bytes:
        return struct.pack("<Q", len(value)) + value

    pairs = text(b"general.architecture") + struct.pack("<I", 8) + text(b"flux")
    pairs += text(b"general.file_type") + struct.pack("<II", 4, 7)
    pairs += text(b"x.list") + struct.pack("<IIQIII", 9, 4, 3, 1, 2, 3)
    tensor = text(b"double_blocks.0.img_attn.qkv.weight") + struct.pack("<IQQIQ", 2, 32, 32, 8, 0)
    body = b"GGUF" + struct.pack("<IQQ", 3, 1, 3) + pairs + tensor
    return body + bytes(-len(body) % 32) + bytes(34 * 32)


def _model(shop: Workshop) -> tuple[Path, ...]:
    from tests.tiny_models.stable_diffusion import clip_folder

    folder = shop.folder / "model"
    shutil.copytree(clip_folder(), folder)
    return tuple(sorted(path for path in folder.rglob("*.json") if path.stat().st_size < 100_000))


def _lora(shop: Workshop) -> tuple[Path, ...]:
    from tests.tiny_models.adapters import diffusers_lora, kohya_lora
    from tests.tiny_models.stable_diffusion import clip_folder

    (shop.folder / "loras").mkdir()
    files = (kohya_lora(clip_folder(), shop.folder / "loras/k.safetensors"),)
    diffusers_lora(clip_folder(), shop.folder / "loras/d.safetensors")
    if not (shop.folder / "drawn").exists():
        shutil.copytree(clip_folder(), shop.folder / "drawn")
    return files


def _git(shop: Workshop) -> tuple[Path, ...]:
    """A repository that this program exported; what is mutated is committed again before each run."""
    library = shop.library("exported")
    folder = shop.folder / "git"
    shop.run("version", "export-git", "--plain", str(folder), "--library", str(library))
    shop.library("imported")
    return tuple(
        sorted(path for path in folder.rglob("*.json") if ".git" not in path.relative_to(folder).parts)
    )


def _commit(shop: Workshop) -> None:
    words = (
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "-qam",
        "x",
        "--allow-empty",
        "--no-gpg-sign",
    )
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", "-C", str(shop.folder / "git"), *words], check=True, env=quiet)


def _backup(shop: Workshop) -> tuple[Path, ...]:
    library = shop.library("backed-up")
    place = str(shop.folder / "backup")
    shop.run("backup", "init", place, "--no-encryption")
    shop.run("backup", "create", "-d", place, "--library", str(library))
    return tuple(sorted(path for path in Path(place).rglob("*") if path.is_file() and path.stat().st_size))


def _in_database(library: Path, statement: str, *values: str) -> list[tuple[str, ...]]:
    """Of the program's own SQLite: two of them in a process take each other's locks away."""
    connection = apsw.Connection(str(library / "audobon.db"))
    try:
        return list(connection.execute(statement, values))
    finally:
        connection.close()


def _jobs(name: str) -> Make:
    def make(shop: Workshop) -> tuple[Path, ...]:
        library = shop.library(name)
        shop.run("queue", "add", "a fox", "--quality", "draft", "--seed", "3", "--library", str(library))
        ((request,),) = _in_database(library, "SELECT request FROM jobs")
        return (shop.file(f"{name}.json", request.encode()),)

    return make


def _asked(name: str, again: bool = False) -> Callable[[Workshop], None]:
    """Puts the mutated request into its row; ``again`` into that of a new job."""

    def put(shop: Workshop) -> None:
        text = (shop.folder / f"{name}.json").read_bytes().decode("utf-8", "replace")
        library = shop.folder / name / ".audobon"
        if again:
            _in_database(library, "DELETE FROM job_assets; DELETE FROM jobs")
            shop.run("queue", "add", "a fox", "--quality", "draft", "--seed", "3", "--library", str(library))
        _in_database(library, "UPDATE jobs SET request = ?", text)

    return put


def _set(shop: Workshop) -> None:
    """The mutated s.toml as the project's settings, which the trial takes away again."""
    shutil.copyfile(shop.folder / "s.toml", shop.folder / PROJECT_FILE)


def _recipe(name: str) -> Make:
    def make(shop: Workshop) -> tuple[Path, ...]:
        target = shop.folder / name
        shop.run(
            "generate",
            "a",
            "--quality",
            "draft",
            "--seed",
            "3",
            "--out",
            str(shop.folder / "made.png"),
            "--overwrite",
        )
        shop.run("recipe", "export", str(shop.folder / "made.png"), "--to", str(target), "--overwrite")
        return (target,)

    return make


def _scene(name: str) -> Make:
    """The recipe of a picture that was composed of exemplars: things, parts, and what was changed of them."""
    return _made_recipe(name, "scene.png", "generate", "a golden dragon with a wooden shield", "--seed", "3")


def _sound_recipe(name: str) -> Make:
    return _made_recipe(name, "made.wav", "sound", "make", "door creaks", "--seed", "3")


def _made_recipe(name: str, out: str, *words: str) -> Make:
    def make(shop: Workshop) -> tuple[Path, ...]:
        made, target = shop.folder / out, shop.folder / name
        shop.run(*words, "--out", str(made), "--overwrite")
        shop.run("recipe", "export", str(made), "--to", str(target), "--overwrite")
        return (target,)

    return make


def _sound(form: str) -> Make:
    def make(shop: Workshop) -> tuple[Path, ...]:
        from tests.media.sound_files import encoded, sampler_chunk, tone, with_chunk

        data = encoded(form, tone(0.1), title="a")
        if form == "wav":
            data = with_chunk(data, b"smpl", sampler_chunk(10, 900))
        return (shop.file(f"s.{form}", data),)

    return make


def _recipe_text(shop: Workshop) -> tuple[Path, ...]:
    from audobon_cli.media.image.png import read_recipe

    _recipe("text.toml")(shop)
    recipe = read_recipe((shop.folder / "made.png").read_bytes())
    assert recipe is not None
    return _texts(RECIPE_KEYWORD, ".json", json.dumps(recipe.to_dict()).encode())(shop)


_BATCH = b"""prompts = ["a red apple", "a {colour} (pear:1.2)"]
[variables]
colour = ["red", "green"]
[matrix]
style = ["outline", "round"]
[defaults]
steps = 4
[[job]]
prompt = "a {one|two} dragon {1..3}"
seed = 7
size = "64x64"
"""
_ANIMATIONS = b"""[animations.walk]
frames = "good*"
fps = 10
direction = "forward"
"""
_SHEET = {
    "frames": {"a": {"frame": {"x": 0, "y": 0, "w": 8, "h": 8}, "duration": 100, "rotated": False, "trimmed": True,
                     "spriteSourceSize": {"x": 0, "y": 0, "w": 8, "h": 8}, "sourceSize": {"w": 8, "h": 8}}},
    "meta": {"size": {"w": 16, "h": 16}, "frameTags": [{"name": "w", "from": 0, "to": 0, "direction": "forward"}]},
}  # fmt: skip
_GRAPH = {
    "1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a", "clip": ["4", 1]}, "_meta": {"title": "prompt"}},
    "2": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 4, "cfg": 7.0, "sampler_name": "euler",
          "scheduler": "normal", "denoise": 1.0, "positive": ["1", 0], "negative": ["1", 0], "model": ["4", 0],
          "latent_image": ["5", 0]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["2", 0], "vae": ["4", 2]}},
    "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "x"}},
}  # fmt: skip
_INVOKE = {
    "positive_prompt": "a",
    "negative_prompt": "b",
    "seed": 4,
    "steps": 5,
    "cfg_scale": 7.5,
    "scheduler": "euler",
    "width": 8,
    "height": 8,
    "model": {"name": "m", "base": "sdxl"},
    "loras": [{"model": {"name": "l"}, "weight": 1}],
}
_SWARM = {
    "sui_image_params": {
        "prompt": "a",
        "seed": 4,
        "steps": 5,
        "cfgscale": 7.0,
        "model": "m",
        "loras": ["x"],
        "loraweights": ["1"],
    },
}
_FOOOCUS = {
    "prompt": "a",
    "negative_prompt": "b",
    "seed": "4",
    "steps": 5,
    "guidance_scale": 4.0,
    "base_model": "m",
    "loras": [["l", 0.5]],
    "resolution": "(8, 8)",
    "styles": "['x']",
}
_NOVELAI = {
    "prompt": "a",
    "steps": 28,
    "height": 8,
    "width": 8,
    "scale": 5.0,
    "seed": 4,
    "sampler": "k_euler",
    "uc": "b",
}
_A1111 = (
    b"a fox (red:1.3)\nNegative prompt: n\nSteps: 5, Sampler: Euler, CFG scale: 7, Seed: 5, Size: 8x8, "
    b'Model: m, Lora hashes: "a: 12, b: 34", Civitai resources: [{"type":"lora","weight":0.5,"modelName":"x"}]'
)
_SETTINGS = b"""offline = true
retries = 3
output_folder = "out"
[budget]
per_run = 1.5
[backup]
default = "home"
[backup.destinations]
home = "/nowhere"
[contract]
size = "64x64"
styles = ["outline"]
[contract.gates]
colours = 16
"""
_STYLE = b"""description = "x"
template = "{prompt}, ink"
negative = "photo"
families = ["sprite"]
"""
_LORA = {
    f"lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_{one}.{part}": shape
    for one in ("q", "k")
    for part, shape in (("lora_down.weight", [4, 32]), ("lora_up.weight", [32, 4]), ("alpha", []))
}
_PLAN = ("--quality", "draft", "--plan")
_DRAWN = (
    "--model",
    "{}/drawn",
    "--steps",
    "1",
    "--size",
    "64",
    "--style",
    "none",
    "--fresh",
    "--library-only",
)

FORMS: Sequence[tuple[str, Callable[[], bytes]]] = (
    ("png", lambda: _said_png(parameters=_A1111.decode(), prompt=json.dumps(_GRAPH))),
    ("apng", lambda: picture("PNG", 3)),
    ("gif", lambda: picture("GIF", 3)),
    ("webp", lambda: picture("WEBP", 2)),
    ("jpg", lambda: picture("JPEG", comment=b"hello")),
    (
        "svg",
        lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='8' viewBox='0 0 8 8'><g/></svg>",
    ),
)
TEXTS: Sequence[tuple[str, str, bytes]] = (
    ("parameters", ".txt", _A1111),
    ("prompt", ".json", json.dumps(_GRAPH).encode()),
    ("invokeai_metadata", ".json", json.dumps(_INVOKE).encode()),
    ("fooocus_scheme", ".json", json.dumps(_FOOOCUS).encode()),
    ("Comment", ".json", json.dumps(_NOVELAI).encode()),
    ("sui", ".json", json.dumps(_SWARM).encode()),
    (
        "audobon-sheet",
        ".json",
        json.dumps({"schema": "audobon-sheet/1", "frames": [], "animations": []}).encode(),
    ),
    (
        "XML:com.adobe.xmp",
        ".txt",
        b"<rdf:RDF><dc:title><rdf:Alt><rdf:li>t</rdf:li></rdf:Alt></dc:title></rdf:RDF>",
    ),
)

SOUND_FORMS = ("wav", "flac", "ogg", "opus", "aiff", "mp3")

READERS: tuple[Reader, ...] = (
    *(Reader(f"sound {form}", ("assets", "import", f"{{}}/s.{form}"), _sound(form)) for form in SOUND_FORMS),
    Reader("scene", ("recipe", "show", "{}/scene.toml"), _scene("scene.toml"), light=False),
    Reader(
        "scene run",
        ("recipe", "run", "{}/scene-run.toml", "--library-only"),
        _scene("scene-run.toml"),
        usual=(0, 3),
        draws=True,
        light=False,
    ),
    Reader("sound recipe", ("recipe", "show", "{}/sound.toml"), _sound_recipe("sound.toml"), light=False),
    Reader(
        "sound recipe run",
        ("recipe", "run", "{}/sound-run.toml", "--library-only"),
        _sound_recipe("sound-run.toml"),
        usual=(0, 3),
        light=False,
    ),
    *(
        Reader(f"import {form}", ("assets", "import", f"{{}}/x.{form}"), _a(f"x.{form}", made))
        for form, made in FORMS
    ),
    *(
        Reader(
            f"text {keyword}",
            ("assets", "import", f"{{}}/{keyword}.png"),
            _texts(keyword, suffix, content),
            _text_in_png(keyword),
        )
        for keyword, suffix, content in TEXTS
    ),
    Reader(
        "text recipe",
        ("assets", "import", f"{{}}/{RECIPE_KEYWORD}.png"),
        _recipe_text,
        _text_in_png(RECIPE_KEYWORD),
        light=False,
    ),
    Reader(
        "slice",
        ("sprite", "slice", "{}/slice.png", "--grid", "8", "--out", OUT),
        _a("slice.png", lambda: picture("PNG")),
    ),
    Reader(
        "slice by data",
        ("sprite", "slice", "{}/good.png", "--data", "{}/sheet.json", "--out", OUT),
        _a("sheet.json", json.dumps(_SHEET).encode),
    ),
    Reader(
        "sheet",
        ("sprite", "sheet", "{}/f.png", "--name", "s", "--out", OUT),
        _a("f.png", lambda: picture("PNG", 2)),
    ),
    Reader(
        "sheet gif",
        ("sprite", "sheet", "{}/f.gif", "--name", "s", "--out", OUT),
        _a("f.gif", lambda: picture("GIF", 2)),
    ),
    Reader(
        "animations",
        ("sprite", "sheet", "{}/good.png", "--name", "s", "--animations", "{}/anim.toml", "--out", OUT),
        _a("anim.toml", lambda: _ANIMATIONS),
    ),
    Reader(
        "variants",
        ("sprite", "recolor", "{}/good.png", "--variants", "{}/var.toml", "--out", OUT),
        _a("var.toml", lambda: b'[ice]\n"#aa0000" = "#0000aa"\n'),
    ),
    Reader("check", ("sprite", "check", "{}/c.png"), _a("c.png", lambda: picture("PNG"))),
    *(
        Reader(
            f"palette {suffix}",
            ("sprite", "palette", "{}/good.png", "--from", f"{{}}/p.{suffix}", "--out", OUT),
            _a(f"p.{suffix}", lambda text=text: text),
        )
        for suffix, text in (
            ("gpl", b"GIMP Palette\nName: a\nColumns: 2\n1 2 3 red\n4 5 6 blue\n"),
            ("hex", b"aa0000\n0000ff\n"),
            ("pal", b"JASC-PAL\n0100\n2\n1 2 3\n4 5 6\n"),
        )
    ),
    Reader("contract", ("sprite", "check", "{}/good.png"), _a("s.toml", lambda: _SETTINGS), _set),
    Reader("settings", ("config", "show"), _a("s.toml", lambda: _SETTINGS), _set),
    Reader("style", ("presets", "list"), _a(".config/audobon/presets/styles/ink.toml", lambda: _STYLE)),
    Reader("batch TOML", ("generate", "--batch", "{}/b.toml", *_PLAN), _a("b.toml", lambda: _BATCH)),
    Reader(
        "batch JSONL",
        ("generate", "--batch", "{}/b.jsonl", *_PLAN),
        _a(
            "b.jsonl",
            lambda: b'{"prompt": "a {x|y}", "seed": 3, "size": "64", "steps": 4, "negative": "b"}\n' * 3,
        ),
    ),
    Reader(
        "batch CSV",
        ("generate", "--batch", "{}/b.csv", *_PLAN),
        _a("b.csv", lambda: b"prompt,seed,size,colour\na {colour} fox,3,64,red\n'b {colour}',4,,blue\n"),
    ),
    Reader(
        "batch text",
        ("generate", "--batch", "{}/b.txt", *_PLAN),
        _a("b.txt", lambda: b"a {red|green} fox --seed 7 --size 64\n# no\nb (c:1.2) [d] --negative 'e f'\n"),
    ),
    Reader("recipe", ("recipe", "show", "{}/r.toml"), _recipe("r.toml"), light=False),
    Reader(
        "recipe run",
        ("recipe", "run", "{}/rr.toml", "--library-only"),
        _recipe("rr.toml"),
        usual=(0, 3),
        draws=True,
        light=False,
    ),
    Reader(
        "workflow",
        ("generate", "a", "--provider", "comfyui", "--workflow", "{}/w.json", "--plan"),
        _a("w.json", json.dumps(_GRAPH).encode),
        usual=(0, 41, 45, 46),
    ),
    Reader(
        "LoRA header",
        ("models", "show", "{}/h.safetensors"),
        _a("h.safetensors", lambda: weights(_LORA)),
        usual=(15,),
    ),
    Reader(
        "LoRA add",
        ("models", "add", "{}/a.safetensors", "--name", "a"),
        _a("a.safetensors", lambda: weights(_LORA)),
    ),
    Reader(
        "LoRA plan",
        ("generate", "a", "--model", "{}/drawn", "--lora", "{}/loras/k.safetensors", *_PLAN),
        _lora,
        light=False,
    ),
    Reader(
        "LoRA drawn",
        ("generate", "a", "--lora", "{}/loras/k.safetensors", *_DRAWN),
        _there("loras/k.safetensors"),
        light=False,
    ),
    Reader(
        "LoRA drawn again",
        ("generate", "a", "--lora", "{}/loras/d.safetensors", *_DRAWN),
        _there("loras/d.safetensors"),
        light=False,
    ),
    Reader("GGUF", ("models", "show", "{}/x.gguf"), _a("x.gguf", _gguf), usual=(0, 15)),
    Reader("model", ("models", "show", "{}/model"), _model, light=False),
    Reader("model plan", ("vram", "plan", "{}/model"), _there("model/**/*config*.json"), light=False),
    Reader("git", ("version", "import-git", "{}/git", "--library", "{}/imported/.audobon"), _git, _commit),
    Reader("backup list", ("backup", "list", "-d", "{}/backup"), _backup),
    Reader(
        "backup verify",
        ("backup", "verify", "-d", "{}/backup", "--read-data"),
        _there("backup/**/*"),
    ),
    Reader(
        "job show", ("queue", "show", "1", "--library", "{}/shown/.audobon"), _jobs("shown"), _asked("shown")
    ),
    Reader(
        "job run",
        ("queue", "run", "--library", "{}/done/.audobon"),
        _jobs("done"),
        _asked("done", again=True),
        usual=(0, 3),
        draws=True,
        light=False,
    ),
)
