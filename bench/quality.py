"""What scores of quality are worth: faults planted in the judged sprites, each gate against sound pictures.

python -m bench.quality limits   # on the 160 that limits are set on
python -m bench.quality kept     # the figures of docs/quality.md: on the 40 kept aside
python -m bench.quality time     # scoring of 1,000 sprites of 64 x 64
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from bench.judged_faults import FAULTS, Judged, in_colours, judged_set, pairs
from bench.judged_sprites import FAMILIES, members
from bench.style import auc

from audobon_cli.media.image.oklab import from_oklab
from audobon_cli.media.image.pixels import DecodedImage, Pixels, encode_png, read_picture
from audobon_cli.sprites.quality.measures import AllowedColours
from audobon_cli.sprites.quality.score import THRESHOLD, colours_of_card, colours_of_palette, scored
from audobon_cli.styles.card import StyleCard
from audobon_cli.styles.distance import palette_of
from audobon_cli.styles.learn import learn
from audobon_cli.styles.pictures import looks_of

TIMED = 1000


@cache
def card(family: str) -> StyleCard:
    """The card that is learnt of the pictures of ``family`` that are not kept aside."""
    learnt, _ = judged_set()
    return learn(looks_of([one.pixels for one in learnt if one.family == family]))


def in_palette(one: Judged) -> Judged:
    """The picture in the 24 colours of its family's card."""
    return replace(one, pixels=in_colours(one.pixels, palette_of(card(one.family))))


def score(one: Judged, fault: str, held: Callable[[Judged], AllowedColours | None]) -> float:
    """The picture's score for ``fault``; what is blank has none but that."""
    found = {each.fault: each.score for each in scored(decoded(one.pixels), held(one))[0]}
    return found.get(fault, 1.0)


def decoded(pixels: Pixels) -> DecodedImage:
    """As the commands read it."""
    return read_picture(encode_png(pixels))


def gates(some: Sequence[Judged], seed: int) -> None:
    """For each gate the AUC, and how many sound pictures it fails and faulty ones it finds."""
    print("fault        sound faulty  AUC    sound failed  faulty found")
    whole: list[float] = []
    for fault in FAULTS:
        base = [in_palette(one) for one in some] if fault == "off_palette" else some
        sound, faulty = pairs(fault, base, seed)
        held = _palette if fault == "off_palette" else _none
        _told(fault, [score(one, fault, held) for one in sound], [score(one, fault, held) for one in faulty])
        whole += [scored(decoded(one.pixels), held(one))[0][0].score for one in faulty]
    sound, faulty = pairs("off_palette", some, seed)
    _told("... of a card", *([score(one, "off_palette", _card) for one in each] for each in (sound, faulty)))
    _told("the whole", [scored(decoded(one.pixels))[0][0].score for one in some], whole)


def _none(_: Judged) -> None:
    return None


def _palette(one: Judged) -> AllowedColours:
    colours = from_oklab(palette_of(card(one.family))).tolist()
    return colours_of_palette([(r, g, b) for r, g, b in colours])


def _card(one: Judged) -> AllowedColours:
    return colours_of_card(card(one.family))


def _told(name: str, good: Sequence[float], bad: Sequence[float]) -> None:
    failed, found = (sum(value < THRESHOLD for value in each) for each in (good, bad))
    print(
        f"{name:12} {len(good):5} {len(bad):6}  {auc([-v for v in good], [-v for v in bad]):.3f}  "
        f"{failed:6}        {found:6}",
        flush=True,
    )


def timed() -> None:
    """Processor time of scoring, reading included."""
    files = [encode_png(pixels) for name in FAMILIES for _, pixels in members(name, TIMED // 8, 5)]
    begun = time.process_time()
    for data in files:
        scored(read_picture(data))
    print(f"{len(files)} pictures: processor {time.process_time() - begun:.2f} s")


if __name__ == "__main__":
    for task in sys.argv[1:] or ["kept", "time"]:
        if task == "time":
            timed()
        else:
            own, kept = judged_set()
            gates(kept if task == "kept" else own, 3)
