"""Large files that are no picture or sound are refused by their beginnings: they are not read into memory first."""

import json
import os
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.foreign.documents import LARGE_BYTES
from audobon_cli.library.import_files import ImportReport, ImportRequest, ImportStatus, import_files
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.inspect import MAX_FILE_BYTES
from audobon_cli.sprites.operations.neural_style import network_file
from tests.conftest import Audobon
from tests.media.samples import SVG, encoded

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
    header["unet.conv.weight"] |= {"shape": [size - 264], "data_offsets": [0, size - 264]}
    text = json.dumps(header).encode().ljust(256)
    return (256).to_bytes(8, "little") + text


def in_little_memory(work: Callable[[], ImportReport]) -> ImportReport:
    tracemalloc.start()
    try:
        report = work()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < FEW_BYTES
    return report


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
        ("cut.safetensors", SIZE - 1, whole_model(SIZE), "it is cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_its_beginning_tells_is_refused_unread(
    library: Library, tmp_path: Path, name: str, size: int, head: bytes, why: str
) -> None:
    file = sparse(tmp_path / name, size, head)
    report = in_little_memory(lambda: import_files(library, ImportRequest((str(file),))))
    assert [one.status for one in report.files] == [ImportStatus.FAILED]
    assert report.files[0].why.startswith(why)


def test_a_large_picture_is_still_taken(library: Library, tmp_path: Path) -> None:
    """A file behind whose picture something else lies, as programs leave it, and which its beginning says nothing of."""
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


def test_a_training_set_says_so_in_one_sentence(audobon: Audobon, tmp_path: Path) -> None:
    file = sparse(tmp_path / "huge.png", 513 * 2**20)
    ran = audobon("train", "lora", str(file), "--name", "x", "--plan")
    assert ran.status == 2
    assert "it is larger than 512 MiB.\n" in ran.err
