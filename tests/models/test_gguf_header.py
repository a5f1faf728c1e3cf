"""Headers of GGUF files: read as they were written by the format's own package; torn and lying ones are told."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audobon_cli.domain.errors import AudobonError, ModelDamaged, ModelUnsupported
from audobon_cli.models.files.gguf_header import BLOCKS, GgufHeader, read_gguf_header

gguf = pytest.importorskip("gguf")


def write(file: Path, alignment: int = 32) -> Path:
    """A file with a packed matrix, a plain one, a vector and every kind of metadata."""
    writer = gguf.GGUFWriter(str(file), "flux")
    if alignment != 32:
        writer.add_custom_alignment(alignment)
    writer.add_uint32("flux.blocks", 19)
    writer.add_bool("flux.guided", True)
    writer.add_float32("flux.shift", 1.5)
    writer.add_string("general.name", "ein Fluß")
    writer.add_array("tokenizer.tokens", ["a", "bc", "d"])
    writer.add_array("tokenizer.scores", [0.5, 1.5])
    rows = np.arange(4 * 64, dtype=np.float32).reshape(4, 64)
    packed = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor("packed.weight", gguf.quants.quantize(rows, packed), raw_dtype=packed)
    writer.add_tensor("plain.weight", rows.astype(np.float16))
    writer.add_tensor("bias", np.ones(3, dtype=np.float32))
    for step in ("write_header_to_file", "write_kv_data_to_file", "write_tensors_to_file", "close"):
        getattr(writer, step)()
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "tiny.gguf")


def test_what_the_formats_own_package_writes_is_read(file: Path) -> None:
    header = read_gguf_header(file)
    assert header.architecture == "flux"
    assert header.file_bytes == file.stat().st_size
    assert header.metadata["flux.blocks"] == 19
    assert header.metadata["flux.guided"] is True
    assert header.metadata["flux.shift"] == 1.5
    assert header.metadata["general.name"] == "ein Fluß"
    assert "tokenizer.tokens" not in header.metadata
    found = {tensor.name: (tensor.kind, tensor.shape, tensor.size_bytes) for tensor in header.tensors}
    assert found == {
        "packed.weight": ("Q8_0", (4, 64), 4 * 2 * 34),
        "plain.weight": ("F16", (4, 64), 512),
        "bias": ("F32", (3,), 12),
    }


def test_other_alignments(tmp_path: Path) -> None:
    plain, wide = (read_gguf_header(write(tmp_path / f"{a}.gguf", a)) for a in (32, 256))
    assert plain.shapes == wide.shapes
    assert all(tensor.begin % 256 == 0 for tensor in wide.tensors)


def test_the_types_are_those_of_the_package() -> None:
    theirs = {int(kind): (kind.name, *sizes) for kind, sizes in gguf.GGML_QUANT_SIZES.items()}
    assert {number: theirs[number] for number in BLOCKS} == dict(BLOCKS)


def test_a_file_cut_off_anywhere_is_damaged(file: Path, tmp_path: Path) -> None:
    whole = file.read_bytes()
    cut = tmp_path / "cut.gguf"
    for length in range(0, len(whole) - 32, 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(ModelDamaged):
            read_gguf_header(cut)
    cut.write_bytes(whole + b"\0" * 64)
    with pytest.raises(ModelDamaged, match="padded"):
        read_gguf_header(cut)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(place=st.integers(0, 600), value=st.integers(0, 255))
def test_no_changed_byte_is_more_than_an_error(file: Path, place: int, value: int) -> None:
    data = bytearray(file.read_bytes())
    data[place % len(data)] = value
    changed = file.with_name("changed.gguf")
    changed.write_bytes(data)
    try:
        found: Any = read_gguf_header(changed)
    except AudobonError as error:
        found = error
    assert isinstance(found, GgufHeader | ModelDamaged | ModelUnsupported)


def replaced(file: Path, old: bytes, new: bytes) -> Path:
    data = file.read_bytes()
    assert data.count(old) == 1
    changed = file.with_name("changed.gguf")
    changed.write_bytes(data.replace(old, new))
    return changed


def number(value: int, width: int = 8) -> bytes:
    return value.to_bytes(width, "little")


def test_headers_that_lie_are_told(file: Path) -> None:
    sides = number(64) + number(4)
    before = b"packed.weight" + number(2, 4)
    with pytest.raises(ModelDamaged, match=r"lies where another|truncated"):
        read_gguf_header(replaced(file, before + sides, before + number(64) + number(400)))
    with pytest.raises(ModelDamaged):  # a row that is no whole number of blocks
        read_gguf_header(replaced(file, before + sides, before + number(60) + number(4)))
    with pytest.raises(ModelDamaged):  # as many tensors as there are atoms
        read_gguf_header(
            replaced(file, b"GGUF" + number(3, 4) + number(3), b"GGUF" + number(3, 4) + number(1 << 60))
        )
    bias = b"bias" + number(1, 4) + number(3) + number(0, 4)
    data = file.read_bytes()
    place = data.index(bias) + len(bias)
    changed = file.with_name("changed.gguf")
    changed.write_bytes(data[:place] + number(0) + data[place + 8 :])
    with pytest.raises(ModelDamaged, match="another tensor"):
        read_gguf_header(changed)


def test_what_is_not_known_is_named(file: Path) -> None:
    with pytest.raises(ModelUnsupported, match="version 1;"):
        read_gguf_header(replaced(file, b"GGUF" + number(3, 4), b"GGUF" + number(1, 4)))
    kind = b"bias" + number(1, 4) + number(3)
    with pytest.raises(ModelUnsupported, match="number 77"):
        read_gguf_header(replaced(file, kind + number(0, 4), kind + number(77, 4)))
    with pytest.raises(ModelDamaged, match="no GGUF file"):
        read_gguf_header(replaced(file, b"GGUF", b"GGML"))
    with pytest.raises(ModelDamaged, match="cannot be read"):
        read_gguf_header(file.with_name("missing.gguf"))
