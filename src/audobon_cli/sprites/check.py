"""Holding pictures and sequences against a contract: numbers into the record, failures told."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audobon_cli.derivations.operation import GATES_KEY
from audobon_cli.derivations.sources import Source, read_file
from audobon_cli.domain.errors import GatesFailed, InvalidInput
from audobon_cli.domain.events import AssetAdded, Event, Listener, Progress, Warned, ignore
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.sprites.contract import Contract, Measured
from audobon_cli.sprites.gates import GATES, measure_picture, measure_sequence
from audobon_cli.sprites.operations.colors import Colour
from audobon_cli.sprites.operations.palette_files import MAX_PICTURE_BYTES, read_palette
from audobon_cli.sprites.pictures import PictureReader
from audobon_cli.sprites.sheets.animations import by_names
from audobon_cli.sprites.sheets.readers.own_text import frames_in_texts
from audobon_cli.sprites.sheets.slice import Slice

if TYPE_CHECKING:
    from audobon_cli.styles.card import StyleCard

"""Where an asset's metadata holds what was measured of it: numbers by the gates' names."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A contract made ready: its palette read, a limit for every gate (infinity: none)."""

    contract: Contract
    palette: tuple[Colour, ...]
    limits: Mapping[str, float]
    card: "StyleCard | None" = None

    def held(self, values: Mapping[str, float]) -> tuple[Measured, ...]:
        """Each number with its limit, in the order of GATES."""
        ordered = [gate for gate in GATES if gate in values]
        return tuple(Measured(gate, values[gate], _finite(self.limits[gate])) for gate in ordered)


