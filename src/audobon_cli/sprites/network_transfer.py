"""Pictures in the style of another, by a network of the user's own."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audobon_cli.derivations.run import OperationContext, OperationResult, Task, make
from audobon_cli.derivations.sources import Source, asset_sources, file_sources, is_file
from audobon_cli.derivations.tasks import result_name
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.library.store.library import Library
from audobon_cli.media.image.inspect import STYLE_TEXT
from audobon_cli.sprites.operations.neural_style import NeuralStyle, check_network, network_file
from audobon_cli.sprites.pictures import PictureReader


@dataclass(frozen=True, slots=True)
class NetworkStyle:
    """The network in the file ``model``, and ``style``, the picture (an asset or a file) whose style it takes."""

    model: Path
    style: str
    strength: float = 1.0


def transfer_by_network(
    sources: Sequence[Source],
    asked: NetworkStyle,
    name: str,
    context: OperationContext,
    library: Callable[[], Library],
) -> list[OperationResult]:
    """Each of ``sources`` in the style of one picture. Records name the network by path and SHA-256; it stays where it
    is, and whoever replays them needs it.

    Raises InvalidInput for a network of another form, a style that is a card, or a file beside assets; and what make
    raises.
    """
    path = asked.model.expanduser().absolute()
    data = network_file(path)
    check_network(data, path.name)
    style = _picture(asked.style, context.library, library)
    operation = NeuralStyle(str(path), hashlib.sha256(data).hexdigest(), asked.strength)
    tasks = [
        Task(operation, (source, style), result_name(source, "styled", context, name), named=bool(name))
        for source in sources
    ]
    return make(tasks, context)


def _picture(text: str, kept: Library | None, library: Callable[[], Library]) -> Source:
    if is_file(text):
        if kept is not None:
            raise InvalidInput(
                "The style of assets must be an asset, too, or nobody could make them again.",
                hint=f"import it: `audobon assets import {text}`",
            )
        (source,) = file_sources([text])
        card = STYLE_TEXT in PictureReader(None).picture(source).texts
    else:
        opened = kept or library()
        (source, *others) = asset_sources(opened, [text])
        if others:
            raise InvalidInput(
                f"{text!r} are {len(others) + 1} pictures.", hint="a network takes the style of one"
            )
        card = source.asset is not None and source.asset.kind is AssetKind.STYLE
        if kept is None:
            source = Source(source.name, content=PictureReader(opened).picture(source))
    if card:
        raise InvalidInput(
            f"{source.name} is a card of numbers, and a network looks at pictures.",
            hint="name one of the pictures that the card was learnt of, or leave out --model",
        )
    return source
