"""Values that a TAB offers: assets, models, styles, cards, branches, repositories; from files and from SQLite.

Nothing here waits, writes or fails: what cannot be read offers nothing.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from audobon_cli.cli.grammar.descriptions import shipped_values

if TYPE_CHECKING:
    from audobon_cli.workspace import Workspace

MOST = 60
"""As many candidates are offered at most; the newest assets, or what comes first."""

Candidate = tuple[str, str]
"""A word, and what is said of it."""


class Candidates:
    """What there is here, for a command line that may name a library."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._library_option = _value_of("--library", words)

    @cached_property
    def _workspace(self) -> "Workspace":
        from audobon_cli.workspace import Workspace

        return Workspace(Path.cwd(), os.environ, {"library": self._library_option, "offline": True})

    def of(self, kind: str, beginning: str) -> list[Candidate]:
        """The candidates of a kind (KINDS) that begin so."""
        from audobon_cli.domain.errors import AudobonError

        try:
            found = KINDS[kind](self, beginning)
        except (AudobonError, OSError):
            return []
        unique = dict(found)
        return [
            (word, about)
            for word, about in unique.items()
            if word.startswith(beginning) and word.isprintable()
        ][:MOST]

    def assets(self, beginning: str) -> Iterable[Candidate]:
        """Assets by name; after ``tag:`` tags and after ``in:`` categories."""
        from audobon_cli.library.names import asset_names

        if beginning.startswith("tag:"):
            return [(f"tag:{word}", "tag") for word, _ in self.tags(beginning.removeprefix("tag:"))]
        if beginning.startswith("in:"):
            return [(f"in:{word}", "category") for word, _ in self.categories(beginning.removeprefix("in:"))]
        return asset_names(self._workspace.library_path, beginning, MOST)

    def trashed(self, beginning: str) -> Iterable[Candidate]:
        """Assets in the trash."""
        from audobon_cli.library.names import trashed_names

        return trashed_names(self._workspace.library_path, beginning, MOST)

    def tags(self, beginning: str) -> Iterable[Candidate]:
        """Tags of assets."""
        from audobon_cli.library.names import tag_names

        return [(name, "") for name in tag_names(self._workspace.library_path, beginning, MOST)]

    def categories(self, beginning: str) -> Iterable[Candidate]:
        """Categories of assets."""
        from audobon_cli.library.names import category_names

        return [(name, "") for name in category_names(self._workspace.library_path, beginning, MOST)]

    def branches(self, beginning: str) -> Iterable[Candidate]:
        """Branches of the history."""
        return self._refs("branch")

    def version_tags(self, beginning: str) -> Iterable[Candidate]:
        """Tags of the history."""
        return self._refs("tag")

    def revisions(self, beginning: str) -> Iterable[Candidate]:
        """HEAD, branches and tags of the history."""
        return [("HEAD", ""), *self._refs("branch"), *self._refs("tag")]

    def models(self, beginning: str) -> Iterable[Candidate]:
        """Models that are here."""
        here = sorted(path.stem for path in self._workspace.locations.models.glob("*.json"))
        return [("sprite", "built in"), *((name, "") for name in here)]

    def all_models(self, beginning: str) -> Iterable[Candidate]:
        """Models that are here, and those that can be pulled."""
        return [*self.models(beginning), *((name, "to pull") for name in shipped_values("models"))]

    def repositories(self, beginning: str) -> Iterable[Candidate]:
        """Backup repositories that the settings name."""
        return [(name, one.address) for name, one in self._workspace.destinations.named.items()]

    def preset(self, kind: str, folder: str) -> list[Candidate]:
        """Presets of a kind: those that ship, and one's own."""
        own = sorted(path.stem for path in (self._workspace.locations.presets / folder).glob("*.toml"))
        return [(name, "") for name in (*shipped_values(kind), *own)]

    def _refs(self, kind: str) -> list[Candidate]:
        from audobon_cli.library.names import ref_names

        found = [name.partition("/") for name in ref_names(self._workspace.library_path)]
        return [(name, kind) for beginning, _, name in found if beginning == kind]


def _settings(here: Candidates, beginning: str) -> Iterable[Candidate]:
    from audobon_cli.settings.settings import describe, setting_names

    return [(name, describe(name)) for name in setting_names()]


KINDS: dict[str, Callable[[Candidates, str], Iterable[Candidate]]] = {
    "asset": Candidates.assets,
    "trashed": Candidates.trashed,
    "tag": Candidates.tags,
    "category": Candidates.categories,
    "branch": Candidates.branches,
    "version tag": Candidates.version_tags,
    "revision": Candidates.revisions,
    "model": Candidates.models,
    "any model": Candidates.all_models,
    "repository": Candidates.repositories,
    "quality": lambda here, _: here.preset("qualities", "quality"),
    "style": lambda here, _: [("none", "no style"), *here.preset("styles", "styles")],
    "size": lambda here, _: here.preset("sizes", "sizes"),
    "provider": lambda here, _: [("local", "this machine"), *here.preset("providers", "providers")],
    "remote": lambda here, _: here.preset("providers", "providers"),
    "scheduler": lambda here, _: here.preset("schedulers", "schedulers"),
    "preset": lambda here, _: [
        one for kind in ("qualities", "styles", "sizes", "schedulers") for one in here.preset(kind, kind)
    ],
    "card": lambda here, _: [(name, "") for name in shipped_values("cards")],
    "setting": _settings,
}
"""What can be offered, by kind."""

OPTIONS = {
    "--quality": "quality",
    "--style": "style",
    "--size": "size",
    "--scheduler": "scheduler",
    "--model": "any model",
    "--refiner": "any model",
    "--vae": "any model",
    "--provider": "provider",
    "--fallback": "provider",
    "--gpu": "card",
    "--repo": "repository",
    "--repair-from": "repository",
    "--tag": "tag",
    "--category": "category",
    "--asset": "asset",
    "--init-image": "asset",
    "--mask": "asset",
    "--search": "asset",
}
"""What the value of an option is, by the option's long name."""

ARGUMENTS = {
    "assets restore": "trashed",
    "assets purge": "trashed",
    "version branch": "branch",
    "version switch": "branch",
    "version tag": "version tag",
    "version resolve": "asset",
    "version restore": "asset",
    "models verify": "model",
    "models remove": "model",
    "models update": "model",
    "models show": "any model",
    "models pull": "any model",
    "vram plan": "any model",
    "vram profile": "model",
    "presets show": "preset",
    "backup sync": "repository",
    "library push": "repository",
    "library pull": "repository",
    "library clone": "repository",
    "config set": "setting",
    "config get": "setting",
    "config unset": "setting",
}
"""What the arguments of a command are, where their name does not say it."""

BY_NAME = {
    "ASSET": "asset",
    "TARGET": "asset",
    "SOURCE": "asset",
    "QUERY": "asset",
    "REVISION": "revision",
    "BEFORE": "revision",
    "AFTER": "revision",
}
"""What an argument is, by its name in the help."""


def _value_of(option: str, words: Sequence[str]) -> str | None:
    for place, word in enumerate(words):
        if word == option and place + 1 < len(words):
            return words[place + 1]
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return None