@dataclass(frozen=True, slots=True)
class Checked:
    """The gates of something called ``name``."""

    name: str
    gates: tuple[Measured, ...]

    @property
    def failed(self) -> tuple[Measured, ...]:
        """Those whose limit does not hold."""
        return tuple(gate for gate in self.gates if not gate.passed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        gates = [
            {"gate": one.gate, "value": one.value, "limit": one.limit, "passed": one.passed}
            for one in self.gates
        ]
        return {"name": self.name, "gates": gates, "passed": not self.failed}


@dataclass(frozen=True, slots=True)
class CheckedImage(Checked):
    """One picture's gates."""

    source: Source


@dataclass(frozen=True, slots=True)
class CheckedSequence(Checked):
    """An animation's gates; ``frames`` are the names of what it consists of."""

    frames: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that was measured."""

    pictures: tuple[CheckedImage, ...]
    sequences: tuple[CheckedSequence, ...]
    contract: Contract

    @property
    def passed(self) -> bool:
        """Whether every limit holds."""
        everything: tuple[Checked, ...] = (*self.pictures, *self.sequences)
        return not any(each.failed for each in everything)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, as `sprite check --json` has it but for the report."""
        return {
            "pictures": [{**each.to_dict(), "source": each.source.label} for each in self.pictures],
            "sequences": [{**each.to_dict(), "frames": list(each.frames)} for each in self.sequences],
            "contract": self.contract.source or None,
            "passed": self.passed,
        }

    def error(self) -> GatesFailed | None:
        """What to raise, with --fail, when a limit does not hold."""
        everything: tuple[Checked, ...] = (*self.pictures, *self.sequences)
        failed = [(each.name, gate) for each in everything for gate in each.failed]
        if not failed:
            return None
        name, gate = failed[0]
        return GatesFailed(
            f"{len(failed)} gates do not hold, first {gate.gate} of {name}: {gate.value:g}, limit {gate.limit:g}.",
            hint="see them with `audobon sprite check --report check.html`",
            failed=[{"name": name, "gate": gate.gate, "value": gate.value} for name, gate in failed],
        )


def rules_of(
    contract: Contract, library: Callable[[], Library], limits: Mapping[str, float] | None = None
) -> Rules:
    """``contract`` made ready; ``limits`` come on top of its own. ``library`` is opened for a style card that is an
    asset. Raises InvalidInput for a gate that there is none of, and for a palette or a card that cannot be read,
    AssetNotFound or AssetAmbiguous."""
    given = {**contract.gates, **(limits or {})}
    unknown = next((name for name in given if name not in GATES), None)
    if unknown is not None:
        near = difflib.get_close_matches(unknown, GATES, n=2)
        raise InvalidInput(
            f"There is no gate {unknown!r}.",
            hint=f"did you mean {' or '.join(near)}?" if near else ", ".join(GATES),
        )
    own = {name: math.inf if gate.limit is None else gate.limit for name, gate in GATES.items()}
    palette = Path(contract.palette) if contract.palette else None
    colours = read_palette(read_file(palette, MAX_PICTURE_BYTES), palette.name) if palette else ()
    card = None
    if contract.style_card:
        from audobon_cli.sprites.style_cards import find_card

        card = find_card(contract.style_card, library).card
        own["style_distance"] = card.limit
    return Rules(contract, colours, {**own, **given}, card)


def check(
    sources: Sequence[Source],
    rules: Rules,
    library: Library | None,
    listen: Listener,
    as_sequence: bool = False,
) -> CheckReport:
    """Measure every one of ``sources``, and every animation among them: numbered names, animated files,
    sheets that say so; with ``as_sequence`` all together in the order given.

    Writes nothing; see ``record``. Raises PictureUnusable.
    """
    reader = PictureReader(library)
    pictures: list[CheckedImage] = []
    sequences: list[CheckedSequence] = []
    for number, source in enumerate(sources):
        picture = reader.picture(source)
        pictures.append(CheckedImage(source.name, rules.held(_measured(source, picture, rules)), source))
        sequences += _inner_sequences(picture, rules)
        listen(Progress("check", number + 1, len(sources), "pictures"))
    groups = _groups([source.name for source in sources], as_sequence)
    for name, places in groups:
        frames = [reader.picture(sources[place]).frames[0] for place in places]
        names = tuple(sources[place].name for place in places)
        sequences.append(CheckedSequence(name, rules.held(measure_sequence(frames)), names))
    return CheckReport(tuple(pictures), tuple(sequences), rules.contract)


def record(library: Library, report: CheckReport) -> None:
    """Put the numbers into the records of the assets that were checked, in one transaction."""
    measured: dict[AssetId, dict[str, float]] = {}
    by_name: dict[str, AssetId] = {}
    for picture in report.pictures:
        if picture.source.asset is not None:
            measured[picture.source.asset.id] = {gate.gate: gate.value for gate in picture.gates}
            by_name[picture.source.name] = picture.source.asset.id
    for sequence in report.sequences:
        values = {gate.gate: gate.value for gate in sequence.gates}
        for frame in sequence.frames:
            if frame in by_name:
                measured[by_name[frame]].update(values)
    if measured:
        with library.change() as changes:
            for asset_id, gates in measured.items():
                asset = library.assets.get(asset_id)
                before = asset.metadata.get(GATES_KEY, {})
                changes.update(replace(asset, metadata={**asset.metadata, GATES_KEY: {**before, **gates}}))


def scoring(library: Library, contract: Contract, listen: Listener) -> Listener:
    """``listen``, and every picture that is filed is held against ``contract``: its numbers go into its record,
    and what fails is told as a warning. Without a contract just ``listen``. Raises as rules_of does."""
    if not contract.source:
        return listen
    rules = rules_of(contract, lambda: library)

    def scored(event: Event) -> None:
        listen(event)
        if isinstance(event, AssetAdded):
            asset = library.assets.get(AssetId(event.asset))
            report = check([Source(asset.name, asset=asset)], rules, library, ignore)
            record(library, report)
            for gate in report.pictures[0].failed:
                known = GATES[gate.gate]
                how = known.breach or f"{gate.gate} is {gate.value:g} ({known.about})"
                listen(Warned(f"{asset.name} does not keep the contract: {how}"))

    return scored


def _measured(source: Source, picture: DecodedImage, rules: Rules) -> dict[str, float]:
    size = rules.contract.size
    values = measure_picture(picture, rules.palette, (size.width, size.height) if size else None)
    if rules.contract.styles and source.asset is not None and source.asset.style:
        values["style"] = float(source.asset.style not in rules.contract.styles)
    if rules.card is not None:
        from audobon_cli.styles.distance import furthest
        from audobon_cli.styles.pictures import looks_of

        values["style_distance"] = round(furthest(looks_of(picture.frames), rules.card)[1].total, 4)
    return values


def _inner_sequences(picture: DecodedImage, rules: Rules) -> list[CheckedSequence]:
    """The animations inside one file: its own frames, or those of a sheet that names them."""
    if len(picture.frames) > 1:
        names = tuple(f"{picture.name} {number + 1}" for number in range(len(picture.frames)))
        return [CheckedSequence(picture.name, rules.held(measure_sequence(picture.frames)), names)]
    if not frames_in_texts(picture.texts, picture.width, picture.height):
        return []
    pieces = Slice(method="data").pieces(picture)
    return [
        CheckedSequence(
            f"{picture.name}: {name}",
            rules.held(measure_sequence([pieces[place].pixels for place in places])),
            tuple(pieces[place].name for place in places),
        )
        for name, places in _groups([piece.name for piece in pieces], False)
    ]


def _groups(names: Sequence[str], as_sequence: bool) -> list[tuple[str, tuple[int, ...]]]:
    if as_sequence:
        return [("sequence", tuple(range(len(names))))] if len(names) > 1 else []
    return [(animation.name, animation.frames) for animation in by_names(names)]


def _finite(limit: float) -> float | None:
    return None if math.isinf(limit) else limit
