"""A checked set as an HTML page."""

from collections.abc import Sequence
from dataclasses import dataclass

from audobon_cli.domain.units import plural
from audobon_cli.pages.render import render_page
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.style_pages import thumbnail
from audobon_cli.training.pictures.finding import Finding
from audobon_cli.training.pictures.findings import CheckedSet, Verdict

VERDICTS = {
    Verdict.REFUSED: "cannot be learnt from as it is",
    Verdict.DOUBTFUL: "can be learnt from, with doubts",
    Verdict.FIT: "fit to learn from",
}


@dataclass(frozen=True, slots=True)
class _Shown:
    name: str
    image: bytes
    caption: str
    facts: str
    held_out: bool
    findings: Sequence[Finding]


def set_page(found: CheckedSet, reader: PictureReader) -> str:
    """The page of a checked set: the findings, then every picture with its caption. ``reader`` gives the pictures."""
    held = found.gathered.training_set
    aside = set(held.held_out)
    return render_page(
        "training_set.html",
        title="Training set",
        verdict=VERDICTS[found.verdict],
        model=found.model.name,
        trigger=held.trigger,
        digest=held.digest,
        count=plural(len(held.pictures), "picture"),
        held_out=len(held.held_out),
        findings=found.findings,
        pictures=[
            _Shown(
                one.name,
                thumbnail(reader.picture(found.gathered.sources[one.digest]).frames[0]),
                one.caption,
                ", ".join(
                    part
                    for part in (
                        f"{one.width}x{one.height}",
                        "transparent" if one.has_alpha else "",
                        one.licence,
                    )
                    if part
                ),
                place in aside,
                [each for each in found.findings if one.name in each.pictures],
            )
            for place, one in enumerate(held.pictures)
        ],
    )
