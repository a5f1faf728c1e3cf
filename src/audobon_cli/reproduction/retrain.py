"""A LoRA trained again from its record, and held against the one that is kept; files nothing."""

import tempfile
from pathlib import Path

from audobon_cli.__about__ import __version__
from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.events import Listener
from audobon_cli.engines.base import ShouldStop
from audobon_cli.media.weights.header import in_order
from audobon_cli.reproduction.recipe_diff import RecipeChange
from audobon_cli.reproduction.to_request import RequestContext
from audobon_cli.training.run import RunFolder, run_from
from audobon_cli.training.train import TrainingContext, train


def train_again(
    asset: Asset, here: RequestContext, listen: Listener, should_stop: ShouldStop
) -> tuple[bool, tuple[RecipeChange, ...]]:
    """Whether training ``asset`` again, in minutes or hours, gives the very file that is kept, its notes in whatever
    order, and which packages have changed since. Raises as train does: BlobMissing for a picture that is gone,
    InvalidInput for another model."""
    assert asset.derivation is not None
    run = run_from(asset.derivation.parameters)
    if here.model not in (None, run.model):
        raise InvalidInput(
            f"{asset.name} was trained for {run.model}: with another model it is another one.",
            hint="leave out --model",
        )
    context = TrainingContext(here.library, here.registry, here.settings, listen, should_stop)
    with tempfile.TemporaryDirectory(prefix="audobon-") as folder:
        trained = train(run, RunFolder(Path(folder)), context)
    now = {"audobon": __version__, **trained.facts["libraries"]}
    before = asset.derivation.libraries
    changes = tuple(
        RecipeChange("library", name, before.get(name, ""), now.get(name, ""))
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    )
    stored = here.library.blobs.read(asset.blob)
    return in_order(trained.data) == in_order(stored), changes
