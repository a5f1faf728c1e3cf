"""What every medium promises (contracts/medium.py), held against each of them and a made-up one."""

import base64
import io

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save

from audobon_cli.contracts.clauses import Clause
from audobon_cli.contracts.medium import MEDIUM_CLAUSES, RECIPE, MediumRig
from audobon_cli.domain.media import UnknownMedia, media_dict
from audobon_cli.media import registry
from audobon_cli.media.image.medium import ImageMedium
from audobon_cli.media.registry import (
    MEDIA,
    inspect_file,
    media_from_dict,
    medium_named,
    medium_of,
    recipe_in,
    suffix_of_format,
)
from audobon_cli.media.sound.medium import SoundMedium
from audobon_cli.media.sound.wav import SoundSamples
from audobon_cli.media.weights.medium import WeightsFile, WeightsMedium
from tests.fakes.text_medium import TextMedium


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
    "image": MediumRig(ImageMedium(), noise),
    "sound": MediumRig(SoundMedium(), hiss),
    "weights": MediumRig(WeightsMedium(), lora),
    "text": MediumRig(TextMedium(), "hello {}".format),
}


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MediumRig:
    monkeypatch.setitem(registry.MEDIA, "text", "tests.fakes.text_medium:TextMedium")
    return RIGS[request.param]


def test_every_medium_is_held_to_it() -> None:
    assert set(MEDIA) <= set(RIGS), "add a rig for the new medium"
    assert all(medium_named(name).name == name for name in MEDIA)


@pytest.mark.parametrize("clause", MEDIUM_CLAUSES, ids=lambda clause: clause.__name__)
def test_it_keeps_what_media_promise(clause: Clause[MediumRig], rig: MediumRig) -> None:
    clause(rig)


def test_the_registry_finds_it_by_its_files(rig: MediumRig) -> None:
    name = rig.medium.name
    assert [one.medium.name for one in RIGS.values() if one.medium.recognises(rig.data)] == [name]
    found = inspect_file(rig.data)
    assert (found.media.medium, recipe_in(rig.data)) == (name, RECIPE)
    assert media_from_dict(media_dict(found.media)) == found.media
    assert suffix_of_format(found.format) == rig.medium.suffix
    assert rig.medium.suffix in registry.found_suffixes()


def test_what_is_of_a_medium_that_is_gone_is_kept_as_it_is() -> None:
    kept = {"medium": "smell", "notes": ["wet", "dog"], "strength": 3}
    media = media_from_dict(kept)
    assert (type(media), media_dict(media)) == (UnknownMedia, kept)
    assert medium_of(media).preview(b"anything") is None
    with pytest.raises(ValueError, match="names no medium"):
        media_from_dict({"notes": 3})
