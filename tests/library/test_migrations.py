"""A library of an older format opens with everything that it held."""

from pathlib import Path

import pytest

from audobon_cli.library.store.blobs import BlobStore
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.location import DATABASE_NAME
from audobon_cli.library.store.migrations import MIGRATIONS
from audobon_cli.storage.database import Database

ASSETS = (
    "INSERT INTO blobs VALUES (printf('%064d', 1), 9, 0)",
    "INSERT INTO tags VALUES (1, 'boss')",
    *(
        "INSERT INTO assets (id, name, kind, blob, size_bytes, width, height, mode, created, prompt, model,"
        " quality, style, category, tags, note, duration_seconds, trashed_at)"
        f" VALUES ('{number:016}', '{name}', 'sprite', printf('%064d', 1), 9, 8, 8, 'RGBA', {number}, 'a prompt',"
        f" 'sdxl', '', '', 'characters/enemies', '[\"boss\"]', '', 0, {trashed})"
        for number, (name, trashed) in enumerate(
            [("red dragon", "NULL"), ("龙之谷 🐉", "NULL"), ("thrown away", "7")], start=1
        )
    ),
    "INSERT INTO asset_tags SELECT number, 1 FROM assets",
)


@pytest.mark.plain
def test_a_library_of_format_1_is_indexed_anew(tmp_path: Path) -> None:
    BlobStore(tmp_path).create()
    old = Database(tmp_path, DATABASE_NAME, MIGRATIONS[:1])
    old.create()
    with old.transaction() as transaction:
        for statement in ASSETS:
            transaction.run(statement)
    old.close()

    library = Library.open(tmp_path)
    found = {
        text: [asset.name for asset in library.assets.search(text).assets] for text in ("dra", "谷", "thrown")
    }
    assert found == {"dra": ["red dragon"], "谷": ["龙之谷 🐉"], "thrown": []}
    assert [asset.format for asset in library.assets.list().assets] == ["png", "png"]
    assert library.assets.problems() == library.database.problems() == ()
    assert (tmp_path / "audobon.db.before-2").is_file()
    with library.change() as changes:
        restored = changes.restore(library.assets.list().assets[0].id.replace("2", "3"))  # type: ignore[arg-type]
    assert restored.name == "thrown away"
    assert library.assets.count() == 3
    library.close()
