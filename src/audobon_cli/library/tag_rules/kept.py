"""The rules that a library keeps, and what was said of those that it does not keep any more."""

from collections.abc import Iterable

from audobon_cli.domain.errors import AssetAmbiguous, AssetNotFound, InvalidInput, QueryInvalid
from audobon_cli.library.organize import clean_tags
from audobon_cli.library.saved_searches import expand
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.search.query import parse_query
from audobon_cli.library.store.tag_rules.rows import kept_rules, said_rules, say
from audobon_cli.library.store.tag_rules.rule import TagRule, in_order
from audobon_cli.storage.transaction import Transaction

MOST_RULES = 200
MOST_QUERY = 2_000
LEAST_LETTERS = 4
"""Of an id that names a rule."""


def list_rules(library: Library) -> tuple[TagRule, ...]:
    """The rules, in the order in which they run."""
    with library.database.read() as statements:
        return kept_rules(statements)


def add_rule(library: Library, query: str, tag: str, takes: bool) -> tuple[TagRule, bool]:
    """Keep a rule; it, and whether it is new. Saved searches in it stand for what they mean now.

    Raises QueryInvalid, InvalidInput for what is no tag, an empty query, too many rules and for a circle.
    """
    text = " ".join(expand(library, query).split())
    if not text or len(text) > MOST_QUERY:
        raise InvalidInput(
            f"A rule's query has 1 to {MOST_QUERY} characters.",
            hint="write it as for `audobon assets search`",
        )
    parse_query(text)
    (cleaned,) = clean_tags([tag])
    rule = TagRule(cleaned, text, takes)
    with library.database.transaction() as statements:
        kept = set(kept_rules(statements))
        if len(kept | {rule}) > MOST_RULES:
            raise InvalidInput(
                f"A library has at most {MOST_RULES} rules.", hint="`audobon assets rules remove` makes room"
            )
        in_order(kept | {rule})
        say(statements, rule, kept=True)
    return rule, rule not in kept


def remove_rule(library: Library, reference: str) -> TagRule:
    """Keep a rule no longer; tags that it gave stay. Raises AssetNotFound and AssetAmbiguous for its id."""
    with library.database.transaction() as statements:
        wanted = reference.lower()
        found = [rule for rule in kept_rules(statements) if rule.id.startswith(wanted)]
        if len(wanted) < LEAST_LETTERS or not found:
            raise AssetNotFound(
                f"No rule is called {reference!r}.",
                hint="`audobon assets rules list` shows them",
                reference=reference,
            )
        if len(found) > 1:
            raise AssetAmbiguous(
                f"{len(found)} rules begin with {reference!r}.",
                hint="write more of the id",
                candidates=[rule.summary() for rule in found],
            )
        say(statements, found[0], kept=False)
    return found[0]


def take_rules(
    statements: Transaction, rules: Iterable[TagRule]
) -> tuple[tuple[TagRule, ...], tuple[TagRule, ...]]:
    """Keep those of ``rules`` of which nothing was said here: those taken, and those that make no sense here, or would
    make a circle."""
    said = said_rules(statements)
    kept = {rule for rule, is_kept in said.items() if is_kept}
    taken: list[TagRule] = []
    refused: list[TagRule] = []
    for rule in sorted(set(rules) - set(said)):
        try:
            (tag,) = clean_tags([rule.tag])
            parse_query(rule.query)
            in_order(kept | {rule})
        except (InvalidInput, QueryInvalid):
            tag = ""
        if tag != rule.tag:
            refused.append(rule)
            continue
        say(statements, rule, kept=True)
        kept.add(rule)
        taken.append(rule)
    return tuple(taken), tuple(refused)
