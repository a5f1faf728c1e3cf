"""Model folders: what is read from them, every kind of damage, and the digest."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from audobon_cli.domain.errors import ModelDamaged, ModelNotFound, ModelUnsupported
from audobon_cli.domain.units import Size
from audobon_cli.models.files.folder import inspect_model, model_digest
from audobon_cli.storage import digest_cache

UNET = "unet/diffusion_pytorch_model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"


def write_safetensors(path: Path, tensors: dict[str, list[int]]) -> None:
    """A valid file of float32 zeros with these shapes."""
    header, data = {}, b""
    for name, shape in tensors.items():
        count = 1
        for side in shape:
            count *= side
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * count]}
        data += bytes(4 * count)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Stable Diffusion folder in outline: every file that loading needs, next to no weights."""
    root = tmp_path / "model"
    files: dict[str, object] = {
        "model_index.json": {
            "_class_name": "StableDiffusionPipeline",
            "_diffusers_version": "0.40.0",
            "requires_safety_checker": False,
            "safety_checker": [None, None],
            "scheduler": ["diffusers", "DDIMScheduler"],
            "text_encoder": ["transformers", "BertModel"],
            "tokenizer": ["transformers", "BertTokenizer"],
            "unet": ["diffusers", "UNet2DConditionModel"],
            "vae": ["diffusers", "AutoencoderKL"],
        },
        "scheduler/scheduler_config.json": {},
        "text_encoder/config.json": {},
        "tokenizer/tokenizer_config.json": {},
        "tokenizer/tokenizer.json": {},
        "unet/config.json": {"sample_size": [8, 12]},
        "vae/config.json": {"block_out_channels": [8, 8, 8, 8], "out_channels": 4},
    }
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(json.dumps(content))
    write_safetensors(root / "text_encoder/model.safetensors", {"embedding": [5, 4]})
    write_safetensors(root / UNET, {"conv.weight": [3, 3], "conv.bias": [3]})
    write_safetensors(root / VAE, {"scale": []})
    return root


def test_a_whole_folder_is_described(folder: Path) -> None:
    files = inspect_model(folder)
    assert files.pipeline == "StableDiffusionPipeline"
    assert [part.name for part in files.components] == [
        "scheduler",
        "text_encoder",
        "tokenizer",
        "unet",
        "vae",
    ]
    assert files.parameters == 20 + 12 + 1
    assert files.dtypes == ("F32",)
    assert files.weights_bytes == sum(path.stat().st_size for path in folder.rglob("*.safetensors"))
    assert files.native_size == Size(96, 64)
    assert files.channels == 4
    assert files.variant is None


def test_no_heavy_library_is_imported() -> None:
    code = (
        "import sys, audobon_cli.models.files.folder;"
        "heavy = {'torch', 'diffusers', 'transformers', 'numpy', 'safetensors'} & set(sys.modules);"
        "sys.exit(' '.join(heavy) or None)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("change", [-1, 1, -40])
def test_one_byte_too_few_or_too_many_is_found(folder: Path, change: int) -> None:
    data = (folder / UNET).read_bytes()
    (folder / UNET).write_bytes(data[:change] if change < 0 else data + b"x")
    with pytest.raises(ModelDamaged, match=r"truncated|padded") as caught:
        inspect_model(folder)
    assert caught.value.details["file"] == UNET
    assert caught.value.hint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x01",
        b"\xff" * 8,
        b"\xff" * 64,
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        (2).to_bytes(8, "little") + b"[]",
        (2).to_bytes(8, "little") + b"{x",
        (9).to_bytes(8, "little") + b'{"a": {}}',
        (13).to_bytes(8, "little") + b'{"a": "text"}',
    ],
)
def test_garbage_for_weights_is_found(folder: Path, content: bytes) -> None:
    (folder / VAE).write_bytes(content)
    with pytest.raises(ModelDamaged) as caught:
        inspect_model(folder)
    assert caught.value.details["file"] == VAE


def test_a_header_whose_shape_and_offsets_disagree_is_found(folder: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}).encode()
    (folder / VAE).write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    with pytest.raises(ModelDamaged, match="header"):
        inspect_model(folder)


