#!/usr/bin/env bash
# pytiled-parser 2.2.9 reads no TMX map without `nextlayerid` and `nextobjectid`. Tiled's own format reference says of
# nextlayerid "since 1.2": maps that Tiled 1.0 and 1.1 saved have none, Tiled opens them, and arcade, which reads its
# maps with pytiled-parser, does not. What comes is a bare KeyError.
# Seen on 2026-11-29: KeyError('nextlayerid')
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pytiled-parser==2.2.9
cat > "$folder/map.tmx" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<map version="1.0" tiledversion="1.1.6" orientation="orthogonal" renderorder="right-down" width="1" height="1" tilewidth="8" tileheight="8" infinite="0" nextobjectid="1">
 <layer name="ground" width="1" height="1">
  <data encoding="csv">0</data>
 </layer>
</map>
XML
"$folder/venv/bin/python" - "$folder/map.tmx" <<'PY'
import sys
from pathlib import Path
import pytiled_parser

try:
    pytiled_parser.parse_map(Path(sys.argv[1]))
except KeyError as error:
    print(repr(error))
    sys.exit(repr(error) != "KeyError('nextlayerid')")
sys.exit("the map was read")
PY
