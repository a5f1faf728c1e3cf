"""Two things never go by one name: files of previews, frames of folders, pieces, animations that names cannot tell."""

import json
from pathlib import Path

import pytest

from audobon_cli.derivations.run import OperationContext
from audobon_cli.derivations.sources import Source, distinct_names, file_sources
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import ignore
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.sheets.formats import sheet_files
from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.names import unlike
from audobon_cli.sprites.sheets.sheet import Sheet
from audobon_cli.sprites.sheets.slice import Slice
from audobon_cli.sprites.tasks import slice_tasks
from audobon_cli.storage.file_names import same_file_key
from tests.sprites.samples import canvas, knight, picture


def test_frames_that_are_called_as_files_lose_the_file_s_ending(tmp_path: Path) -> None:
    names = ["hero 0.aseprite", "hero 1.aseprite", "a.PNG", "b.v2", ".png", "c.tga"]
    data = json.dumps({"frames": {name: {"frame": {"x": 0, "y": 0, "w": 4, "h": 4}} for name in names}})
    context = OperationContext(None, ignore, tmp_path, into_folder=True)
    tasks = slice_tasks([Source("s", content=picture(knight()))], Slice(method="data", data=data), context)
    assert [task.name for task in tasks] == ["hero 0", "hero 1", "a", "b.v2", ".png", "c"]


def test_unlike() -> None:
    taken: set[str] = set()
    assert [unlike(name, taken) for name in ("a", "a", "a-2", "a")] == ["a", "a-2", "a-2-2", "a-3"]


@pytest.mark.parametrize("form", ["gif", "apng", "webp"])
def test_previews_of_animations_alike_as_files(form: str) -> None:
    names = ["attack!", "attack?", "Attack_", "ATTACK_", "é", "e\u0301", "x" * 300, "x" * 300 + "y"]
    spec = "".join(f'[animations."{name}"]\nframes = ["f"]\n' for name in names)
    sheet = Sheet(spec=spec).pack([picture(knight(), "f")])
    found = sheet_files(sheet, (form,), Target("h", ("h.png",)))
    assert len({same_file_key(name) for name in found}) == len(names)
    assert all(len(name.encode()) <= 255 for name in found)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["walk/0.png", "run/0.png"], ["walk_0", "run_0"]),
        (["walk/0.png", "walk/1.png"], ["0", "1"]),
        (["a/walk/0.png", "b/walk/0.png"], ["a_walk_0", "b_walk_0"]),
        (["walk/0.png", "0.png", "walk/1.png"], ["walk_0", "0", "walk_1"]),
        (["walk/0.png", "walk/0.gif"], ["0", "0"]),
        (["./walk/0.png", "walk/../walk/0.png"], ["0", "0"]),
        (["walk/0.png", "run/0.png", "jump/9.png"], ["walk_0", "run_0", "jump_9"]),
        (["\udce4_0.png", "e\u0301\x1b.png", "\x01.png"], ["?_0", "\u00e9", "unnamed"]),
    ],
)
def test_files_of_one_name_are_called_after_their_folders(paths: list[str], names: list[str]) -> None:
    assert [source.name for source in file_sources(paths)] == names


def test_names_of_categories() -> None:
    assert distinct_names(["0", "1", "0"], [("hero", "walk"), ("hero", "walk"), ("hero", "run")]) == [
        "walk_0", "walk_1", "run_0",
    ]  # fmt: skip
    assert distinct_names(["0", "0"], [("",), ("",)]) == ["0", "0"]


def test_frames_that_names_cannot_tell_apart_make_no_animation() -> None:
    inputs = [
        picture(knight(shift=shift), name)
        for shift, name in enumerate(("walk_0", "walk_1", "walk_0", "walk_1"))
    ]
    with pytest.raises(InvalidInput, match="Two frames are called 'walk_0'"):
        Sheet().pack(inputs)
    assert [f.name for f in Sheet(spec="[frames.walk_0]").pack(inputs).record.frames][2:] == [
        "walk_0-2",
        "walk_1-2",
    ]
    same = Sheet().pack([picture(knight(), "coin_1"), picture(knight(), "coin_1")])
    assert same.record.animations == ()


def test_pieces_of_several_sheets_are_called_unlike_each_other(tmp_path: Path) -> None:
    rows = {
        "a.png": {"frame": {"x": 0, "y": 0, "w": 4, "h": 4}},
        "a": {"frame": {"x": 4, "y": 0, "w": 4, "h": 4}},
    }
    data = json.dumps({"frames": rows})
    sources = [Source(name, content=DecodedImage(name, (canvas(8, 8) + 255,))) for name in ("one", "two")]
    tasks = slice_tasks(sources, Slice(method="data", data=data), OperationContext(None, ignore, tmp_path))
    assert [task.name for task in tasks] == ["a", "a-2", "a-3", "a-4"]