@pytest.mark.parametrize(
    "name",
    [
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "text_encoder/model.safetensors",
        "tokenizer/tokenizer_config.json",
        "tokenizer/tokenizer.json",
        "unet/config.json",
        UNET,
        "vae",
    ],
)
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(ModelDamaged, match="missing") as caught:
        inspect_model(folder)
    assert caught.value.details["file"] == name


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\x00\x01", "[" * 100_000])
@pytest.mark.parametrize("name", ["model_index.json", "unet/config.json", "tokenizer/tokenizer.json"])
def test_json_that_is_none_is_named(folder: Path, name: str, content: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(ModelDamaged) as caught:
        inspect_model(folder)
    assert caught.value.details["file"] == name


@pytest.mark.parametrize(
    "index",
    [
        {},
        {"_class_name": 3},
        {"_class_name": "StableDiffusionPipeline"},
        {"_class_name": "StableDiffusionPipeline", "../vae": ["diffusers", "AutoencoderKL"]},
    ],
)
def test_an_index_without_sense_is_damaged(folder: Path, index: object) -> None:
    (folder / "model_index.json").write_text(json.dumps(index))
    with pytest.raises(ModelDamaged, match=r"model_index\.json"):
        inspect_model(folder)


def test_an_empty_folder_is_damaged_and_none_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(ModelDamaged, match=r"model_index\.json"):
        inspect_model(tmp_path)
    with pytest.raises(ModelNotFound):
        inspect_model(tmp_path / "nothing")


def test_shards_are_counted_and_missed(folder: Path) -> None:
    (folder / UNET).unlink()
    names = [f"diffusion_pytorch_model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for name in names:
        write_safetensors(folder / "unet" / name, {name: [7]})
    index = {"weight_map": {name: name for name in names}}
    (folder / f"{UNET}.index.json").write_text(json.dumps(index))
    unet = next(part for part in inspect_model(folder).components if part.name == "unet")
    assert unet.parameters == 14
    assert len(unet.weights) == 2

    (folder / "unet" / names[1]).unlink()
    with pytest.raises(ModelDamaged, match="the index names it") as caught:
        inspect_model(folder)
    assert caught.value.details["file"] == f"unet/{names[1]}"


def test_half_precision_files_alone_are_taken(folder: Path) -> None:
    (folder / UNET).rename(folder / "unet/diffusion_pytorch_model.fp16.safetensors")
    files = inspect_model(folder)
    assert files.variant == "fp16"
    assert files.parameters == 33


@pytest.mark.parametrize("suffix", ["bin", "ckpt", "pt"])
def test_pickled_weights_are_refused(folder: Path, suffix: str) -> None:
    (folder / UNET).rename(folder / f"unet/diffusion_pytorch_model.{suffix}")
    with pytest.raises(ModelUnsupported, match="pickled"):
        inspect_model(folder)


def test_code_that_comes_with_a_model_is_refused(folder: Path) -> None:
    index = json.loads((folder / "model_index.json").read_text())
    for change in (
        {"_class_name": ["my_pipeline", "MyPipeline"]},
        {"unet": ["my_unet", "MyUNet"]},
    ):
        (folder / "model_index.json").write_text(json.dumps({**index, **change}))
        with pytest.raises(ModelUnsupported, match="never run"):
            inspect_model(folder)
    (folder / "model_index.json").write_text(json.dumps(index))
    (folder / "scheduler" / "diffusers.py").write_text("raise SystemExit")
    with pytest.raises(ModelUnsupported, match="never run"):
        inspect_model(folder)


def test_a_single_checkpoint_is_told_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "dragon.safetensors").write_bytes(b"")
    with pytest.raises(ModelUnsupported, match=r"dragon\.safetensors"):
        inspect_model(tmp_path)


def test_the_digest_sees_what_loading_reads(folder: Path, tmp_path: Path) -> None:
    digest = model_digest(folder)
    (folder / "README.md").write_text("new")
    (folder / "text_encoder" / "LICENSE.txt").write_text("new")
    (folder / "unet" / "preview.png").write_bytes(b"new")
    (folder / "unet" / "old.bin").write_bytes(b"new")
    assert model_digest(folder) == digest
    assert model_digest(Path(shutil.copytree(folder, tmp_path / "elsewhere"))) == digest

    data = bytearray((folder / UNET).read_bytes())
    data[-1] ^= 1
    (folder / UNET).write_bytes(data)
    assert model_digest(folder) != digest


def test_the_digest_cache_spares_the_second_reading(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "deep" / "digests.json"
    monkeypatch.setattr(digest_cache, "SETTLED_NANOSECONDS", -(10**18))
    digest = model_digest(folder, cache)
    # Planted in the cache: if the digest follows it, the files were not read again.
    entries = json.loads(cache.read_text())
    name = str((folder / UNET).resolve())
    entries["files"][name][-1] = "0" * 64
    cache.write_text(json.dumps(entries))
    assert model_digest(folder, cache) != digest

    os.utime(folder / UNET)
    assert model_digest(folder, cache) == digest


def test_files_just_changed_are_not_remembered(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = min(path.stat().st_ctime_ns for path in folder.rglob("*") if path.is_file())
    monkeypatch.setattr(digest_cache.time, "time_ns", lambda: written + digest_cache.SETTLED_NANOSECONDS // 2)
    cache = tmp_path / "digests.json"
    model_digest(folder, cache)
    assert not cache.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "other"}', '{"schema": "audobon-digests/2"}'])
def test_a_broken_cache_is_no_loss(folder: Path, tmp_path: Path, content: str) -> None:
    cache = tmp_path / "digests.json"
    cache.write_text(content)
    assert model_digest(folder, cache) == model_digest(folder)


def test_an_unwritable_cache_is_no_loss(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert model_digest(folder, tmp_path / "file" / "digests.json") == model_digest(folder)


@pytest.mark.parametrize("name", ["model_index.json", "unet/config.json", "tokenizer/tokenizer.json"])
@pytest.mark.parametrize(
    ("encoding", "said", "hint"),
    [("utf-8-sig", "begins with a byte order mark", "tail -c +4 "), ("utf-16", "is not UTF-8", "as UTF-8")],
)
def test_what_the_networks_libraries_do_not_decode_is_named(
    folder: Path, name: str, encoding: str, said: str, hint: str
) -> None:
    text = (folder / name).read_text()
    (folder / name).write_text(text, encoding=encoding)
    with pytest.raises(ModelDamaged, match=said) as refused:
        inspect_model(folder)
    assert refused.value.details["file"] == name
    assert hint in refused.value.hint
    if encoding == "utf-8-sig":
        command = refused.value.hint.partition("`")[2].rstrip("`")
        subprocess.run(command, shell=True, check=True, cwd=folder.parent)
        assert inspect_model(folder).pipeline == "StableDiffusionPipeline"


@pytest.mark.parametrize(
    "name", ["tokenizer/merges.txt", "tokenizer/vocab.txt", "tokenizer/chat_template.jinja"]
)
@pytest.mark.parametrize(
    ("encoding", "said"), [("utf-8-sig", "begins with a byte order mark"), ("utf-16", "is not UTF-8")]
)
def test_so_are_texts_that_tokenizers_are_made_of(folder: Path, name: str, encoding: str, said: str) -> None:
    """With a mark the first merge is none, the first token (often the padding) is another."""
    (folder / "tokenizer/tokenizer.json").rename(folder / "tokenizer/vocab.json")
    (folder / name).write_text("#version: 0.2\nc a\n", encoding="utf-8")
    assert inspect_model(folder).pipeline == "StableDiffusionPipeline"
    (folder / name).write_text("#version: 0.2\nc a\n", encoding=encoding)
    with pytest.raises(ModelDamaged, match=said) as refused:
        inspect_model(folder)
    assert refused.value.details["file"] == name
    if encoding == "utf-8-sig":
        command = refused.value.hint.partition("`")[2].rstrip("`")
        subprocess.run(command, shell=True, check=True, cwd=folder.parent)
        assert (folder / name).read_text(encoding="utf-8") == "#version: 0.2\nc a\n"
        assert inspect_model(folder).pipeline == "StableDiffusionPipeline"


def test_texts_that_no_library_reads_may_be_as_they_are(folder: Path) -> None:
    """Where there is a tokenizer.json, transformers reads neither vocabulary nor merges."""
    (folder / "tokenizer/merges.txt").write_text("#version: 0.2\n", encoding="utf-8-sig")
    (folder / "tokenizer/notes.txt").write_text("notes", encoding="utf-16")
    assert inspect_model(folder).pipeline == "StableDiffusionPipeline"
