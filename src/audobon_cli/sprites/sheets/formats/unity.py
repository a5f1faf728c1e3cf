"""The .tpsheet of TexturePacker's Unity importer, format 40300: lines of
``name;x;y;width;height; pivot x;pivot y; left;right;top;bottom``, y counted from below."""

from audobon_cli.sprites.sheets.formats.target import Target
from audobon_cli.sprites.sheets.record import FrameRecord
from audobon_cli.sprites.sheets.sheet import PackedSheet

_MARKS = {ord(mark): f"%{ord(mark):02X}" for mark in "%;:#/\n\r"}


def files(sheet: PackedSheet, target: Target) -> dict[str, bytes]:
    """A file for each page."""
    written = {}
    for page, (width, height) in enumerate(sheet.record.pages):
        frames = sheet.record.on_page(page)
        bordered = any(frame.borders for frame in frames)
        lines = [
            ":format=40300",
            f":texture={target.pages[page]}",
            f":size={width}x{height}",
            ":pivotpoints=enabled",
            f":borders={'enabled' if bordered else 'disabled'}",
            ":alphahandling=ClearTransparentPixels",
            "",
            *(_line(frame, height) for frame in frames),
            "",
        ]
        written[target.numbered(page, ".tpsheet")] = "\n".join(lines).encode()
    return written


def _line(frame: FrameRecord, page_height: int) -> str:
    # Pivots are in shares of the part that is stored, and may lie outside of it.
    x, y = frame.pivot or (0.5, 0.5)
    pivot_x = (x * frame.source_width - frame.offset_x) / frame.width
    pivot_y = 1 - (y * frame.source_height - frame.offset_y) / frame.height
    left, top, right, bottom = frame.borders or (0, 0, 0, 0)
    corner = f"{frame.x};{page_height - frame.y - frame.height}"
    return (
        f"{frame.name.translate(_MARKS)};{corner};{frame.width};{frame.height}; "
        f"{pivot_x:.6g};{pivot_y:.6g}; {left};{right};{top};{bottom}"
    )
