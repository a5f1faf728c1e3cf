#!/usr/bin/env bash
# PyTMX 3.32: the frames of an animated tile that is flipped or turned on the map are those of the tile as it stands in the
# tileset. The tile itself is flipped ("automatic flipping and rotation of tiles", says the readme), so that it turns
# around with the first change of its frame. Tiled and its format flip the cell, whatever tile is shown in it.
# Two cells with a tile of two frames, the second cell flipped to the right; the loader names the flips that it is asked for.
# Seen on 2026-12-01: plain tile - frames ['-', '-']  flipped tile horizontally frames ['-', '-']
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet pytmx==3.32
cat > "$folder/map.tmx" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<map version="1.10" tiledversion="1.10.2" orientation="orthogonal" renderorder="right-down" width="2" height="1" tilewidth="8" tileheight="8" infinite="0" nextlayerid="2" nextobjectid="1">
 <tileset firstgid="1" name="torch" tilewidth="8" tileheight="8" tilecount="2" columns="2">
  <image source="torch.png" width="16" height="8"/>
  <tile id="0"><animation><frame tileid="0" duration="100"/><frame tileid="1" duration="100"/></animation></tile>
 </tileset>
 <layer id="1" name="wall" width="2" height="1"><data encoding="csv">1,2147483649</data></layer>
</map>
XML
"$folder/venv/bin/python" - "$folder/map.tmx" 2>/dev/null <<'PY'
import sys
import pytmx

def loader(_path, _key, **_options):
    return lambda _place, flags: "horizontally" if flags and flags.flipped_horizontally else "-"

tiled = pytmx.TiledMap(sys.argv[1], image_loader=loader)
cells = tiled.layers[0].data[0]
tiles = [tiled.images[gid] for gid in cells]
frames = [[tiled.get_tile_image_by_gid(frame.gid) for frame in tiled.tile_properties[gid]["frames"]] for gid in cells]
print("plain tile", tiles[0], "frames", frames[0], " flipped tile", tiles[1], "frames", frames[1])
sys.exit(tiles != ["-", "horizontally"] or frames != [["-", "-"]] * 2)
PY
