#!/usr/bin/env bash
# PyTMX 3.32: the box of a polygon or polyline is right only where its first point is its upper left one. The readme says that
# x, y, width and height "represent the bounding box of the object, even polygons and polylines"; x and y stay those of the
# point that the others are counted from, and width and height are counted from it, too. A zone drawn to the left is found
# on the right of its place, one whose points all lie beside that point is too large. `points` are right.
# Seen on 2026-12-01 (left, top, right, bottom as the object says, and of its points):
#   leftwards (100, 50, 116, 58) of (84, 50, 100, 58)  upwards (100, 50, 116, 58) of (100, 42, 116, 50)
#   beside (100, 50, 116, 58) of (108, 54, 116, 58)  downwards (100, 50, 116, 58) of (100, 50, 116, 58)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pytmx==3.32
cat > "$folder/map.tmx" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" width="20" height="20" tilewidth="8" tileheight="8" infinite="0" nextlayerid="2" nextobjectid="5">
 <objectgroup id="1" name="zones">
  <object id="1" name="leftwards" x="100" y="50"><polygon points="0,0 -16,0 -16,8"/></object>
  <object id="2" name="upwards" x="100" y="50"><polyline points="0,0 16,0 16,-8"/></object>
  <object id="3" name="beside" x="100" y="50"><polygon points="8,4 16,4 16,8"/></object>
  <object id="4" name="downwards" x="100" y="50"><polygon points="0,0 16,0 16,8"/></object>
 </objectgroup>
</map>
XML
"$folder/venv/bin/python" - "$folder/map.tmx" 2>/dev/null <<'PY'
import sys
import pytmx

seen = {}
for zone in pytmx.TiledMap(sys.argv[1]).objects:
    said = (zone.x, zone.y, zone.x + zone.width, zone.y + zone.height)
    across, down = [point.x for point in zone.points], [point.y for point in zone.points]
    seen[zone.name] = [tuple(map(int, box)) for box in (said, (min(across), min(down), max(across), max(down)))]
print(*(f"{name} {said} of {found}" for name, (said, found) in seen.items()), sep="  ")
wrong = [name for name, (said, found) in seen.items() if said != found]
sys.exit(wrong != ["leftwards", "upwards", "beside"])
PY
