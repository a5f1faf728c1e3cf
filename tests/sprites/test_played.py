"""What engines and browsers show of our sheets, picture by picture and sixtieth by sixtieth of a second.

Each runs where it is installed: `npm install` in tests/peers, Debian's chromium and tiled, and for arcade a Python of
its own that ARCADE_PYTHON names. `python -m tests.sprites.played_table` writes what was seen into
docs/sheets.md.
"""

from pathlib import Path

import pytest

from audobon_cli.media.image.moving_png import encode_moving_png
from audobon_cli.media.image.pixels import read_picture
from audobon_cli.sprites.motion.actions import ACTIONS
from audobon_cli.sprites.motion.animate import Animate
from audobon_cli.sprites.sheets.formats import FORMATS
from tests.sprites import clients, tiled_clients
from tests.sprites.motion_samples import imp
from tests.sprites.played import SIDE, Difference, Played, pictures_of, sheets
from tests.sprites.samples import picture

pytestmark = [pytest.mark.peer, pytest.mark.loopback]
DOCS = Path(__file__).parents[2] / "docs" / "sheets.md"


def in_time(found: dict[str, Difference], forgets: bool = False) -> None:
    """No pixel is off, and no picture comes by more than one frame at 60 Hz too early or late."""
    for name, difference in found.items():
        assert difference.pixels == 0, name
        assert (difference.step if forgets else difference.late) <= 1, (name, difference)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("client", clients.CLIENTS, ids=lambda client: client.name)
def test_every_picture_is_shown_when_it_is_due(client: clients.Client, tmp_path: Path) -> None:
    if why := clients.missing(client):
        pytest.skip(why)
    found = clients.watch(client, tmp_path)
    assert len(found) >= 12
    in_time(found, client.forgets)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("client", tiled_clients.CLIENTS)
def test_every_tile_is_shown_when_it_is_due(client: str, tmp_path: Path) -> None:
    if why := tiled_clients.missing(client):
        pytest.skip(why)
    found = tiled_clients.watch(client, tmp_path)
    assert len(found) >= 12
    in_time(found)


def test_there_are_twenty_sheets_and_no_two_pictures_of_one_are_alike() -> None:
    assert len({played.name for played in sheets()}) == 20
    for played in sheets():
        shown = pictures_of(played)
        assert len({pixels.tobytes() for pixels in shown}) == len(shown)


def test_the_table_has_every_sheet_and_client_and_the_page_every_format() -> None:
    text = DOCS.read_text()
    names = [client.name for client in clients.CLIENTS] + list(tiled_clients.CLIENTS)
    assert all(f"{name} " in text for name in names)
    assert all(f"| {played.name} |" in text for played in sheets())
    assert all(f"`{name}`" in text for name in FORMATS)


def test_a_difference_is_seen() -> None:
    """The judge itself: a picture too late, out of order, or not there."""
    from fractions import Fraction

    from tests.sprites.played import checksum, difference, on_ground

    played: Played = next(each for each in sheets() if each.name == "once")
    sums = [checksum(on_ground(pixels)) for pixels in pictures_of(played)]
    right = [sums[played.at(Fraction(tick, 60))] for tick in range(60)]
    assert difference(played, right, None) == Difference(0, 0, 0)
    assert difference(played, [*right[:9], *[right[8]] * 3, *right[9:]], None).late > 1
    assert difference(played, [*right[:6], *[sums[2]] * 6, *right[12:]], None).step > 1
    assert difference(played, [*right[:20], 7, *right[21:]], None).pixels == 255


def moving_sheets() -> list[Played]:
    """A sheet for each action, of a small imp; expected is what the action made, before it was written."""
    found = []
    for name, action in ACTIONS.items():
        side, top = (SIDE - 20) // 2, SIDE - 22
        moved = Animate(name, strength=0.5, side=side, top=top, eyes=((9, 7, 2, 5),)).motion(
            picture(imp()[8:30, 6:26])
        )
        assert moved.frames[0].shape == (SIDE, SIDE, 4), name
        last_of = {frame.tobytes(): place for place, frame in enumerate(moved.frames)}
        order = [last_of[frame.tobytes()] for frame in moved.frames]
        plays = 0 if action.loops else 1
        shown = read_picture(encode_moving_png(moved.frames, moved.durations, plays), "walk")
        found.append(Played(name, (), "", order, moved.durations, plays, moving=shown))
    return found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("client", clients.CLIENTS[:3], ids=lambda client: client.name)
def test_every_action_is_played_in_time(client: clients.Client, tmp_path: Path) -> None:
    if why := clients.missing(client):
        pytest.skip(why)
    found = clients.watch(client, tmp_path, moving_sheets())
    assert set(found) == set(ACTIONS)
    in_time(found)
