"""A pulled CLAP as what judges how well sounds are what words say."""

import warnings
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, cast

import numpy as np

from audobon_cli.domain.model import Model
from audobon_cli.engines.listening.listen import prepared
from audobon_cli.models.catalog import find_model
from audobon_cli.models.registry import ModelRegistry

if TYPE_CHECKING:
    from audobon_cli.engines.listening.networks import LabelChooser

FAMILY = "clap"
"""Of the models that judge, and the name of the one that does where several are here."""


class ClapJudge:
    """Implements engines.synth.search.SoundJudge."""

    def __init__(self, network: "LabelChooser", name: str) -> None:
        self.name = name
        self._network = network

    def likeness(self, samples: np.ndarray, rate: int, words: str) -> float:
        """See SoundJudge."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the libraries to developers
            return self._network.similarity(prepared(samples, rate, self._network.rate), words)


def find_judge(registry: ModelRegistry, device: str = "") -> ClapJudge | None:
    """The judge among what is pulled or added: the model called clap, else the first of its family by name; None
    without any. Loads it on ``device`` ("": the best here), once a process: seconds. Raises as load_listener."""
    names = sorted(one.name for one in registry.manifests.all() if one.family == FAMILY)
    if not names:
        return None
    name = FAMILY if FAMILY in names else names[0]
    return _loaded(find_model(name, registry), device)


@lru_cache(maxsize=1)
def _loaded(model: Model, device: str) -> ClapJudge:
    from audobon_cli.engines.listening.loading import load_listener

    # Loading holds the files against these.
    digest = sha256(repr(sorted(model.digests)).encode()).hexdigest()
    network = cast("LabelChooser", load_listener(model, device or None))
    return ClapJudge(network, f"{model.name} {digest[:16]}")
