"""When frames of a sheet are shown: rates as asked, no drift, ends, and what formats cannot say."""

import io
import json
import re
from fractions import Fraction
from typing import Any

import pytest
from PIL import Image

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage, encode_png, read_picture
from audobon_cli.sprites.sheets.formats import sheet_files, sheet_limits, trims_by_default
from audobon_cli.sprites.sheets.formats.target import Target, page_names
from audobon_cli.sprites.sheets.record import Animation, FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet, Sheet
from audobon_cli.sprites.sheets.timing import frame_time, in_steps, whole
from tests.sprites.samples import canvas, knight, picture

WALK = [picture(knight(shift=shift), f"walk_{shift}") for shift in range(3)]


def walking(text: str, **options: Any) -> PackedSheet:
    """A walk of three frames as the TOML says."""
    return Sheet(spec=f"[animations.walk]\n{text}", **options).pack(WALK)


def files(sheet: PackedSheet, *formats: str) -> dict[str, bytes]:
    """The files of a sheet called hero."""
    return sheet_files(sheet, formats, Target("hero", page_names("hero", len(sheet.pages))))


def limits(sheet: PackedSheet, *formats: str) -> tuple[str, ...]:
    """What is told of them."""
    return sheet_limits(sheet, formats, Target("hero", page_names("hero", len(sheet.pages))))


