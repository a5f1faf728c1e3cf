"""Running the rules within a transaction."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import AssetAmbiguous, AssetNotFound, QueryInvalid
from audobon_cli.domain.ids import AssetId
from audobon_cli.library.store import sql as sql
from audobon_cli.library.store.rows import from_row
from audobon_cli.library.store.search.picking import search
from audobon_cli.library.store.search.query import parse_query
from audobon_cli.library.store.tag_rules.rows import kept_rules
from audobon_cli.library.store.tag_rules.rule import TagRule
from audobon_cli.library.store.writer import AssetChanges
from audobon_cli.storage.transaction import Transaction

_TAGS = "SELECT number, name FROM tags"
_TAGGED = "SELECT asset FROM asset_tags WHERE tag = ?"
_TAGGED_AMONG = (
    "SELECT a.asset FROM json_each(?) j CROSS JOIN asset_tags a ON a.asset = j.value WHERE a.tag = ?"
)

Resolve = Callable[[str], AssetId]


@dataclass(frozen=True, slots=True)
class RuledAsset:
    """An asset whose tags rules changed."""

    before: Asset
    after: Asset

    @property
    def does(self) -> tuple[str, ...]:
        """The tags that it got and lost, with signs."""
        got = [f"+{tag}" for tag in self.after.tags if tag not in self.before.tags]
        return (*got, *(f"-{tag}" for tag in self.before.tags if tag not in self.after.tags))


@dataclass(frozen=True, slots=True)
class RuleRun:
    """What the rules changed. ``counts`` has by id of a rule how many assets it gave its tag or took it from;
    ``broken`` rules ask for an asset that is not there."""

    assets: tuple[RuledAsset, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    broken: tuple[tuple[TagRule, str], ...] = ()


def apply_rules(statements: Transaction, resolve: Resolve, assets: Sequence[str] | None) -> RuleRun:
    """Run all rules over the living ones of ``assets`` (None: all that there are). Raises LibraryCorrupt."""
    among = None if assets is None else _numbers(statements, assets)
    before: dict[int, Asset] = {}
    after: dict[int, Asset] = {}
    counts: Counter[str] = Counter()
    broken: list[tuple[TagRule, str]] = []
    for rule in kept_rules(statements):
        try:
            hits = set(search(statements, parse_query(rule.query), resolve, None, None, among).all())
        except (AssetNotFound, AssetAmbiguous, QueryInvalid) as error:
            broken.append((rule, error.message))
            continue
        tagged = _tagged(statements, rule.tag, hits if among is not None else None)
        changes = AssetChanges(statements)
        for number in sorted(hits & tagged if rule.takes else hits - tagged):
            row = statements.row(sql.BY_NUMBER, number)
            assert row is not None, "the index names living assets only"
            asset = from_row(row)
            before.setdefault(number, asset)
            after[number] = _changed(asset, rule)
            changes.update(after[number])
            counts[rule.id] += 1
        changes.finish()  # the next rule may ask for what this one gave
    pairs = (RuledAsset(before[number], after[number]) for number in sorted(before))
    changed = tuple(one for one in pairs if one.before.tags != one.after.tags)
    return RuleRun(changed, dict(counts), tuple(broken))


def _changed(asset: Asset, rule: TagRule) -> Asset:
    others = tuple(tag for tag in asset.tags if tag.casefold() != rule.tag.casefold())
    return replace(asset, tags=others if rule.takes else (*others, rule.tag))


def _tagged(statements: Transaction, tag: str, among: Collection[int] | None) -> set[int]:
    """The assets that have ``tag``, whatever its case."""
    found: set[int] = set()
    for number, name in statements.rows(_TAGS):
        if name.casefold() == tag.casefold():
            if among is None:
                rows = statements.rows(_TAGGED, number)
            else:
                rows = statements.rows(_TAGGED_AMONG, json.dumps(sorted(among)), number)
            found.update(row[0] for row in rows)
    return found


def _numbers(statements: Transaction, assets: Sequence[str]) -> frozenset[int]:
    rows = (statements.row(sql.NUMBER, asset) for asset in assets)
    return frozenset(row[0] for row in rows if row is not None)
