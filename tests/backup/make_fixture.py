"""Writes the repository of format 1 under tests/backup/format1, which every later version must read.

    python -m tests.backup.make_fixture FOLDER

It was run once. Never run it again over the folder that is committed.
"""

import json
import sys
from pathlib import Path

from audobon_cli.backup.create.point import Purpose, create_backup
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.keys import add_key
from audobon_cli.backup.repository import packs
from audobon_cli.backup.repository.inventory import write_roster
from audobon_cli.backup.repository.key_slots import UnlockSecret
from audobon_cli.library.store.library import Library
from tests.backup.workshop import SECRET, add_pictures, folder_repository, state_of

PASSPHRASE = "fixture passphrase"


def main(folder: Path) -> None:
    library = Library.create(folder / "library")
    settings = folder / "settings.toml"
    settings.write_text('quality = "draft"\n')
    repository = folder_repository(folder / "repository")
    add_key(repository, UnlockSecret(passphrase=PASSPHRASE), "fixture")
    expected = []
    for number in range(3):
        add_pictures(library, 3, seed=number, size=300)
        purpose = Purpose(Extras(files=(("settings.toml", settings),)), f"point {number}")
        created = create_backup(repository, library, purpose)
        write_roster(repository.remote, repository.keys)
        state = state_of(library)
        expected.append({"id": created.point.id, "database": state.database, "blobs": sorted(state.blobs)})
    library.close()
    key_file = (SECRET.key_file or b"").hex()
    data = {"key_file": key_file, "passphrase": PASSPHRASE, "points": expected, "magic": packs.MAGIC.decode()}
    (folder / "expected.json").write_text(json.dumps(data, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
