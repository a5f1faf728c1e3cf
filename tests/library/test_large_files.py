"""Large files that are no picture or sound are refused by their beginnings: they are not read into memory first."""

import contextlib
import json
import os
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from audobon_cli.batch.files import BatchFiles
from audobon_cli.batch.resolve import BatchJob
from audobon_cli.domain.errors import InvalidInput, ModelDamaged, OutputExists
from audobon_cli.domain.foreign.documents import LARGE_BYTES
from audobon_cli.domain.request import ResolvedRequest
from audobon_cli.library.export import ExportRequest, export_assets
from audobon_cli.library.import_files import ImportRequest, ImportStatus, import_files
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.inspect import MAX_FILE_BYTES
from audobon_cli.models.files.model_index import read_object
from audobon_cli.sprites.operations.neural_style import network_file
from tests.conftest import Audobon
from tests.media.samples import SVG, encoded
from tests.media.sound_files import encoded as encoded_sound

SIZE = 128 * 2**20
FEW_BYTES = 16 * 2**20


def sparse(path: Path, size: int = SIZE, head: bytes = b"") -> Path:
    """A file of ``size`` bytes: ``head``, and zeros that take no room on the disk."""
    path.write_bytes(head)
    os.truncate(path, size)
    return path


def whole_model(size: int) -> bytes:
    """The head of a safetensors file of ``size`` bytes with a network in it, and no LoRA."""
    header = {"unet.conv.weight": {"dtype": "U8", "shape": [], "data_offsets": []}}
    header["unet.conv.weight"] |= {"shape": [(size - 264) // 8, 8], "data_offsets": [0, size - 264]}
    text = json.dumps(header).encode().ljust(256)
    return (256).to_bytes(8, "little") + text


@contextlib.contextmanager
def little_memory() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < FEW_BYTES


@pytest.mark.parametrize(
    ("name", "size", "head", "why"),
    [
        ("disk.img", SIZE, b"", "it is no PNG, "),
        ("renamed.png", SIZE, b"", "it is no PNG, "),
        ("renamed.wav", SIZE, b"MZ", "it is no PNG, "),
        ("huge.svg", SIZE, SVG.ljust(4096), "it is an SVG of more than 64 MiB"),
        ("huge.png", MAX_FILE_BYTES + 1, encoded(), "it is a picture of more than 1536 MiB"),
        ("huge.jpg", MAX_FILE_BYTES + 1, b"\xff\xd8\xff\xe0", "it is a picture of more than 1536 MiB"),
        ("model.safetensors", SIZE, whole_model(SIZE), "of the files of weights only LoRAs are taken"),
        ("larger.safetensors", 5 * 2**30, whole_model(5 * 2**30), "of the files of weights only LoRAs"),
        ("larger.wav", 5 * 2**30, encoded_sound(), "it is larger than 4096 MiB"),
        ("cut.safetensors", SIZE - 1, whole_model(SIZE), "it is cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_its_beginning_tells_is_refused_unread(
    library: Library, tmp_path: Path, name: str, size: int, head: bytes, why: str
) -> None:
    file = sparse(tmp_path / name, size, head)
    with little_memory():
        report = import_files(library, ImportRequest((str(file),)))
    assert [one.status for one in report.files] == [ImportStatus.FAILED]
    assert report.files[0].why.startswith(why)


def test_a_large_picture_is_still_taken(library: Library, tmp_path: Path) -> None:
    """Behind the picture lie zeros, as some programs leave them: its beginning says nothing of them."""
    file = sparse(tmp_path / "large.png", LARGE_BYTES + 1, encoded())
    report = import_files(library, ImportRequest((str(file),)))
    assert report.count(ImportStatus.IMPORTED) == 1
    (asset,) = library.assets.matching("")
    assert library.blobs.read(asset.blob) == file.read_bytes()


@pytest.mark.posix
@pytest.mark.parametrize("picture", [False, True])
def test_a_pipe_is_read_on_only_if_a_picture_comes(library: Library, tmp_path: Path, picture: bool) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    data = encoded() if picture else bytes(SIZE)
    hung_up = []

    def write() -> None:
        try:
            pipe.write_bytes(data)
        except BrokenPipeError:
            hung_up.append(True)

    writer = threading.Thread(target=write)
    writer.start()
    report = import_files(library, ImportRequest((str(pipe),)))
    writer.join()
    assert report.count(ImportStatus.IMPORTED) == picture
    assert bool(hung_up) is not picture


def test_a_network_of_the_users_own_has_a_bound(tmp_path: Path) -> None:
    file = sparse(tmp_path / "net.onnx", 513 * 2**20)
    with pytest.raises(InvalidInput, match="larger than 512 MiB"):
        network_file(file)


def test_a_models_configuration_has_a_bound(tmp_path: Path) -> None:
    sparse(tmp_path / "config.json", 65 * 2**20, b"{}")
    with pytest.raises(ModelDamaged, match="larger than 64 MiB"), little_memory():
        read_object(tmp_path, "config.json")


def test_what_is_in_the_way_of_an_export_is_not_read_whole(library: Library, tmp_path: Path) -> None:
    (tmp_path / "gem.png").write_bytes(encoded())
    import_files(library, ImportRequest((str(tmp_path / "gem.png"),)))
    export_assets(
        library, ExportRequest(tmp_path / "first", query="", format="webp")
    )  # what it imports is in memory then
    (tmp_path / "out").mkdir()
    sparse(tmp_path / "out" / "gem.webp")
    with pytest.raises(OutputExists), little_memory():
        export_assets(library, ExportRequest(tmp_path / "out", query="", format="webp"))


def test_what_is_in_the_way_of_a_batch_is_not_read_whole(library: Library, tmp_path: Path) -> None:
    job = BatchJob(0, 1, cast("ResolvedRequest", None), "gem.png")
    files = BatchFiles(tmp_path, {0: job}, library.blobs)
    sparse(tmp_path / "gem.png")
    with pytest.raises(OutputExists), little_memory():
        files.write(encoded(), job.request, "local", 0)


def test_a_training_set_says_so_in_one_sentence(audobon: Audobon, tmp_path: Path) -> None:
    file = sparse(tmp_path / "huge.png", 513 * 2**20)
    ran = audobon("train", "lora", str(file), "--name", "x", "--plan")
    assert ran.status == 2
    assert "it is larger than 512 MiB.\n" in ran.err
