"""``audobon quality score``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.derivations.sources import Source
    from audobon_cli.domain.events import Listener
    from audobon_cli.sprites.quality.measures import AllowedColours
    from audobon_cli.sprites.quality.score import QualityReport, ScoredPicture
    from audobon_cli.sprites.quality.wording import Wording

COLUMNS = (
    Column("name", Kind.NAME),
    Column("score", Kind.NUMBER),
    Column("agreement", Kind.NUMBER),
    Column("verdict"),
    Column("why", Kind.PROSE),
)
MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class WordOptions:
    """Whether pictures show their words, and by whom that is told."""

    agreement: Annotated[
        float | None,
        typer.Option(
            "--agreement", min=0, max=1, metavar="NUMBER", help="The share of texts that passes, too."
        ),
    ] = None
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", metavar="TEXT", help="What pictures are to show; else their prompts."),
    ] = None
    scorer: Annotated[
        str | None,
        typer.Option(
            "--scorer", metavar="MODEL", help="A pulled CLIP or SigLIP. Default: the shipped scorer."
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """What pictures are held against."""

    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="CARD",
            help="Whose colours to keep to. Default: the contract's palette or card.",
        ),
    ] = None
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME", help="Score by this metric of a plugin, too; repeatable."),
    ] = None


@command(
    "score",
    examples=[
        "audobon quality score tag:hero",
        "audobon quality score tag:new --against mine --fail",
        "audobon quality score art/ --threshold 0.7 --report quality.html",
        'audobon quality score art/ --prompt "red dragon" --agreement 0.8 --fail',
        "audobon quality score kind:sprite --save",
    ],
)
def score(
    session: Session,
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="SET...",
            help="Assets (ids, names, queries such as tag:hero), or picture files and folders.",
        ),
    ],
    words: WordOptions,
    rules: RuleOptions,
    threshold: Annotated[
        float, typer.Option("--threshold", min=0, max=1, metavar="NUMBER", help="The score that passes.")
    ] = 0.5,
    gate: Annotated[bool, typer.Option("--fail", help="Exit status 3 if a picture does not pass.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write an HTML page, too.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")] = False,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the scores with the assets, for searches: score:>0.7.")
    ] = False,
) -> None:
    """Score pictures by their technical faults.

    The worst come first, with the reasons. --agreement, --prompt or --scorer also tells how well pictures show their
    words: better than which share of 99 other texts.
    """
    from audobon_cli.cli.listening import listening
    from audobon_cli.sprites.quality.faults import metrics_named
    from audobon_cli.sprites.quality.score import save_scores, score_set
    from audobon_cli.sprites.style_cards import style_sources

    def library() -> Any:
        return session.workspace.library

    _ = session.workspace  # its settings say which plugins are enabled
    added = metrics_named(rules.metric or ())
    with listening(session.out) as listen:
        sources = style_sources(pictures, library)
        if save:
            _refuse_files(sources)
        allowed = _allowed(session, rules.against, listen)
        found = score_set(sources, allowed, library, listen, threshold, _wording(session, words), added)
    saved = save_scores(library(), found) if save else 0
    if report is not None:
        _write_page(session, found, report.expanduser(), overwrite)
    data = {**_data(found), "report": None if report is None else str(report), "saved": saved}
    session.finish(data, lambda: _view(session, found), found.error() if gate else None)
    if saved:
        session.out.note(
            f'Kept with {plural(saved, "asset")}: `audobon assets search "score:<{threshold:g}"`'
        )
    if not found.failed:
        session.out.note(f"All score {found.threshold:g} or more.")


def _refuse_files(sources: "Sequence[Source]") -> None:
    if all(source.asset is None for source in sources):
        raise InvalidInput(
            "--save keeps scores with assets, and none is among these.",
            hint="import them: `audobon assets import`",
        )


def _write_page(session: Session, found: "QualityReport", path: Path, overwrite: bool) -> None:
    from audobon_cli.derivations.run import write_result
    from audobon_cli.sprites.pictures import PictureReader
    from audobon_cli.sprites.quality.page import quality_page

    of_library = any(one.source.asset is not None for one in found.pictures)
    reader = PictureReader(session.workspace.library if of_library else None)
    write_result(path, quality_page(found, reader).encode(), overwrite)


def _allowed(
    session: Session, against: str | None, listen: "Listener"
) -> "tuple[str, AllowedColours] | None":
    """The colours to keep to: those of ``against``, else of the contract, and what to call them."""
    from audobon_cli.sprites.check import rules_of
    from audobon_cli.sprites.quality.score import colours_of_card, colours_of_palette
    from audobon_cli.sprites.style_cards import style_of

    if against is not None:
        card = style_of(against, lambda: session.workspace.library, listen)
        return card.name, colours_of_card(card.card)
    rules = rules_of(session.workspace.contract, lambda: session.workspace.library)
    if rules.palette:
        return "the contract's palette", colours_of_palette(rules.palette)
    return ("the contract's style card", colours_of_card(rules.card)) if rules.card else None


def _wording(session: Session, asked: WordOptions) -> "Wording | None":
    """What tells how well pictures show their words; None where nobody asks. Raises ModelNotFound, InvalidInput."""
    if asked.agreement is None and not asked.prompt and not asked.scorer:
        return None
    from audobon_cli.engines.scoring.agreement import PASSES
    from audobon_cli.engines.scoring.judges import agreement_by
    from audobon_cli.generation.judging import shipped_judge
    from audobon_cli.models.catalog import find_model
    from audobon_cli.sprites.quality.wording import Wording

    models = session.workspace.models
    model = find_model(asked.scorer, models) if asked.scorer else shipped_judge(models)
    if model is None:
        raise InvalidInput("No scorer ships with this installation.", hint="name a pulled CLIP with --scorer")
    judge = agreement_by(model, session.workspace.settings.device or None)
    return Wording(judge, asked.prompt or "", PASSES if asked.agreement is None else asked.agreement)


def _data(found: "QualityReport") -> dict[str, Any]:
    return {
        "palette": found.palette or None,
        "threshold": found.threshold,
        "scorer": found.scorer or None,
        "agreement_threshold": found.agreement_threshold,
        "pictures": [
            {
                "name": one.source.name,
                "source": one.source.label,
                "score": one.score,
                "passed": one.passed,
                "frame": one.frame,
                "faults": [
                    {"fault": each.fault, "value": each.value, "score": each.score} for each in one.faults
                ],
                "why": list(one.why),
                "agreement": None if one.agreement is None else one.agreement.share,
                "cosine": None if one.agreement is None else one.agreement.cosine,
            }
            for one in found.pictures
        ],
        "passed": not found.failed,
    }


def _view(session: Session, found: "QualityReport") -> None:
    columns = [column for column in COLUMNS if found.scorer or column.heading != "agreement"]
    rows = [
        (
            one.source.name,
            f"{one.score:.2f}",
            *([_share(one)] if found.scorer else []),
            "ok" if one.passed else "failed",
            "; ".join(one.why[:MOST_REASONS]),
        )
        for one in found.pictures
    ]
    session.out.table(columns, rows, {"failed": "red", "ok": "green"})
    if found.scorer:
        session.out.note(f"Agreement with the words is told by {found.scorer}.")


def _share(one: "ScoredPicture") -> str:
    return "" if one.agreement is None else f"{one.agreement.share:.2f}"
