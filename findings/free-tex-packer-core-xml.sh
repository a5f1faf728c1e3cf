#!/usr/bin/env bash
# free-tex-packer-core 0.3.9, exporters "Starling" and "XML": the atlas is no XML. A comment stands before the XML declaration, which
# XML 1.0, 2.8, has at the very beginning of a file or not at all, so that a parser has to refuse it, and Python's does.
# "Cocos2d", a plist and so XML, too, is read.
# Seen on 2026-12-01: {"Starling":"not at start of entity","XML":"not at start of entity","Cocos2d":"read"}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund free-tex-packer-core@0.3.9 pngjs@7.0.0
cat > write.cjs <<'JS'
const { writeFileSync } = require('node:fs');
const pack = require('free-tex-packer-core');
const { PNG } = require('pngjs');

const picture = new PNG({ width: 4, height: 4 });
picture.data.fill(255);
for (const exporter of ['Starling', 'XML', 'Cocos2d']) {
  pack([{ path: 'hero.png', contents: PNG.sync.write(picture) }], { exporter }, (files) => {
    writeFileSync(exporter, files.find(({ name }) => !name.endsWith('.png')).buffer);
  });
}
JS
node write.cjs
python3 - <<'PY'
import json
import sys
from xml.etree import ElementTree

def read(name):
    try:
        ElementTree.parse(name)
    except ElementTree.ParseError as error:
        return "not at start of entity" if "declaration not at start of entity" in str(error) else str(error)
    return "read"

seen = {name: read(name) for name in ("Starling", "XML", "Cocos2d")}
print(json.dumps(seen, separators=(",", ":")))
sys.exit(list(seen.values()) != ["not at start of entity"] * 2 + ["read"])
PY
