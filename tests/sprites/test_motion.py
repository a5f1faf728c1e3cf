"""Actions: their frames, times and anchors, on figures drawn here and on sprites that Audobon composed."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from audobon_cli.derivations.replay import ReplayStatus, replay
from audobon_cli.derivations.run import OperationContext, make
from audobon_cli.derivations.sources import Source
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput, OutputExists, PictureUnusable
from audobon_cli.domain.events import ignore
from audobon_cli.domain.media import ImageInfo
from audobon_cli.library.add import AssetDraft, add_asset
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import DecodedImage, Pixels, encode_png, read_picture, resized
from audobon_cli.sprites.gates import measure_sequence
from audobon_cli.sprites.motion.actions import ACTIONS
from audobon_cli.sprites.motion.animate import Animate, Motion
from audobon_cli.sprites.motion.figure import figure_of
from audobon_cli.sprites.motion.parts import Parts
from audobon_cli.sprites.motion.tasks import animate_tasks, refuse_previews_in_the_way, write_previews
from audobon_cli.sprites.sheets.sheet import Sheet
from tests.sprites.motion_samples import BLACK, chest, door, imp
from tests.sprites.samples import canvas, disc, picture

STAYING = [name for name, action in ACTIONS.items() if not action.leaves]
LOOPS = [name for name, action in ACTIONS.items() if action.loops]


def motion(action: str, pixels: Pixels | None = None, **options: object) -> Motion:
    """The action of a picture, of the imp unless another is given."""
    return Animate(action, **options).motion(picture(imp() if pixels is None else pixels))  # type: ignore[arg-type]


def placed(pixels: Pixels, moved: Motion) -> Pixels:
    """The picture on the canvas of its action."""
    side, top = moved.room.side, moved.room.top
    return np.pad(pixels, ((top, 0), (side, side), (0, 0)))


def colours(pixels: Pixels) -> set[tuple[int, ...]]:
    return {tuple(each) for each in pixels[pixels[..., 3] > 0].tolist()}


def foot(pixels: Pixels) -> tuple[float, float]:
    """Where it stands: the middle of the cells in its lowest eighth, and the row below it."""
    rows = np.flatnonzero((pixels[..., 3] > 127).any(axis=1))
    low = pixels[rows[-1] - max(1, (rows[-1] - rows[0]) // 8) : rows[-1] + 1, :, 3] > 127
    columns = np.flatnonzero(low.any(axis=0))
    return (columns[0] + columns[-1]) / 2, float(rows[-1] + 1)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("facing", ["right", "left"])
def test_no_colour_comes_in_and_all_frames_have_one_size(action: str, facing: str) -> None:
    moved = motion(action, facing=facing)
    assert len(moved.frames) == len(moved.durations) == len(moved.poses) >= 3
    assert len({frame.shape for frame in moved.frames}) == 1
    for frame in moved.frames:
        assert colours(frame) <= colours(imp())


@pytest.mark.parametrize("action", ACTIONS)
def test_a_picture_on_a_grid_moves_on_its_grid(action: str) -> None:
    small, large = motion(action), motion(action, imp(128))
    assert small.durations == large.durations
    for one, other in zip(small.frames, large.frames, strict=True):
        assert np.array_equal(one.repeat(4, axis=0).repeat(4, axis=1), other)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_round_begins_with_the_picture_and_takes_its_time(action: str) -> None:
    moved = motion(action)
    known = ACTIONS[action]
    if action != "walk-bob":  # which begins with the weight on both feet
        assert np.array_equal(moved.frames[0], placed(imp(), moved))
    assert abs(sum(moved.durations) - known.frames * 1000 / known.fps) <= 1


@pytest.mark.parametrize("action", STAYING)
def test_loops_close_and_no_frame_is_there_twice_in_a_row(action: str) -> None:
    moved = motion(action)
    gates = measure_sequence(moved.frames)
    assert gates["duplicate_frames"] == gates["size_drift"] == 0
    assert gates["loop_seam"] <= 3
    if not ACTIONS[action].loops:
        assert np.array_equal(moved.frames[-1], moved.frames[0])


@pytest.mark.parametrize("action", ["death", "pickup"])
def test_what_dies_or_is_taken_is_gone_at_the_end(action: str) -> None:
    moved = motion(action)
    assert not moved.frames[-1].any()
    seen = [int((frame[..., 3] > 0).sum()) for frame in moved.frames]
    assert seen[-2] < seen[0] / 2


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("shape", [imp, chest, door, disc], ids=lambda shape: shape.__name__)
def test_the_anchor_stays_where_the_pose_has_it(action: str, shape: Callable[[], Pixels]) -> None:
    if action == "blink" and shape is not imp:
        pytest.skip("it has no eyes")
    moved = motion(action, shape())
    column, row = foot(placed(shape(), moved))
    for frame, pose in zip(moved.frames, moved.poses, strict=True):
        if pose.gone > 0 or pose.turn != 1:
            continue
        x, y = foot(frame)
        legs = max(pose.left_leg, pose.right_leg)
        assert abs(y - (row - pose.lift)) <= 1, (action, pose)
        if not legs:  # on one leg it stands on that one
            assert abs(x - (column + pose.forward)) <= 1, (action, pose)


def test_a_turn_keeps_the_middle() -> None:
    moved = motion("spin", disc(32))
    for frame in moved.frames:
        columns = np.flatnonzero((frame[..., 3] > 127).any(axis=0))
        assert abs((columns[0] + columns[-1]) / 2 - 15.5) <= 1
    widths = [int((frame[..., 3] > 127).any(axis=0).sum()) for frame in moved.frames]
    assert min(widths) >= 1
    assert max(widths) > 20
    half = len(moved.frames) // 2
    assert np.array_equal(moved.frames[half][:, ::-1], moved.frames[0])


def test_legs_are_raised_in_turn() -> None:
    assert Parts(figure_of(picture(imp()))).legs == (24, 16)
    moved = motion("walk-bob")
    assert {bool(pose.left_leg) for pose in moved.poses} == {True, False}
    for frame, pose in zip(moved.frames, moved.poses, strict=True):
        if pose.left_leg:
            solid = frame[..., 3] > 127
            left, right = (
                np.flatnonzero(solid[:, :16].any(axis=1))[-1],
                np.flatnonzero(solid[:, 16:].any(axis=1))[-1],
            )
            assert left < right


def test_eyes_are_found_or_named() -> None:
    assert Parts(figure_of(picture(imp()))).eyes == ((12, 7, 14, 10), (18, 7, 20, 10))
    shut = motion("blink").frames[1]
    assert not (shut[7, 12:14, :3] == BLACK).all()
    assert (shut[8, 12:14, :3] == BLACK).all()
    for thing in (chest(), door(), disc(32)):
        with pytest.raises(PictureUnusable, match="No eyes show"):
            motion("blink", thing)
    named = motion("blink", chest(), eyes=((13, 11, 3, 6), (17, 11, 3, 6)))
    assert not np.array_equal(named.frames[0], named.frames[1])
    with pytest.raises(InvalidInput, match="is not inside"):
        motion("blink", eyes=((40, 8, 3, 3),))


def test_a_lid_lifts_at_its_line_and_a_door_turns_on_its_left() -> None:
    assert Parts(figure_of(picture(chest()))).hinge == 12
    last = motion("open", chest())
    end, start = last.frames[-1], placed(chest(), last)
    assert np.array_equal(end[last.room.top + 14 :], start[last.room.top + 14 :])
    dark = (end[..., :3] == BLACK).all(axis=-1) & (end[..., 3] > 0)
    assert dark.sum() > ((start[..., :3] == BLACK).all(axis=-1) & (start[..., 3] > 0)).sum() + 40
    opened = motion("open", door()).frames[-1]
    assert np.array_equal(opened[..., 3], door()[..., 3])
    assert ((opened[8, 9:16, :3] == BLACK).all(axis=-1)).all()
    assert Animate("open", hinge=20).motion(picture(chest())).frames[-1].shape[0] >= 32


def test_large_pictures_without_a_grid_are_resampled() -> None:
    soft = resized(np.pad(imp(512), ((0, 0), (9, 9), (0, 0))), 262, 256)
    assert figure_of(picture(disc(256))).smooth
    assert not figure_of(picture(imp(256))).smooth
    for action in ("idle", "attack", "spin"):
        moved = motion(action, soft, sampling="smooth")
        if action == "idle":
            assert measure_sequence(moved.frames)["anchor_drift"] <= 1
        # Colours are mixed: nothing is brighter or darker than what was there.
        assert max(frame[..., :3].max() for frame in moved.frames) <= soft[..., :3].max()


@pytest.mark.parametrize(
    "wrong",
    [{"action": "dance"}, {"frames": 1}, {"fps": 61}, {"strength": 0.0}, {"facing": "up"}, {"sampling": "x"}],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        Animate(**wrong)  # type: ignore[arg-type]


def test_a_hinge_is_a_row_of_the_picture() -> None:
    pixels = canvas(8, 8)
    pixels[2:8, 1:7] = (200, 40, 40, 255)
    assert motion("open", pixels, hinge=7).frames
    with pytest.raises(InvalidInput, match="row 8 is not inside"):
        motion("open", pixels, hinge=8)


def test_an_empty_picture_and_one_that_moves_are_refused() -> None:
    with pytest.raises(PictureUnusable, match="Nothing of"):
        motion("idle", canvas(8, 8))
    with pytest.raises(PictureUnusable, match="is an animation"):
        Animate("idle").motion(DecodedImage("two", (imp(), imp()), (9, 9)))


def test_it_is_kept_replayed_and_put_on_a_sheet(tmp_path: Path) -> None:
    library = Library.create(tmp_path / "library")
    asset = add_asset(
        library, AssetDraft("imp", AssetKind.SPRITE, ImageInfo(32, 32, "RGBA")), encode_png(imp())
    ).asset
    context = OperationContext(library, ignore)
    actions = [Animate(name) for name in ACTIONS]
    made = make(animate_tasks([Source("imp", asset=asset)], actions, context), context)
    kept = [each.asset for each in made if each.asset is not None]
    assert [each.name for each in kept] == [f"imp_{name}" for name in ACTIONS]
    assert (
        len({(each.media.width, each.media.height) for each in kept}) == 1
    )  # one canvas for all actions of a picture
    decoded = []
    for each, action in zip(kept, actions, strict=True):
        assert isinstance(each.media, ImageInfo)
        assert each.derivation is not None
        shown = read_picture(library.blobs.read(each.blob), each.name)
        moved = Animate.from_parameters(each.derivation.parameters).motion(picture(imp()))
        assert shown.durations_ms == moved.durations
        assert each.media.frames == len(shown.frames)
        assert shown.plays == (0 if ACTIONS[action.action].loops else 1)
        for one, other in zip(shown.frames, moved.frames, strict=True):
            assert np.array_equal(one, other)
        decoded.append(shown)
    report = replay(library, [asset], ignore)
    assert {each.status for each in report.assets} == {ReplayStatus.IDENTICAL}
    record = Sheet().pack(decoded).record
    assert [animation.name for animation in record.animations] == [f"imp_{name}" for name in ACTIONS]
    for animation, shown in zip(record.animations, decoded, strict=True):
        assert tuple(step.duration for step in animation.steps(record.frames)) == shown.durations_ms
        assert animation.loop == (shown.plays == 0)


@pytest.mark.parametrize("form", ["gif", "apng", "webp"])
@pytest.mark.parametrize("action", ["death", "blink"])
def test_previews_show_every_frame(action: str, form: str, tmp_path: Path) -> None:
    context = OperationContext(None, ignore, tmp_path, into_folder=True)
    tasks = animate_tasks([Source("imp", content=picture(imp()))], [Animate(action)], context)
    refuse_previews_in_the_way(tasks, (form,), context)
    (path,) = write_previews(make(tasks, context), (form,), 2, context)
    assert path == tmp_path / f"imp_{action}.{form}"
    shown, moved = read_picture(path.read_bytes()), motion(action)
    assert shown.plays == (0 if ACTIONS[action].loops else 1) or form == "gif"
    assert len(shown.frames) == len(moved.frames)
    assert abs(sum(shown.durations_ms) - sum(moved.durations)) <= 5
    for one, other in zip(shown.frames, moved.frames, strict=True):
        assert np.array_equal(one, other.repeat(2, axis=0).repeat(2, axis=1))
    with pytest.raises(OutputExists):
        refuse_previews_in_the_way(tasks, (form,), context)
    with pytest.raises(InvalidInput, match="no preview"):
        refuse_previews_in_the_way(tasks, ("mp4",), context)
