"""Ogg files without the mark of their end: recordings that were broken off are taken, damaged files are not."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from audobon_cli.domain.errors import PictureUnreadable
from audobon_cli.domain.sound import SoundInfo
from audobon_cli.media.sound.inspect import inspect_sound
from audobon_cli.media.sound.ogg import OggPage, pages
from audobon_cli.media.untrusted.decoding import inspect_file
from tests.conftest import Audobon
from tests.media.sound_files import encoded

HISS = np.random.default_rng(3).normal(0, 0.1, (48_000 * 2, 1))
LACKS = "it ends without the mark of its end, as a recording that was broken off does"


def broken_off(form: str, without: int = 1) -> bytes:
    """Two seconds of noise, of which the last pages are missing."""
    data = encoded(form, HISS)
    return data[: list(pages(data))[-without].start]


@pytest.mark.parametrize("form", ["ogg", "opus"])
def test_a_recording_that_was_broken_off_is_read_as_far_as_it_goes(form: str) -> None:
    whole = inspect_sound(encoded(form, HISS))
    found = inspect_sound(broken_off(form))
    assert isinstance(found.media, SoundInfo)
    assert isinstance(whole.media, SoundInfo)
    assert whole.media.frames / 2 < found.media.frames < whole.media.frames
    assert found.media.loudness == pytest.approx(whole.media.loudness, abs=0.5)
    assert found.foreign.details["incomplete"] == LACKS
    assert "incomplete" not in whole.foreign.details
    assert inspect_file(broken_off(form)) == found  # as the sandbox finds it


def without_page(data: bytes, page: OggPage) -> bytes:
    return data[: page.start] + data[page.end :]


def turned_over(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("form", ["ogg", "opus"])
def test_what_is_damaged_besides_is_refused(form: str) -> None:
    data = broken_off(form)
    found = list(pages(data))
    for damaged in (
        data[:-1],
        data + b"\0",
        data[: found[-1].start + 20],
        without_page(data, found[-2]),
        turned_over(data, found[-2].end - 5),
        turned_over(data, found[2].start + 30),
        data[found[1].start :],
    ):
        with pytest.raises(PictureUnreadable, match="cut off"):
            inspect_sound(damaged)


def test_import_says_what_is_missing_and_takes_it(audobon: Audobon) -> None:
    Path("take.ogg").write_bytes(broken_off("ogg"))
    Path("whole.ogg").write_bytes(encoded("ogg"))
    planned = audobon("assets", "import", "take.ogg", "whole.ogg", "--dry-run", "--json")
    ran = audobon("assets", "import", "take.ogg", "whole.ogg", "--json")
    assert ran.status == 0
    assert [one["lacks"] for one in ran.data["files"]] == [LACKS, ""]
    assert [one["lacks"] for one in planned.data["files"]] == [LACKS, ""]
    assert f"take.ogg: {LACKS}; it is taken as far as it goes" in audobon("assets", "import", "take.ogg").err
    assert audobon("assets", "show", "take", "--json").data["asset"]["metadata"]["incomplete"] == LACKS
    assert audobon("sound", "convert", "take", "--out", "take.wav").status == 0
    assert soundfile.info("take.wav").frames == soundfile.info("take.ogg").frames
