"""Model folders whose configurations say what no model says: a status and one line, in time, from every command."""

import json
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from audobon_cli.models.files.config_bounds import config_fault
from tests.conftest import Audobon
from tests.tiny_models.families import TINY_FAMILIES

NAN = float("nan")
ODD: tuple[Any, ...] = (
    "x",
    "",
    [1],
    [],
    {},
    None,
    -1,
    0,
    1,
    7,
    True,
    1e999,
    NAN,
    10**10,
    10**30,
    0.5,
    ["x"] * 6_000,
    [1] * 6_000,
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "show": ("models", "show", "{}", "--json"),
    "plan": ("vram", "plan", "{}", "--json"),
    "dry": ("generate", "cute dragon", "--model", "{}", "--plan", "--json"),
    "draw": (
        "generate",
        "cute dragon",
        "--model",
        "{}",
        "--size",
        "64",
        "--steps",
        "2",
        "--style",
        "none",
        "--json",
    ),
}
SECONDS = 20.0
"""Well above what a good folder takes here beside other tests, well below what building what is refused takes."""

Edit = Callable[[dict[str, Any]], None]


def changed(family: str, folder: Path, relative: str, edit: Edit) -> Path:
    shutil.copytree(TINY_FAMILIES[family].folder(), folder)
    path = folder / relative
    data = json.loads(path.read_bytes())
    edit(data)
    path.write_text(json.dumps(data))
    return folder


def put(**values: Any) -> Edit:
    return lambda data: data.update(values)


NAMED: dict[str, tuple[str, str, Edit]] = {
    "channels that are no number": ("sprite", "vae/config.json", put(out_channels="x")),
    "channels in a list": ("sprite", "vae/config.json", put(out_channels=[1])),
    "channels without end": ("sprite", "vae/config.json", put(out_channels=1e999)),
    "thousands of blocks": ("sd15", "vae/config.json", put(block_out_channels=[8] * 5_000)),
    "blocks that are no list": ("sd15", "vae/config.json", put(block_out_channels=8)),
    "heads of no width": ("sd15", "unet/config.json", put(attention_head_dim=0)),
    "a width that is no number": ("sd15", "text_encoder/config.json", put(hidden_size="x")),
    "too many layers": ("flux", "transformer/config.json", put(num_layers=10**9)),
    "too many layers of a text encoder": ("sd15", "text_encoder/config.json", put(num_hidden_layers=10**9)),
    "too many layers in each block": ("sd15", "unet/config.json", put(layers_per_block=10**9)),
    "many layers of many": (
        "sdxl",
        "unet/config.json",
        put(layers_per_block=[200, 200], transformer_layers_per_block=[200, 200]),
    ),
    "too many time steps": ("sd15", "scheduler/scheduler_config.json", put(num_train_timesteps=10**10)),
    "a shift that is no number": ("flux", "scheduler/scheduler_config.json", put(shift="x")),
    "betas that are none": ("sd15", "scheduler/scheduler_config.json", put(trained_betas=["x"] * 1_000)),
    "a negative length": ("sd15", "tokenizer/tokenizer_config.json", put(model_max_length=-1)),
    "a length that is no number": ("sd15", "tokenizer/tokenizer_config.json", put(model_max_length="x")),
    "a factor that is no number": ("sd15", "vae/config.json", put(scaling_factor="x")),
    "an enormous table of places": ("sd3", "transformer/config.json", put(pos_embed_max_size=10**5)),
    "enormous tables of angles": ("z-image", "transformer/config.json", put(axes_lens=[10**9, 8, 8])),
    "a configuration inside that wants code": (
        "qwen-image",
        "text_encoder/config.json",
        put(text_config={"auto_map": {"AutoModel": "own.Own"}}),
    ),
    "a tokenizer that wants code": (
        "sd15",
        "tokenizer/tokenizer_config.json",
        put(auto_map={"AutoTokenizer": ["own.Own", None]}),
    ),
}


