#!/usr/bin/env bash
# pytiled-parser 2.2.9: a property of a class (since Tiled 1.8; its members stand in a <properties> inside of it) is read from
# TMX as the white space between the tags, and its members are lost; from the same map as JSON come the members.
# Seen on 2026-12-01: {'tmx': {'weather': '\n   '}, 'tmj': {'weather': {'rain': 0.5}}}
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pytiled-parser==2.2.9
cat > "$folder/map.tmx" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" width="1" height="1" tilewidth="8" tileheight="8" infinite="0" nextlayerid="1" nextobjectid="1">
 <properties>
  <property name="weather" type="class" propertytype="Weather">
   <properties>
    <property name="rain" type="float" value="0.5"/>
   </properties>
  </property>
 </properties>
</map>
XML
cat > "$folder/map.tmj" <<'JSON'
{"type": "map", "version": "1.10", "tiledversion": "1.10.2", "orientation": "orthogonal", "renderorder": "right-down",
 "width": 1, "height": 1, "tilewidth": 8, "tileheight": 8, "infinite": false, "nextlayerid": 1, "nextobjectid": 1,
 "layers": [], "tilesets": [], "compressionlevel": -1,
 "properties": [{"name": "weather", "type": "class", "propertytype": "Weather", "value": {"rain": 0.5}}]}
JSON
"$folder/venv/bin/python" - "$folder" <<'PY'
import sys
from pathlib import Path
import pytiled_parser

seen = {end: pytiled_parser.parse_map(Path(sys.argv[1], f"map.{end}")).properties for end in ("tmx", "tmj")}
print(seen)
sys.exit(bool(str(seen["tmx"]["weather"]).strip()) or seen["tmj"] != {"weather": {"rain": 0.5}})
PY
