#!/usr/bin/env bash
# pytiled-parser 2.2.9: an object made from a template keeps the template's text and outline, whatever it has of its own. TMX
# lets an instance have its own <text> or <polygon>, and Tiled writes it where it differs; the reader takes over attributes
# and properties alone. Two signs of one template, with texts of their own, both say what the template says.
# Seen on 2026-12-01: 'write here' 'write here' [(0.0, 0.0), (8.0, 0.0), (8.0, 8.0)]
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pytiled-parser==2.2.9
cat > "$folder/sign.tx" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<template><object name="sign" width="40" height="8"><text wrap="1">write here</text></object></template>
XML
cat > "$folder/zone.tx" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<template><object name="zone"><polygon points="0,0 8,0 8,8"/></object></template>
XML
cat > "$folder/map.tmx" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" width="1" height="1" tilewidth="8" tileheight="8" infinite="0" nextlayerid="2" nextobjectid="4">
 <objectgroup id="1" name="things">
  <object id="1" template="sign.tx" x="0" y="0"><text wrap="1">Inn</text></object>
  <object id="2" template="sign.tx" x="0" y="9"><text wrap="1">Harbour</text></object>
  <object id="3" template="zone.tx" x="0" y="0"><polygon points="0,0 64,0 64,64 0,64"/></object>
 </objectgroup>
</map>
XML
"$folder/venv/bin/python" - "$folder/map.tmx" <<'PY'
import sys
from pathlib import Path
import pytiled_parser

first, second, zone = pytiled_parser.parse_map(Path(sys.argv[1])).layers[0].tiled_objects
print(repr(first.text), repr(second.text), [tuple(point) for point in zone.points])
sys.exit((first.text, second.text, len(zone.points)) != ("write here", "write here", 3))
PY
