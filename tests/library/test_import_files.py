"""Pictures come into the library byte for byte, once, with what is known of them."""

import os
from pathlib import Path

import pytest

from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import ImportIncomplete, InvalidInput
from audobon_cli.domain.events import Event, Progress
from audobon_cli.library.import_files import ImportRequest, ImportStatus, import_files
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.png import encode_png
from tests.library.samples import recipe
from tests.media.samples import A1111, SVG, XMP, animated, encoded, image


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """A folder with a picture of each format, some of them in folders, and files that are none."""
    folder = tmp_path / "art"
    (folder / "enemies" / "big").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "one.png").write_bytes(encoded(texts={"parameters": A1111}))
    (folder / "two.JPG").write_bytes(encoded("JPEG", "RGB", xmp=XMP.encode()))
    (folder / "enemies" / "three.webp").write_bytes(encoded("WEBP", lossless=True, seed=3))
    (folder / "enemies" / "big" / "four.gif").write_bytes(animated("GIF"))
    (folder / "five.svg").write_bytes(SVG)
    (folder / "notes.txt").write_text("no picture")
    (folder / ".git" / "six.png").write_bytes(encoded(seed=6))
    return folder


def test_a_folder_is_taken_with_everything_known(library: Library, art: Path) -> None:
    report = import_files(library, ImportRequest((str(art),), ("hand",), "mine", by_folder=True))
    assert report.count(ImportStatus.IMPORTED) == 5
    assert report.error() is None
    assets = {asset.name: asset for asset in library.assets.matching("")}
    assert set(assets) == {"one", "two", "three", "four", "five"}
    for file in report.files:
        assert library.blobs.read(assets[file.path.stem].blob) == file.path.read_bytes()
    assert (assets["one"].prompt, assets["one"].seed) == ("a red dragon, detailed", 42)
    assert assets["one"].metadata["source"] == "a1111"
    assert assets["two"].metadata["file"] == "two.JPG"
    assert set(assets["two"].tags) == {"hand", "boss", "fire & ice"}
    assert assets["two"].rating == 4
    assert assets["four"].kind is AssetKind.ANIMATION
    assert assets["four"].category == "mine/enemies/big"
    assert assets["five"].format == "svg"
    assert library.assets.problems() == ()


def test_a_second_time_nothing_is_stored_and_all_is_counted(library: Library, art: Path) -> None:
    first = import_files(library, ImportRequest((str(art),)))
    again = import_files(library, ImportRequest((str(art), str(art / "one.png"))))
    assert again.count(ImportStatus.EXISTING) == 5
    assert [file.asset for file in again.files] == [file.asset for file in first.files]
    assert library.assets.count() == len(list(library.blobs)) == 5


