"""What differs between two recipes of one picture: why it may come out otherwise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from audobon_cli.domain.recipe import Recipe

CHOICE = "best of "
"""Begins an operation of recipes that says how the picture was chosen, not how it was drawn."""


@dataclass(frozen=True, slots=True)
class RecipeChange:
    """One cause. ``kind`` is model, library, device, scheduler, part, input or setting; ``name`` says which
    (a library, an adapter, a field of the recipe); ``before`` and ``after`` are "" for what is not there."""

    kind: str
    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.before or 'none'} -> {self.after or 'none'}"


_FIELDS = {
    "engine": "setting",
    "runtime": "setting",
    "model_digest": "model",
    "scheduler": "scheduler",
    "scheduler_name": "scheduler",
    "device": "device",
    "dtype": "device",
    "strategy": "device",
}
"""Plain fields that decide on the pixels, besides those that a request is made of."""

_DIGEST_LENGTH = 12


def recipe_changes(before: Recipe, after: Recipe) -> tuple[RecipeChange, ...]:
    """What of the things that decide on the pixels is other in ``after``; words, sizes and steps come first."""
    return tuple(_changes(before, after))


def _changes(before: Recipe, after: Recipe) -> Iterator[RecipeChange]:
    for name in ("resolved_prompt", "resolved_negative", "steps", "guidance", "seed"):
        yield from _compared("setting", name, getattr(before, name), getattr(after, name))
    for name in ("render_width", "render_height", "width", "height"):
        yield from _compared("setting", name, getattr(before, name), getattr(after, name))
    for name, kind in _FIELDS.items():
        yield from _compared(kind, name, getattr(before, name), getattr(after, name))
    yield from _compared("setting", "operations", _drawn(before), _drawn(after))
    for name in sorted(before.libraries.keys() | after.libraries.keys()):
        yield from _compared("library", name, before.libraries.get(name, ""), after.libraries.get(name, ""))
    for name in sorted(before.components.keys() | after.components.keys()):
        digests = (recipe.components.get(name, {}).get("digest", "") for recipe in (before, after))
        yield from _compared("part", name, *digests)
    yield from _nested("part", before.adapters, after.adapters)
    yield from _nested("input", before.inputs, after.inputs)


def _drawn(recipe: Recipe) -> str:
    return ", ".join(operation for operation in recipe.operations if not operation.startswith(CHOICE))


def _nested(kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[RecipeChange]:
    for name in sorted(before.keys() | after.keys()):
        yield from _compared(kind, name, before.get(name, ""), after.get(name, ""))


def _compared(kind: str, name: str, before: object, after: object) -> Iterator[RecipeChange]:
    if before != after:
        yield RecipeChange(kind, name, _shown(name, before), _shown(name, after))


def _shown(name: str, value: object) -> str:
    text = str(value)
    return text[:_DIGEST_LENGTH] if name.endswith("digest") else text
