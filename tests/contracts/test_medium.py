"""What every medium promises (media/types.py), held against each of them and a made-up one."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.ids import blob_id
from audobon_cli.domain.media import media_dict
from audobon_cli.library.add import AssetDraft
from audobon_cli.media import registry
from audobon_cli.media.image.medium import ImageMedium
from audobon_cli.media.registry import MEDIA, inspect_file, media_from_dict, medium_named, suffix_of_format
from audobon_cli.media.sound.medium import SoundMedium
from audobon_cli.media.sound.wav import SoundSamples
from audobon_cli.media.types import Medium
from audobon_cli.media.weights.medium import WeightsFile, WeightsMedium
from tests.fakes.text_medium import TextMedium
from tests.library.samples import recipe


@dataclass(frozen=True)
class Rig:
    """A medium, and a content of it by number."""

    medium: Medium
    content: Callable[[int], Any]


def noise(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (8, 8, 4), dtype=np.uint8))


def hiss(seed: int) -> SoundSamples:
    return SoundSamples(np.random.default_rng(seed).integers(-9000, 9000, (400, 1), dtype=np.int16), 22_050)


def lora(seed: int) -> WeightsFile:
    down = np.random.default_rng(seed).normal(size=(4, 8)).astype(np.float32)
    notes = {"modelspec.thumbnail": "data:image/png;base64," + base64.b64encode(png(noise(seed))).decode()}
    return WeightsFile(save({"unet.a.lora_A.weight": down, "unet.a.lora_B.weight": down.T.copy()}, notes))


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


RIGS = {
    "image": Rig(ImageMedium(), noise),
    "sound": Rig(SoundMedium(), hiss),
    "weights": Rig(WeightsMedium(), lora),
    "text": Rig(TextMedium(), "hello {}".format),
}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setitem(registry.MEDIA, "text", "tests.fakes.text_medium:TextMedium")
    return RIGS[request.param]


@pytest.fixture
def data(rig: Rig) -> bytes:
    return rig.medium.encode(rig.content(1), recipe(1))


def test_every_medium_is_held_to_it() -> None:
    assert set(MEDIA) <= set(RIGS), "add a rig for the new medium"
    assert all(medium_named(name).name == name for name in MEDIA)


def test_equal_contents_are_equal_files(rig: Rig, data: bytes) -> None:
    assert rig.medium.encode(rig.content(1), recipe(1)) == data
    assert rig.medium.encode(rig.content(2), recipe(1)) != data
    assert rig.medium.encode(rig.content(1), recipe(2)) != data


def test_a_file_carries_its_recipe(rig: Rig, data: bytes, tmp_path: Path) -> None:
    file = tmp_path / f"content{rig.medium.suffix}"
    file.write_bytes(data)
    for source in (data, file):
        assert rig.medium.read_recipe(source) == recipe(1)
    assert rig.medium.read_recipe(b"something else") is None
    assert rig.medium.read_recipe(data[: len(data) // 2]) in (None, recipe(1))


def test_a_file_tells_what_it_is(rig: Rig, data: bytes) -> None:
    assert [one.medium.name for one in RIGS.values() if one.medium.recognises(data)] == [rig.medium.name]
    found = inspect_file(data)
    assert isinstance(found.media, rig.medium.info)
    assert found.media.medium == rig.medium.name
    assert found.foreign.recipe == recipe(1)
    assert found.format in {form.name for form in rig.medium.formats if form.found_as}
    assert suffix_of_format(found.format) == rig.medium.suffix
    assert rig.medium.suffix in registry.found_suffixes()


def test_what_is_known_of_it_can_be_kept(rig: Rig, data: bytes) -> None:
    media = rig.medium.inspect(data).media
    kept = media_dict(media)
    assert kept["medium"] == rig.medium.name
    assert media_from_dict(kept) == media
    assert hash(media)


def test_damaged_files_are_refused_and_show_nothing(rig: Rig, data: bytes) -> None:
    damaged = data[:6]
    with pytest.raises(PictureUnreadable):
        rig.medium.inspect(damaged)
    assert rig.medium.preview(damaged) is None
    assert rig.medium.fingerprint(damaged).dhash == 0


def test_previews_are_small_pictures(rig: Rig, data: bytes) -> None:
    preview = rig.medium.preview(data)
    assert preview is None or (preview[:4] == b"RIFF" and len(preview) < 64 * 1024)


def test_as_it_is_it_is_exported_as_it_is(rig: Rig, data: bytes) -> None:
    found = rig.medium.inspect(data)
    asset: Asset = AssetDraft("one", found.kind, found.media, format=found.format).asset(
        blob_id(data), len(data)
    )
    for form in (None, found.format):
        assert rig.medium.convert(asset, data, form, optimize=False) == data
