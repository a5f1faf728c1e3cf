"""Small real pictures of every kind that import meets, and what other programs write into them."""

import io
import json
import struct
import zlib
from typing import Any

from PIL import Image, PngImagePlugin

A1111 = (
    "a red dragon, detailed\nNegative prompt: blurry\n"
    'Steps: 20, Sampler: "Euler a", Seed: 42, Size: 64x64, Model: dreamshaper'
)
COMFY = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 7,
            "steps": 25,
            "cfg": 6.5,
            "model": ["4", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
        },
    },
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sdxl.safetensors"}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a blue knight", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "ugly", "clip": ["4", 1]}},
}
INVOKE = {
    "positive_prompt": "a castle",
    "negative_prompt": "",
    "seed": 9,
    "model": {"name": "flux"},
    "steps": 4,
}
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description xmp:Rating="4"><dc:subject><rdf:Bag>'
    "<rdf:li>boss</rdf:li><rdf:li>fire &amp; ice</rdf:li></rdf:Bag></dc:subject><dc:title><rdf:Alt>"
    '<rdf:li xml:lang="x-default">The end</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>'
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 16"><rect width="9" height="9"/></svg>'
BOMB_SVG = b'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>'


def image(mode: str = "RGBA", size: tuple[int, int] = (8, 6), seed: int = 0) -> Image.Image:
    """A picture whose pixels depend on ``seed``."""
    made = Image.new("RGBA", size)
    for x in range(size[0]):
        for y in range(size[1]):
            made.putpixel(
                (x, y), ((x * 31 + seed * 7) % 256, (y * 41 + seed) % 256, seed % 256, 255 if x > 1 else 0)
            )
    return made.convert(mode)


def encoded(
    form: str = "PNG", mode: str = "RGBA", texts: dict[str, str] | None = None, **options: Any
) -> bytes:
    """The bytes of a picture file."""
    seed, size = options.pop("seed", 0), options.pop("size", (8, 6))
    stream = io.BytesIO()
    if texts:
        info = PngImagePlugin.PngInfo()
        for key, value in texts.items():
            info.add_itxt(key, value)
        options["pnginfo"] = info
    image(mode, size, seed).save(stream, form, **options)
    return stream.getvalue()


def animated(form: str) -> bytes:
    """Three frames."""
    return encoded(form, save_all=True, append_images=[image(seed=50), image(seed=100)], duration=100)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    content = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + content + chunk(b"IEND", b"")


def comfy_texts() -> dict[str, str]:
    """ComfyUI's two chunks."""
    return {"prompt": json.dumps(COMFY), "workflow": json.dumps({"nodes": []})}
