"""The object ``refs`` of a place: where its branches and tags are, and every commit that is there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from audobon_cli.domain.errors import BackupNewer, InvalidInput
from audobon_cli.domain.foreign.json_fields import (
    as_document,
    hexadecimal,
    read_document,
    text,
    texts,
    whole_number,
)
from audobon_cli.domain.serialization import canonical_json
from audobon_cli.history.model.commits import CommitId
from audobon_cli.history.revisions import check_name
from audobon_cli.library.store.tag_rules.rule import TagRule

KEY = "refs"
RULE_FIELDS = (str, str, bool)
FORMAT = 1


@dataclass(frozen=True, slots=True)
class SharedRefs:
    """What a place has. ``head`` is the branch that a clone begins on, "" before the first push.

    ``log`` are the digests (hex) of lists of commits' ids, oldest first: all that was ever pushed. ``protected`` are
    branches that clones protect, too; ``rules`` are rules that tag.
    """

    branches: Mapping[str, CommitId] = field(default_factory=dict)
    tags: Mapping[str, CommitId] = field(default_factory=dict)
    head: str = ""
    log: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    rules: tuple[TagRule, ...] = ()

    @property
    def tips(self) -> frozenset[CommitId]:
        """The commits that a branch or tag names."""
        return frozenset((*self.branches.values(), *self.tags.values()))


def encode_refs(refs: SharedRefs) -> bytes:
    """Canonical JSON."""
    data: dict[str, Any] = {
        "format": FORMAT,
        "branches": dict(refs.branches),
        "tags": dict(refs.tags),
        "head": refs.head,
        "log": list(refs.log),
    }
    if refs.protected:
        data["protected"] = sorted(refs.protected)
    if refs.rules:
        data["tag_rules"] = [[rule.tag, rule.query, rule.takes] for rule in sorted(refs.rules)]
    return canonical_json(data).encode()


def decode_refs(content: bytes) -> SharedRefs:
    """The inverse. Raises ValueError, and BackupNewer for a format that is not known yet."""
    data = read_document(content)
    if whole_number(data, "format", least=1) > FORMAT:
        raise BackupNewer(
            f"The place has refs of format {data['format']}; this version knows {FORMAT}.",
            hint="use a newer Audobon; nothing was changed",
        )
    log = texts(data, "log")
    for digest in log:
        hexadecimal({"log": digest}, "log")
    branches = _named(data, "branches")
    protected = tuple(sorted(set(texts(data, "protected")) & set(branches))) if "protected" in data else ()
    rules = tuple(map(_rule, data.get("tag_rules", ())))
    return SharedRefs(branches, _named(data, "tags"), text(data, "head"), log, protected, rules)


def _rule(data: object) -> TagRule:
    if (
        not isinstance(data, list)
        or len(data) != len(RULE_FIELDS)
        or not all(isinstance(one, kind) for one, kind in zip(data, RULE_FIELDS, strict=True))
    ):
        raise ValueError("a tag rule is no tag, query and whether it takes")
    return TagRule(
        *data
    )  # whether it makes sense here is for who takes it: a newer version may have written it


def _named(data: dict[str, Any], key: str) -> dict[str, CommitId]:
    found = as_document(data.get(key))
    for name in found:
        try:
            check_name(name, "branch")
        except InvalidInput as error:
            raise ValueError(error.message) from error
    return {name: CommitId(hexadecimal(found, name)) for name in found}
