"""What is shown, looked at and exported of a picture is what its file says: 16 bits, Exif, CMYK."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from audobon_cli.domain.asset import Asset
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.store.library import Library
from audobon_cli.library.thumbnails import thumbnail
from audobon_cli.media.image.appearance import compute_appearance
from audobon_cli.media.image.convert import convert
from audobon_cli.media.image.formats import ExportFormat

GREY = np.linspace(0, 65535, 20 * 12).astype(np.uint16).reshape(12, 20)


def _grey16(path: Path) -> Path:
    Image.fromarray(GREY).save(path)
    return path


def _turned(path: Path) -> Path:
    """Wide as stored, tall as meant: the left half, in red, belongs at the top."""
    image = Image.new("RGB", (20, 12), "blue")
    image.paste("red", (0, 0, 10, 12))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(path, exif=exif, quality=95)
    return path


def _imported(library: Library, path: Path) -> tuple[Asset, bytes]:
    (file,) = import_files(library, ImportRequest((str(path),))).files
    assert file.asset is not None
    asset = library.assets.get(file.asset)
    return asset, library.blobs.read(asset.blob)


def _shown(data: bytes | None) -> np.ndarray:
    assert data is not None
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.create(tmp_path / "library")


def test_sixteen_bits_are_not_cut_off(library: Library, tmp_path: Path) -> None:
    asset, data = _imported(library, _grey16(tmp_path / "grey.png"))
    wanted = np.repeat((GREY / 257).round().astype(int)[..., None], 3, axis=2)
    assert np.array_equal(_shown(convert(asset, data, ExportFormat.WEBP, optimize=False)), wanted)
    assert np.array_equal(_shown(thumbnail(library, asset)), wanted)
    assert min(map(max, compute_appearance(data).colors)) < 64  # dark ones too


def test_a_photo_is_turned_as_its_camera_says(library: Library, tmp_path: Path) -> None:
    asset, data = _imported(library, _turned(tmp_path / "photo.jpg"))
    for shown in (_shown(thumbnail(library, asset)), _shown(convert(asset, data, ExportFormat.PNG, False))):
        assert shown.shape == (20, 12, 3)
        assert shown[2, 6, 0] > 200 > 60 > shown[2, 6, 2]
        assert shown[17, 6, 2] > 200 > 60 > shown[17, 6, 0]
