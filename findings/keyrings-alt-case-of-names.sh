#!/usr/bin/env bash
# keyrings.alt 5.0.2, the files that keyring falls back to where a system has no keyring: user names that differ by case
# alone are one entry. Names are option names of an INI file, which configparser makes lower case; the package escapes
# every other character but keeps capitals. The second set_password replaces the first password without a word, and
# each name is answered with it. Names of services are sections, whose case is kept. keyring's interface has two entries.
# Seen on 2026-12-01: names {'Studio': 'second', 'studio': 'second'} services {'Studio': 'first', 'studio': 'second'}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet keyrings.alt==5.0.2 keyring==25.7.0
"$folder/venv/bin/python" - "$folder" <<'PY'
import pathlib, sys
from keyrings.alt.file import PlaintextKeyring

kept = PlaintextKeyring()
kept.file_path = str(pathlib.Path(sys.argv[1], "kept.cfg"))
values = {"Studio": "first", "studio": "second"}
for name, value in values.items():
    kept.set_password("assets", name, value)
    kept.set_password(name, "someone", value)
names = {name: kept.get_password("assets", name) for name in values}
services = {name: kept.get_password(name, "someone") for name in values}
print("names", names, "services", services)
sys.exit(names != dict.fromkeys(values, "second") or services != values)
PY
