"""A derivation: which operation made an asset of which others, so that it can be made again."""

import json
from dataclasses import dataclass, field
from typing import Any

from audobon_cli.domain.ids import AssetId, BlobId, RecipeDigest
from audobon_cli.domain.serialization import canonical_json

DERIVATION_SCHEMA = "audobon-derivation/1"

TRAINED = "train-lora"
TRAINED_EMBEDDING = "train-embedding"
TRAININGS = frozenset({TRAINED, TRAINED_EMBEDDING})
"""The operations of what was trained: not run again with its pictures, but by `audobon reproduce` alone."""


@dataclass(frozen=True, slots=True)
class Parent:
    """An asset that something was made of, and the bytes it had then."""

    asset: AssetId
    blob: BlobId


@dataclass(frozen=True, slots=True)
class Derivation:
    """The operation, its parameters (JSON-ready, all of them, defaults too), and its parents in order.

    Nothing in it varies between identical runs. ``libraries`` maps package names to the versions that
    the result depends on.
    """

    operation: str
    parameters: dict[str, Any]
    parents: tuple[Parent, ...]
    libraries: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """All fields and the schema, JSON-ready."""
        return {
            "schema": DERIVATION_SCHEMA,
            "operation": self.operation,
            "parameters": self.parameters,
            "parents": [{"asset": parent.asset, "blob": parent.blob} for parent in self.parents],
            "libraries": self.libraries,
        }

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no spaces, non-ASCII kept."""
        return canonical_json(self.to_dict())

    @property
    def digest(self) -> RecipeDigest:
        """SHA-256 of the canonical JSON."""
        import hashlib

        return RecipeDigest(hashlib.sha256(self.to_json().encode()).hexdigest())


def derivation_from_json(text: str) -> Derivation:
    """The derivation that ``to_json`` wrote. Raises ValueError if ``text`` is not one of this schema."""
    data: Any = json.loads(text)
    if not isinstance(data, dict) or data.pop("schema", None) != DERIVATION_SCHEMA:
        raise ValueError(f"not a derivation of schema {DERIVATION_SCHEMA}")
    try:
        parents = tuple(Parent(AssetId(one["asset"]), BlobId(one["blob"])) for one in data.pop("parents"))
        return Derivation(**data, parents=parents)
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a derivation of schema {DERIVATION_SCHEMA}: {error}") from error
