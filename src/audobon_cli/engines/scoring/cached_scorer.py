"""Scorers of candidates, each loaded on first use and kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audobon_cli.domain.model import Model
from audobon_cli.engines.base import LoadedScorer
from audobon_cli.engines.registry import create_scorer

Scorer = Callable[[Sequence[Any], str, Model], tuple[float, ...]]
"""How well each of some contents (see engines.base.Rendered) shows a text, for a model that has a scorer."""


@dataclass
class CachedScorer:
    """Scores what models made with the scorer of each. ``create`` makes one."""

    create: Callable[[Model], LoadedScorer] = create_scorer
    _scorers: dict[tuple[Path, Path], LoadedScorer] = field(default_factory=dict)

    def __call__(self, contents: Sequence[Any], text: str, model: Model) -> tuple[float, ...]:
        """How well each of ``contents`` shows ``text``, higher is better; ``model`` must have a scorer.

        Raises ModelDamaged.
        """
        if model.scorer is None:
            raise ValueError(f"the model {model.name} has no scorer")
        key = (model.scorer, model.folder)
        if key not in self._scorers:
            self._scorers[key] = self.create(model)
        return self._scorers[key].scores(contents, text)
