#!/usr/bin/env bash
# SpineAtlas 1.0.13: what an atlas of Spine and libGDX says as `index`, the place of a region among those of one name (the
# frames of an animation), is not read. Frames() has one picture for a name, the last one, and SaveAtlas writes "index: -1",
# none, for all of them, so that the order of the animation is lost in the file.
# Seen on 2026-12-01:
#   regions 3 pictures {'walk': (0, 0, 255, 255)} written ['index: -1', 'index: -1', 'index: -1']
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet spineatlas==1.0.13 pillow==13.0.0
"$folder/venv/bin/python" - "$folder" <<'PY'
import pathlib, sys
from PIL import Image
from SpineAtlas import ReadAtlasFile

folder = pathlib.Path(sys.argv[1])
sheet = Image.new("RGBA", (12, 4))
lines = ["", "sheet.png", "size: 12,4", "format: RGBA8888", "filter: Nearest,Nearest", "repeat: none"]
for place, colour in enumerate(("red", "lime", "blue")):
    sheet.paste(colour, (4 * place, 0, 4 * place + 4, 4))
    lines += ["walk", "  rotate: false", f"  xy: {4 * place}, 0", "  size: 4, 4", "  orig: 4, 4", "  offset: 0, 0"]
    lines += [f"  index: {2 - place}"]
sheet.save(folder / "sheet.png")
(folder / "sheet.atlas").write_text("\n".join([*lines, ""]))
atlas = ReadAtlasFile(folder / "sheet.atlas")
shown = {name: picture.getpixel((0, 0)) for name, picture in atlas.Frames(folder).items()}
atlas.SaveAtlas(folder / "again.atlas")
written = [line.strip() for line in (folder / "again.atlas").read_text().splitlines() if "index" in line]
print("regions", len(atlas.atlas[0].frames), "pictures", shown, "written", written)
sys.exit(shown != {"walk": (0, 0, 255, 255)} or written != ["index: -1"] * 3)
PY
