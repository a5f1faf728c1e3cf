"""Drawing on from a picture, redrawing a part of it, seamless textures."""

import numpy as np
from PIL import Image

from audobon_cli.domain.capabilities import Option
from audobon_cli.domain.inputs import ImageInputs, TileAxes
from tests.capabilities.probing import REFUSALS, Bench, Probe


def _noise(bench: Bench, seed: int) -> str:
    """A file with a picture of noise, as large as the family's pictures."""
    pixels = np.random.default_rng(seed).integers(0, 256, (bench.tiny.side, bench.tiny.side, 3), np.uint8)
    path = bench.work / f"noise-{seed}.png"
    Image.fromarray(pixels).save(path)
    return str(path)


def _mask(bench: Bench, share: float) -> str:
    """A file with a mask that is white on the left ``share`` of the width."""
    pixels = np.zeros((bench.tiny.side, bench.tiny.side), np.uint8)
    pixels[:, : int(bench.tiny.side * share)] = 255
    path = bench.work / f"mask-{share}.png"
    Image.fromarray(pixels).save(path)
    return str(path)


def starts_from_the_picture(bench: Bench) -> bool:
    """Another picture and another strength each give another result."""
    one, other = _noise(bench, 1), _noise(bench, 2)
    half = {"steps": 4, "inputs": ImageInputs(one, 0.5)}
    return all(
        bench.obeys(half, {"steps": 4, "inputs": changed})
        for changed in (ImageInputs(other, 0.5), ImageInputs(one, 0.75))
    )


def heeds_the_mask(bench: Bench) -> bool:
    """What is drawn in the left half depends on whether more than it is marked; the rest is the picture."""
    picture = _noise(bench, 1)
    half = bench.tiny.side // 2
    try:
        some, more = (
            bench.draw(steps=4, inputs=ImageInputs(picture, 0.75, _mask(bench, share)))
            for share in (0.5, 0.75)
        )
    except REFUSALS:
        return False
    kept = np.asarray(Image.open(picture).convert("RGB"))[:, half:]
    return np.array_equal(some[:, half:, :3], kept) and not np.array_equal(some[:, :half], more[:, :half])


PROBES = (
    Probe(Option.INIT_IMAGE, starts_from_the_picture, {"inputs": ImageInputs("a.png")}),
    Probe(Option.MASK, heeds_the_mask, {"inputs": ImageInputs("a.png", mask="b.png")}),
    Probe(
        Option.TILE,
        lambda bench: bench.obeys({}, {"inputs": ImageInputs(tile=TileAxes.XY)}),
        {"inputs": ImageInputs(tile=TileAxes.XY)},
    ),
)
