"""What is gathered, what it is called, and what is found wrong with it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bench.judged_sprites import members
from PIL import Image

from audobon_cli.domain.errors import InvalidInput, TrainingSetRefused
from audobon_cli.library.import_files import ImportRequest, import_files
from audobon_cli.library.organize import add_tags, rename
from audobon_cli.library.store.library import Library
from audobon_cli.models.catalog import find_model
from audobon_cli.models.registry import ModelRegistry
from audobon_cli.presets.catalog import Presets, shipped_presets
from audobon_cli.settings.hub import HubAccess
from audobon_cli.training.pictures.captions import (
    CaptionFacts,
    caption_of,
    check_caption_template,
    invariable_words,
    words_of_name,
)
from audobon_cli.training.pictures.findings import check_set, gate_error, refuse_unfit, verdict_of
from audobon_cli.training.pictures.gather import SetRequest, file_pictures, gather
from audobon_cli.training.pictures.training_set import training_set_from

Codes = Callable[..., dict[str, tuple[str, tuple[str, ...]]]]
"""By the code of a finding its severity and the pictures it names."""

THINGS = (
    *(
        "knight",
        "dragon",
        "sword",
        "potion",
        "castle",
        "tree",
        "wolf",
        "shield",
        "crown",
        "key",
        "boat",
        "owl",
    ),
)


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """Twelve drawings that differ, as a folder of files."""
    folder = tmp_path / "art"
    folder.mkdir()
    for thing, (_, pixels) in zip(THINGS, members("inked", len(THINGS), 0), strict=True):
        Image.fromarray(pixels).save(folder / f"{thing}.png")
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    """The shipped models."""
    hub = HubAccess("http://127.0.0.1:9", tmp_path / "cache", None, True)
    return ModelRegistry(Presets((("built-in", shipped_presets()),)), tmp_path / "shelf", hub)


@pytest.fixture
def codes(library: Library, registry: ModelRegistry) -> Codes:
    model = find_model("sprite", registry)

    def found(*texts: str, trigger: str = "zorv", **more: str) -> dict[str, tuple[str, tuple[str, ...]]]:
        checked = check_set(SetRequest(texts, trigger, **more), model, lambda: library, registry)
        return {one.code: (one.severity.value, one.pictures) for one in checked.findings}

    return found


@pytest.mark.parametrize(
    ("facts", "template", "caption"),
    [
        (CaptionFacts("red_Knight-02"), "{words}", "zorv, red knight"),
        (CaptionFacts("a", prompt="a zorv owl"), "{words}", "a zorv owl"),
        (CaptionFacts("a", text="wyrm", seen="dog", prompt="cat"), "{words}", "zorv, wyrm"),
        (CaptionFacts("a", seen="dog", prompt="cat"), "{words}", "zorv, dog"),
        (CaptionFacts("IMG_1234"), "{words}", "zorv, img"),
        (CaptionFacts("0012"), "{words}", "zorv"),
        (CaptionFacts("owl", tags=("a", "b"), category="birds/night"), "{tags}, {category}", "a, b, night"),
        (CaptionFacts("owl"), "{trigger}, {tags}, {name} in {trigger} style", "zorv, owl in zorv style"),
        (CaptionFacts("owl", text="{name}\n\x1b[31m red"), "{text}", "{name} [31m red"),
    ],
)
def test_captions(facts: CaptionFacts, template: str, caption: str) -> None:
    check_caption_template(template)
    assert caption_of(facts, template, "zorv") == caption


@pytest.mark.parametrize("template", ["{size}", "{name", "{name!r}", "{0}"])
def test_templates_that_mean_nothing_are_refused(template: str) -> None:
    with pytest.raises(InvalidInput, match="caption"):
        check_caption_template(template)


def test_words_that_never_vary() -> None:
    captions = ["zorv, a red owl, pixel art", "zorv, pixel art of the blue owl", "pixel art, an owl"]
    assert invariable_words(captions, "zorv") == ("owl", "pixel", "art")
    assert words_of_name("goldenKey_20261130T103943Z") == "golden key"


def test_a_folder_and_the_assets_made_of_it_are_one_set(library: Library, art: Path) -> None:
    (art / "owl.txt").write_text("an owl at night", encoding="utf-16")
    (art / "note.txt").write_text("of no picture")
    seen = gather(SetRequest((str(art),), "zorv"), lambda: library)
    assert not library.assets.matching("")  # looking stores nothing
    filed = file_pictures(seen, library)
    frozen = filed.training_set
    assert frozen.digest == seen.training_set.digest
    assert {library.assets.get(one.asset).blob for one in frozen.pictures if one.asset} == set(seen.looks)
    captions = {one.name: one.caption for one in frozen.pictures}
    assert captions["owl"] == "zorv, an owl at night"
    assert captions["key"] == "zorv, key"
    add_tags(library, library.assets.matching(""), ["hero"])
    by_query = gather(SetRequest(("tag:hero",), "zorv", "{trigger}, {name}"), lambda: library).training_set
    assert {one.digest for one in by_query.pictures} == {one.digest for one in frozen.pictures}
    assert by_query.held_out == frozen.held_out
    rename(library, library.assets.resolve("owl"), "bird")
    assert training_set_from(frozen.to_dict()).digest == frozen.digest
    held = gather(SetRequest(("tag:hero",)), lambda: library)
    assert file_pictures(held, library) is held


def test_what_changes_between_the_look_and_the_filing_is_refused(library: Library, art: Path) -> None:
    seen = gather(SetRequest((str(art),)), lambda: library)
    shutil.copy(art / "owl.png", art / "key.png")
    with pytest.raises(InvalidInput, match=r"key\.png has changed"):
        file_pictures(seen, library)


def test_a_good_set_has_no_error_and_no_warning(codes: Codes, art: Path) -> None:
    found = codes(str(art))
    assert set(found) == {"licence.unknown"}
    assert found["licence.unknown"][0] == "note"


def test_everything_wrong_with_pictures_is_found(codes: Codes, art: Path) -> None:
    owl = Image.open(art / "owl.png")
    shutil.copy(art / "owl.png", art / "copy.png")
    near = np.array(owl)
    near[32, 32, :3] ^= 8
    Image.fromarray(near).save(art / "near.png")
    (art / "broken.png").write_bytes((art / "owl.png").read_bytes()[:200])
    (art / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    Image.new("RGBA", (64, 64)).save(art / "blank.png")
    Image.new("RGB", (40, 64), "red").save(art / "card.png")
    owl.resize((16, 16)).save(art / "small.png")
    owl.resize((640, 640)).save(art / "large.png")
    frames = [owl, owl.rotate(90)]
    frames[0].save(art / "moving.webp", save_all=True, append_images=frames[1:], duration=100, lossless=True)
    found = codes(str(art))
    assert {code: severity for code, (severity, _) in found.items()} == {
        "picture.unreadable": "error",
        "picture.blank": "error",
        "picture.other_kind": "warning",
        "picture.duplicate": "warning",
        "picture.near_duplicate": "warning",
        "picture.small": "warning",
        "picture.large": "warning",
        "alpha.opaque": "warning",
        "picture.animated": "note",
        "picture.oblong": "note",
        "licence.unknown": "note",
    } | {code: "warning" for code in found if code == "picture.held_out_known"}
    named = {code: set(names) for code, (_, names) in found.items()}
    assert named["picture.unreadable"] == {"broken"}
    assert named["picture.duplicate"] == {"copy", "owl"}
    assert {"near"} <= named["picture.near_duplicate"] | named.get("picture.held_out_known", set())
    assert named["alpha.opaque"] == {"card"} == named["picture.oblong"]
    assert named["picture.small"] == {"small"}


def test_everything_wrong_with_captions_is_found(codes: Codes, art: Path) -> None:
    one = str(art)

    def severities(**asked: str) -> dict[str, str]:
        return {code: severity for code, (severity, _) in codes(one, **asked).items()}

    assert severities(trigger="") == {"trigger.none": "note", "licence.unknown": "note"}
    assert severities(trigger="日本")["trigger.unreadable"] == "error"
    assert severities(trigger="xqzzyplugh")["trigger.long"] == "warning"
    assert severities(trigger="hero")["trigger.common"] == "warning"
    assert severities(caption="{name}")["caption.without_trigger"] == "error"
    assert severities(caption="{tags}", trigger="")["caption.empty"] == "warning"
    assert severities(caption="{trigger}")["caption.same"] == "warning"
    assert severities(caption="{trigger}, old {name}")["caption.never_varies"] == "note"
    (art / "owl.txt").write_text("日本 owl " + "very big " * 20)
    found = codes(one)
    assert found["caption.unreadable"] == ("warning", ("owl",))
    assert found["caption.too_long"] == ("warning", ("owl",))
    (art / "owl.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match=r"owl\.txt cannot be read"):
        codes(one)


def test_too_few_are_refused_and_licences_are_kept(
    codes: Codes, library: Library, art: Path, registry: ModelRegistry
) -> None:
    for thing in THINGS[3:]:
        (art / f"{thing}.png").unlink()
    assert codes(str(art))["set.too_few"][0] == "error"
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("License", "CC-BY-NC-ND-4.0")
    Image.open(art / "sword.png").save(art / "sword.png", pnginfo=info)
    import_files(library, ImportRequest((str(art),), tags=("hero",)))
    for where in (str(art), "tag:hero"):
        assert codes(where)["licence.restricted"] == ("warning", ("sword",)), where
    checked = check_set(SetRequest(("tag:hero",)), find_model("sprite", registry), lambda: library, registry)
    assert [one.licence for one in checked.gathered.training_set.pictures if one.name == "sword"] == [
        "CC-BY-NC-ND-4.0"
    ]
    assert verdict_of(checked.findings) == "refused"
    with pytest.raises(TrainingSetRefused, match="3 different pictures"):
        refuse_unfit(checked.findings)
    assert gate_error(checked.findings, strict=False) is not None
    assert gate_error([one for one in checked.findings if one.severity == "note"], strict=True) is None
