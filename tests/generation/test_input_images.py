"""Pictures of the user's own are checked, and kept once."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.generation.input_images import inspect_input, keep_input
from audobon_cli.library.store.library import Library
from audobon_cli.library.verify import verify_library


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "knight.png"
    noise = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    return path


def test_an_input_is_kept_once_and_is_part_of_the_library(tmp_path: Path, picture: Path) -> None:
    library = Library.create(tmp_path / "library")
    blob = keep_input(library, picture)
    assert keep_input(library, picture) == blob == inspect_input(picture).blob
    (asset,) = library.assets.list().assets
    assert (asset.name, asset.kind, asset.width, asset.height) == ("knight", "input", 50, 40)
    assert library.blobs.read(blob) == picture.read_bytes()
    report = verify_library(library)
    assert report.clean
    assert report.unreferenced == 0
    library.blobs.path(blob).unlink()
    assert [damaged.blob for damaged in verify_library(library).missing] == [blob]
    library.close()


def test_what_is_no_picture_is_refused(tmp_path: Path, picture: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        inspect_input(tmp_path / "missing.png")
    with pytest.raises(InvalidInput, match="cannot be read"):
        inspect_input(tmp_path)
    (tmp_path / "words.png").write_text("not a picture")
    with pytest.raises(InvalidInput, match="not a picture"):
        inspect_input(tmp_path / "words.png")
    picture.write_bytes(picture.read_bytes()[:2000])
    with pytest.raises(InvalidInput, match="damaged"):
        inspect_input(picture)
    Image.new("1", (70_000, 1_000)).save(tmp_path / "large.png")
    with pytest.raises(InvalidInput, match="70000x1000"):
        inspect_input(tmp_path / "large.png")