@pytest.mark.parametrize("kind", NAMED)
def test_what_no_model_has_is_refused_when_it_is_read(audobon: Audobon, tmp_path: Path, kind: str) -> None:
    family, relative, edit = NAMED[kind]
    folder = changed(family, tmp_path / "odd", relative, edit)
    expected = 15 if "wants code" in kind else 23
    for name in ("show", "draw"):
        began = time.process_time()
        ran = audobon(*(part.format(folder) for part in COMMANDS[name]))
        assert ran.status == expected, (name, ran.err)
        assert relative in ran.json["error"]["message"]
        assert time.process_time() - began < SECONDS
    ran = audobon(*(part.format(folder) for part in COMMANDS["plan"]))
    assert ran.status == expected or "tokenizer" in relative or "scheduler" in relative


def test_a_tokenizer_without_padding_is_no_bug(audobon: Audobon, tmp_path: Path) -> None:
    folder = changed("sd15", tmp_path / "odd", "tokenizer/tokenizer_config.json", put(pad_token=None))
    ran = audobon(*(part.format(folder) for part in COMMANDS["draw"]))
    assert ran.status == 23


def test_published_configurations_are_within_the_bounds() -> None:
    import tomllib

    from audobon_cli.presets.catalog import shipped_presets

    table = tomllib.loads((shipped_presets() / "vram" / "components.toml").read_text(encoding="utf-8"))
    for name, part in table.items():
        config = {**part["config"], "_class_name": part["class"].rpartition(".")[2]}
        assert config_fault("config.json", config) == "", name
    for tiny in TINY_FAMILIES.values():
        for file in tiny.folder().glob("*/*.json"):
            data = json.loads(file.read_bytes())
            assert not isinstance(data, dict) or config_fault(file.name, data) == "", file
    unlimited = {"model_max_length": 1000000000000000019884624838656}
    assert config_fault("tokenizer_config.json", unlimited) == ""


def mutations(family: str, seed: int, count: int) -> Iterator[tuple[str, Edit, str]]:
    """Single values of a family's configurations, changed."""
    chance = random.Random(seed)
    folder = TINY_FAMILIES[family].folder()
    names = ("config.json", "scheduler_config.json", "tokenizer_config.json", "model_index.json")
    files = sorted(path for path in folder.rglob("*.json") if path.name in names)
    for _ in range(count):
        file = chance.choice(files)
        key, value = chance.choice(sorted(json.loads(file.read_bytes()))), chance.choice(ODD)
        yield file.relative_to(folder).as_posix(), put(**{key: value}), f"{key} = {str(value)[:30]}"


def try_mutations(audobon: Audobon, work: Path, family: str, seed: int, count: int) -> None:
    faults = []
    for number, (relative, edit, words) in enumerate(mutations(family, seed, count)):
        folder = changed(family, work / str(number), relative, edit)
        for name, command in COMMANDS.items():
            began = time.process_time()
            ran = audobon(*(part.format(folder) for part in command))
            seconds = time.process_time() - began
            if ran.status == 1 or (ran.status and seconds > SECONDS):
                faults.append(
                    f"{family} {relative}: {words}: {name}: {ran.status}, {seconds:.1f} s: {ran.err[:200]}"
                )
        shutil.rmtree(folder)
    assert faults == []


@pytest.mark.parametrize("family", ["sd15", "sprite"])
def test_odd_values_are_no_bugs(audobon: Audobon, tmp_path: Path, family: str) -> None:
    try_mutations(audobon, tmp_path, family, seed=15, count=5)


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("family", ["sd15", "sdxl", "sprite", "flux", "sd3", "qwen-image", "z-image", "sana"])
def test_many_odd_values_are_no_bugs(audobon: Audobon, tmp_path: Path, family: str) -> None:
    try_mutations(audobon, tmp_path, family, seed=1, count=60)