def aseprite(sheet: PackedSheet) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The first tag, and the frames."""
    data = json.loads(files(sheet, "aseprite")["hero-aseprite.json"])
    return data["meta"]["frameTags"][0], data["frames"]


def test_a_rate_is_the_fraction_that_it_stands_for() -> None:
    assert frame_time(12) == Fraction(250, 3)
    assert frame_time(10) == 100
    assert 1000 / frame_time(29.97) == Fraction(2997, 100)


def test_rounded_times_end_when_they_should() -> None:
    assert whole([Fraction(250, 3)] * 6) == (83, 84, 83, 83, 84, 83)
    assert sum(whole([Fraction(50, 3)] * 600)) == 10_000
    assert [s.duration for s in in_steps([Fraction(250, 3)] * 6, 10, 20)] == [80, 90, 80, 80, 90, 80]
    assert [s.duration for s in in_steps([100, 250, 50], 10, 20)] == [100, 250, 50]


@pytest.mark.parametrize("fps", [60, 120, 240, 999])
@pytest.mark.parametrize(("step", "least"), [(10, 20), (1, 11)])
def test_frames_too_fast_are_left_out_and_none_is_late_by_more_than_one(
    fps: int, step: int, least: int
) -> None:
    times = [frame_time(fps)] * 480
    shown = in_steps(times, step, least)
    assert all(each.duration >= least for each in shown)
    end = Fraction(0)
    for each in shown:
        assert abs(end - each.place * times[0]) <= max(times[0], Fraction(step, 2))
        end += each.duration
    assert abs(end - sum(times)) <= least


def test_godot_and_phaser_have_the_rate_as_asked() -> None:
    for fps in (12, 24, 29.97, 60):
        sheet = walking(f"fps = {fps}")
        assert f'"speed": {float(fps)}' in files(sheet, "godot")["hero.tres"].decode()
        anims = json.loads(files(sheet, "phaser")["hero-atlas.json"])["anims"]
        assert anims[0]["frameRate"] == fps


def test_animations_that_share_frames_have_times_of_their_own() -> None:
    spec = '[animations.walk]\nfps = 10\n[animations.run]\nframes = "walk_*"\nfps = 20\n[frames.walk_2]\nduration = 300'
    sheet = Sheet(spec=spec, cells=True).pack(WALK)
    data = json.loads(files(sheet, "json")["hero.json"])
    assert data["durations"] == {"walk": [100, 100, 300], "run": [50, 50, 300]}
    tags = json.loads(files(sheet, "aseprite")["hero-aseprite.json"])
    assert [frame["duration"] for frame in tags["frames"]] == [100, 100, 300, 50, 50, 300]
    css = files(sheet, "css")["hero.css"].decode()
    assert "animation: hero-walk 500ms" in css
    assert "animation: hero-run 400ms" in css
    assert re.findall(r'duration="(\d+)"', files(sheet, "tiled")["hero.tsx"].decode()) == list(
        map(str, (100, 100, 300, 50, 50, 300))
    )


def test_a_frame_that_comes_twice_has_two_times() -> None:
    sheet = walking('frames = ["walk_0", "walk_1", "walk_0"]\ndurations = [50, 70, 90]')
    assert json.loads(files(sheet, "json")["hero.json"])["durations"] == {"walk": [50, 70, 90]}


FRAMES = tuple(FrameRecord(str(n), 0, 0, 0, 1, 1, 0, 0, 1, 1) for n in range(3))


@pytest.mark.parametrize(
    ("direction", "loop", "plays", "played", "rounds"),
    [
        ("forward", True, 1, (0, 1, 2), 0),
        ("forward", False, 3, (0, 1, 2), 3),
        ("reverse", False, 1, (2, 1, 0), 1),
        ("pingpong", True, 1, (0, 1, 2, 1), 0),
        ("pingpong", False, 1, (0, 1, 2, 1, 0), 1),
        ("pingpong", False, 2, (0, 1, 2, 1, 0, 1, 2, 1, 0), 1),
        ("pingpong_reverse", True, 1, (2, 1, 0, 1), 0),
        ("pingpong_reverse", False, 1, (2, 1, 0, 1, 2), 1),
    ],
)
def test_one_round(direction: str, loop: bool, plays: int, played: tuple[int, ...], rounds: int) -> None:
    animation = Animation("walk", (0, 1, 2), direction, loop, (10, 20, 30), plays)
    assert animation.played() == played
    assert animation.rounds == rounds
    assert [step.duration for step in animation.steps(FRAMES)] == [10 * (place + 1) for place in played]


def test_a_single_frame_does_not_bounce() -> None:
    assert Animation("still", (4,), "pingpong", False).played() == (4,)


@pytest.mark.parametrize(
    ("text", "listed", "direction", "repeat"),
    [
        ("fps = 10", "012", "forward", None),
        ('direction = "reverse"', "210", "forward", None),
        ('direction = "pingpong"', "012", "pingpong", None),
        ('direction = "pingpong"\nloop = false', "012", "pingpong", "2"),
        ('direction = "pingpong_reverse"\nrepeat = 2', "210", "pingpong", "4"),
        ("repeat = 3", "012", "forward", "3"),
        ("loop = false", "012", "forward", "1"),
    ],
)
def test_aseprite_tags(text: str, listed: str, direction: str, repeat: str | None) -> None:
    tag, frames = aseprite(walking(text))
    assert [frame["filename"] for frame in frames] == [f"walk_{n}" for n in listed]
    assert (tag["direction"], tag.get("repeat")) == (direction, repeat)


@pytest.mark.parametrize(("text", "plays"), [("fps = 10", 0), ("loop = false", 1), ("repeat = 3", 3)])
def test_repeats_reach_every_format_and_come_back(text: str, plays: int) -> None:
    sheet = walking(text)
    for form in ("gif", "apng", "webp"):
        (content,) = files(sheet, form).values()
        assert read_picture(content).plays == plays, form
    css = files(sheet, "css")["hero.css"].decode()
    assert (f"step-end {plays} forwards" if plays else "step-end infinite") in css
    assert json.loads(files(sheet, "phaser")["hero-atlas.json"])["anims"][0]["repeat"] == plays - 1
    godot = files(sheet, "godot")["hero.tres"].decode()
    assert f'"loop": {str(not plays).lower()}' in godot
    assert godot.count('"texture"') == 3 * max(1, plays)


@pytest.mark.parametrize("form", ["gif", "apng", "webp"])
def test_an_animated_picture_keeps_its_plays(form: str) -> None:
    (content,) = files(walking("durations = [70, 120, 40]\nrepeat = 2"), form).values()
    sheet = Sheet().pack([read_picture(content, "boom")])
    animation = sheet.record.animations[0]
    assert (animation.loop, animation.plays, animation.durations) == (False, 2, (70, 120, 40))
    named = Sheet(spec="[animations.boom]").pack([read_picture(content, "boom")])
    assert named.record.animations[0].loop


@pytest.mark.parametrize("delay", [0, 1, 10])
def test_ten_milliseconds_and_less_are_shown_for_a_hundred(delay: int) -> None:
    for form, options in (("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})):
        stream = io.BytesIO()
        frames = [Image.fromarray(knight(shift=shift)) for shift in range(2)]
        frames[0].save(
            stream, form, save_all=True, append_images=frames[1:], duration=delay, loop=0, **options
        )
        assert read_picture(stream.getvalue()).durations_ms == (100, 100), form


def test_a_sixtieth_of_a_second_stays_one() -> None:
    stream = io.BytesIO()
    frames = [Image.fromarray(knight(shift=shift)) for shift in range(3)]
    frames[0].save(stream, "PNG", save_all=True, append_images=frames[1:], duration=500, loop=0)
    import struct
    import zlib

    data = stream.getvalue()
    at = -1
    while (at := data.find(b"fcTL", at + 1)) >= 0:
        body = data[at : at + 24] + struct.pack(">HH", 1, 60) + data[at + 28 : at + 30]
        data = data[:at] + body + struct.pack(">I", zlib.crc32(body)) + data[at + 34 :]
    assert read_picture(data).durations_ms == (Fraction(50, 3),) * 3
    assert '"speed": 60.0' in files(Sheet().pack([read_picture(data, "run")]), "godot")["hero.tres"].decode()


def test_what_formats_cannot_say_is_told() -> None:
    assert limits(walking("fps = 10"), "gif", "apng", "webp", "json", "tiled") == ()
    assert any("takes 60 ms and not 50" in text for text in limits(walking("fps = 60"), "gif"))
    assert limits(walking("fps = 60"), "apng") == ()
    assert any("left out" in text for text in limits(walking("fps = 200"), "apng"))
    assert limits(walking("fps = 12"), "gif") == ()
    assert any("--no-trim" in text for text in limits(walking("fps = 10"), "aseprite"))
    assert limits(walking("fps = 10", trim=False), "aseprite") == ()
    sizes = Sheet(trim=False).pack([*WALK, picture(canvas(8, 8), "small")])
    assert any("2 sizes" in text for text in limits(sizes, "aseprite"))
    assert trims_by_default(["aseprite", "phaser"])
    assert trims_by_default([])
    assert not trims_by_default(["aseprite", "gif"])


def test_no_animation_is_lost_where_two_begin_on_one_tile() -> None:
    spec = (
        '[animations.idle]\nframes = ["walk_0"]\n[animations.walk]\nfps = 8\n'
        '[animations.run]\nframes = "walk_*"\nfps = 16\n[animations.back]\nframes = ["walk_0", "walk_2", "walk_1"]\n'
        '[animations.more]\nframes = ["walk_0", "walk_2"]'
    )
    sheet = Sheet(spec=spec, cells=True).pack(WALK)
    text = files(sheet, "tiled")["hero.tsx"].decode()
    assert text.count("<animation>") == 3
    assert re.findall(r'name="animation" value="(\w+)"', text) == ["run", "back"]
    told = limits(sheet, "tiled")
    assert [t.split(": ")[1].split(" ")[0] for t in told] == ["run", "back", "more"]
    assert "left out" in told[2]


def test_a_walk_is_kept_on_one_page_and_told_where_it_cannot_be() -> None:
    frames = [
        picture(canvas(16, 16) + 1 + 3 * i + n, f"{name}_{n}")
        for i, name in enumerate("abc")
        for n in range(3)
    ]
    whole_sheet = Sheet(max_size=36, trim=False, whole_animations=True).pack(frames)
    assert len(whole_sheet.pages) > 1
    for animation in whole_sheet.record.animations:
        assert len({whole_sheet.record.frames[place].page for place in animation.frames}) == 1
    assert limits(whole_sheet, "json") == ()
    small = Sheet(max_size=18, trim=False, whole_animations=True).pack(frames)
    assert len(limits(small, "json", "json-array")) == 3
    once = Sheet(max_size=2048, whole_animations=True).pack(frames)
    assert once.record == Sheet(max_size=2048).pack(frames).record


@pytest.mark.parametrize(
    ("options", "text", "form"),
    [
        ({}, "durations = [700000, 10, 10]", "gif"),
        ({}, "durations = [70000, 10, 10]", "apng"),
        ({}, "durations = [80000000, 100, 100]", "webp"),
    ],
)
def test_times_too_long_for_a_format_are_refused(options: dict[str, Any], text: str, form: str) -> None:
    with pytest.raises(InvalidInput, match="is shown for"):
        files(walking(text, **options), form)


def test_pictures_too_large_for_a_format_are_refused() -> None:
    long = Sheet(trim=False, padding=0, max_size=16384).pack([DecodedImage("a", (canvas(16384, 1),))])
    with pytest.raises(InvalidInput, match=r"too large for \.webp"):
        files(long, "webp")
    with pytest.raises(InvalidInput, match=r"too large for \.gif"):
        sheet_files(long, ("gif",), Target("hero", ("hero.png",), preview_scale=32))


def test_the_stored_page_is_what_it_was() -> None:
    """Times that are exact now are written into the page as they were: in whole milliseconds."""
    page = read_picture(encode_png(walking("fps = 12").pages[0]))
    product = Sheet(spec="[animations.walk]\nfps = 12").run(WALK)
    assert '"duration_ms":83,' in product.texts["audobon-sheet"]
    assert page.texts == {}