def test_folders_as_disks_and_browsers_leave_them(library: Library, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    (pack / "__MACOSX").mkdir(parents=True)
    (pack / "@eaDir").mkdir()
    double = bytes.fromhex("00051607 00020000") + bytes(74)
    kept = ("a.PNG", "b.jfif", "c.jpe", "d", "e.png.orig", "._f.png", "g.svg.txt", "h.PJPEG")
    for number, name in enumerate(kept):
        form = "JPEG" if "j" in name.lower() else "PNG"
        data = encoded(form, "RGB", seed=number)
        (pack / name).write_bytes(SVG if ".svg" in name else data)
    litter = {
        "._a.PNG": double,
        "__MACOSX/._b.jfif": double,
        "__MACOSX/a.png": encoded(seed=50),
        "@eaDir/a.png": encoded(seed=51),
        "Thumbs.db": b"\xd0\xcf\x11\xe0" + bytes(600),
        "desktop.ini": b"[.ShellClassInfo]",
        ".DS_Store": bytes(8),
        "a.png~": encoded(seed=52),
        "i.png.part": encoded(seed=53)[:30],
        "j.crdownload": encoded(seed=53)[:30],
        "page.html": b"<!doctype html><body>" + SVG + b"</body>",
    }
    for name, data in litter.items():
        (pack / name).write_bytes(data)
    os.mkfifo(pack / "pipe.png")
    report = import_files(library, ImportRequest((str(pack),)))
    assert report.error() is None
    assert sorted(file.path.name for file in report.files) == sorted(kept)


def test_names_that_a_disk_took_apart_are_found_as_typed(library: Library, tmp_path: Path) -> None:
    (tmp_path / "u\u0308ber.png").write_bytes(encoded())
    import_files(library, ImportRequest((str(tmp_path),)))
    assert [asset.name for asset in library.assets.matching("")] == ["\u00fcber"]


def test_a_file_of_the_library_is_the_asset_that_it_is(library: Library, tmp_path: Path) -> None:
    from audobon_cli.domain.derivation import Derivation
    from audobon_cli.generation.input_images import keep_input
    from audobon_cli.library.add import add_asset
    from tests.library.samples import draft

    made = add_asset(library, draft("ghost", recipe=recipe(4)), encode_png(image(), recipe(4))).asset
    cut = add_asset(library, draft("trimmed", derivation=Derivation("trim", {}, ())), encoded(seed=2)).asset
    for asset in (made, cut):
        path = tmp_path / f"{asset.name}.png"
        path.write_bytes(library.blobs.read(asset.blob))
        assert keep_input(library, path) == asset.blob
        (file,) = import_files(library, ImportRequest((str(path),))).files
        assert (file.status, file.asset) == (ImportStatus.EXISTING, asset.id)
    assert library.assets.count() == 2


def test_two_files_with_the_same_bytes_are_one_asset(library: Library, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(encoded())
    report = import_files(library, ImportRequest((str(tmp_path / "*.png"),)))
    assert [file.status for file in report.files] == [ImportStatus.IMPORTED, ImportStatus.EXISTING]


def test_our_own_picture_brings_its_recipe_back(library: Library, tmp_path: Path) -> None:
    (tmp_path / "made.png").write_bytes(encode_png(image(), recipe(3)))
    import_files(library, ImportRequest((str(tmp_path / "made.png"),)))
    (asset,) = library.assets.matching("")
    assert asset.recipe == recipe(3)
    assert (asset.prompt, asset.seed, asset.quality) == ("dragon", 3, "draft")


def test_what_fails_is_reported_and_stops_nothing(library: Library, art: Path) -> None:
    (art / "broken.png").write_bytes(encoded()[:40])
    (art / "empty.png").write_bytes(b"")
    (art / "locked.png").symlink_to(art / "nowhere.png")
    report = import_files(library, ImportRequest((str(art),)))
    assert report.count(ImportStatus.IMPORTED) == 5
    failed = {file.path.name: file.why for file in report.files if file.status is ImportStatus.FAILED}
    assert failed == {
        "broken.png": "it is cut off",
        "empty.png": "the file is empty",
        "locked.png": "No such file or directory",
    }
    error = report.error()
    assert isinstance(error, ImportIncomplete)
    assert error.exit_status == 3
    assert len(error.details["failed"]) == 3  # type: ignore[arg-type]
    assert error.hint == "the others are in the library; running it again tries these files again"
    alone = import_files(library, ImportRequest((str(art / "broken.png"),))).error()
    assert isinstance(alone, ImportIncomplete)
    assert alone.hint == "running it again tries these files again"


def test_a_dry_run_says_what_would_be_and_stores_nothing(library: Library, art: Path) -> None:
    import_files(library, ImportRequest((str(art / "one.png"),)))
    report = import_files(library, ImportRequest((str(art),), dry_run=True))
    assert (report.count(ImportStatus.PLANNED), report.count(ImportStatus.EXISTING)) == (4, 1)
    assert library.assets.count() == len(list(library.blobs)) == 1


def test_names_come_from_the_template(library: Library, art: Path) -> None:
    import_files(
        library, ImportRequest((str(art / "one.png"),), name="{folder}_{stem}_{width}x{height}_{number}")
    )
    assert [asset.name for asset in library.assets.matching("")] == ["art_one_8x6_1"]


@pytest.mark.parametrize(
    "name", ["con", "a\tb", "x" * 251, "龙 🐉", "ไทย हिन्दी עברית", " ", "é", os.fsdecode(b"\xff\xfe")]
)
def test_files_of_any_name_are_taken(library: Library, tmp_path: Path, name: str) -> None:
    path = tmp_path / "in" / f"{name}.png"
    path.parent.mkdir()
    path.write_bytes(encoded())
    report = import_files(library, ImportRequest((str(path.parent),)))
    assert report.count(ImportStatus.IMPORTED) == 1
    (asset,) = library.assets.matching("")
    assert asset.name
    assert asset.name.isprintable() or "\u200d" in asset.name


@pytest.mark.parametrize(
    "request_", [("nowhere",), ("*.png",), ("nowhere/**/*.png",)], ids=["path", "pattern", "deep pattern"]
)
def test_paths_that_mean_nothing_are_refused(
    library: Library, tmp_path: Path, request_: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidInput):
        import_files(library, ImportRequest(tuple(str(tmp_path / one) for one in request_)))


@pytest.mark.parametrize(
    "options", [{"name": "{x}"}, {"name": "a/{stem}"}, {"tags": (" ",)}, {"category": "a/../b"}]
)
def test_options_that_cannot_work_are_refused_before_anything(
    library: Library, art: Path, options: dict[str, object]
) -> None:
    with pytest.raises(InvalidInput):
        import_files(library, ImportRequest((str(art),), **options))  # type: ignore[arg-type]
    assert library.assets.count() == 0


def test_progress_is_told(library: Library, tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.png").write_bytes(encoded(seed=number))
    events: list[Event] = []
    import_files(library, ImportRequest((str(tmp_path / "*.png"),)), events.append)
    assert events[-1] == Progress("import", 60, 60, "files")
    assert len(events) == 2
