"""Animations whose frames a model draws: their shape and place stay, their pixels are the model's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from audobon_cli.domain.errors import InvalidInput
from audobon_cli.media.image.pixels import DecodedImage, encode_png, read_picture
from audobon_cli.media.provenance import SourceType
from audobon_cli.media.xmp import source_type_named
from audobon_cli.sprites.motion.actions import ACTIONS
from audobon_cli.sprites.motion.animate import Animate
from audobon_cli.sprites.motion.redraw import REDRAWN, Redraw, padded, worn
from tests.conftest import Audobon
from tests.sprites.motion_samples import imp
from tests.sprites.samples import picture
from tests.tiny_models import clip_folder


def moved(scale: int = 32) -> DecodedImage:
    motion = Animate("hop", frames=4).motion(picture(imp(scale)))
    return replace(picture(imp(scale)), frames=motion.frames, durations_ms=motion.durations)


def test_every_action_says_how_much_is_drawn_anew() -> None:
    assert REDRAWN.keys() == ACTIONS.keys()


@pytest.mark.parametrize("scale", [32, 128])
def test_shape_grid_and_times_are_the_moved_pictures(scale: int) -> None:
    whole = moved(scale)
    chance = np.random.default_rng(3)
    places = tuple(range(1, len(whole.frames)))
    drawn = []
    for place in places:
        pixels = padded(whole.frames[place], 160, 2)
        pixels[..., :3] = chance.integers(0, 255, pixels[..., :3].shape)
        pixels[..., 3] = 255
        drawn.append(picture(pixels))
    made = Redraw(places, 160).run([whole, *drawn])
    assert np.array_equal(made.frames[0], whole.frames[0]), "what was not drawn stays"
    assert made.durations_ms == whole.durations_ms
    for place in places:
        frame, before = made.frames[place], whole.frames[place]
        assert np.array_equal(frame[..., 3], before[..., 3])
        assert not np.array_equal(frame[..., :3], before[..., :3])
        assert not frame[frame[..., 3] == 0].any(), "no colour hides in what is clear"
        cell = scale // 32
        assert np.array_equal(frame[::cell, ::cell].repeat(cell, axis=0).repeat(cell, axis=1), frame)
    assert len(made.facts["style_distances"]) == len(places)
    assert max(made.facts["style_distances"]) <= made.facts["style_limit"], "noise everywhere is of one style"
    assert made.encode() == Redraw(places, 160).run([whole, *drawn]).encode()


def test_a_frame_of_another_style_is_measured_as_such() -> None:
    whole = moved()
    odd = imp().copy()
    odd[..., :3] = np.random.default_rng(1).integers(0, 255, odd[..., :3].shape)
    frames = [whole.frames[0]] * 5
    cut = tuple(frame[-32:, :32] for frame in (*frames, odd))
    many = replace(whole, frames=cut, durations_ms=(100,) * 6)
    made = Redraw(tuple(range(6)), 32).run([many, *(picture(padded(frame, 32)) for frame in many.frames)])
    distances = made.facts["style_distances"]
    assert distances[5] > made.facts["style_limit"] > max(distances[:5])


def test_holes_of_a_drawn_frame_show_the_picture_and_other_sides_are_refused() -> None:
    frame = moved().frames[0]
    side = max(frame.shape)
    assert np.array_equal(worn(padded(frame, side, 3), frame, side), frame)
    assert np.array_equal(worn(np.zeros_like(padded(frame, side)), frame, side), frame)
    for wrong, square in ((padded(frame, side)[1:], side), (padded(frame, side), side + 1), (frame, 0)):
        with pytest.raises(InvalidInput):
            worn(wrong, frame, square)
    with pytest.raises(InvalidInput):
        Redraw((0, 9), side).run([moved(), *[picture(padded(frame, side))] * 2])
    with pytest.raises(InvalidInput):
        Redraw((0, 0))


def test_a_family_draws_the_frames_of_an_action(audobon: Audobon) -> None:
    """A tiny Stable Diffusion draws; everything on the way is in the library and is made again."""
    Path("imp.png").write_bytes(encode_png(imp()))
    audobon("assets", "import", "imp.png")
    model = str(clip_folder())
    ask = ("sprite", "animate", "imp", "--action", "float", "--frames", "3", "--model", model, "--json")
    assert audobon(*ask).status == 2, "nobody said what it shows"
    assert audobon(*ask[:5], "--redraw", "0.3").status == 2
    ask = (*ask, "--prompt", "an imp", "--redraw", "0.5", "--out", "art/", "--preview", "gif")
    ran = audobon(*ask)
    assert ran.status == 0, ran.err
    (made,) = ran.data["results"]
    assert made["name"] == "imp_float_drawn"
    assert {path.name for path in Path("art").iterdir()} == {"imp_float_drawn.png", "imp_float_drawn.gif"}
    drawn = read_picture(Path("art/imp_float_drawn.png").read_bytes())
    own = Animate("float", frames=3).motion(picture(imp()))
    assert [np.array_equal(a[..., 3], b[..., 3]) for a, b in zip(drawn.frames, own.frames, strict=True)]
    assert (
        source_type_named(Path("art/imp_float_drawn.png").read_bytes()) == SourceType.SYNTHETIC_COMPOSITE.uri
    )
    shown = audobon("assets", "search", "name:imp_float_drawn_01", "--json").data["assets"]
    assert [one["seed"] for one in shown] == [1]
    recipe = audobon("recipe", "show", "imp_float_drawn_01", "--json").data["recipe"]
    assert recipe["inputs"]["strength"] == 0.5
    assert audobon(*ask).status == 51, "the file is in the way before anything is drawn"
    again = audobon(*ask[:-4], "--json").data["results"][0]
    assert again["asset"]["existing"]
    replayed = audobon("sprite", "replay", "imp_float", "--json").data["assets"]
    assert {one["status"] for one in replayed} == {"identical"}
