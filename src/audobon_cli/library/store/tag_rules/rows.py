"""The rules as rows."""

from audobon_cli.library.store.tag_rules.rule import TagRule, in_order
from audobon_cli.storage.transaction import Transaction

_ALL = "SELECT tag, query, takes, kept FROM tag_rules ORDER BY tag, query, takes"
_SAY = "INSERT OR REPLACE INTO tag_rules (tag, query, takes, kept) VALUES (?, ?, ?, ?)"


def said_rules(statements: Transaction) -> dict[TagRule, bool]:
    """Every rule of which something was said here, and whether it is kept: not, if it was removed."""
    return {TagRule(tag, query, bool(takes)): bool(kept) for tag, query, takes, kept in statements.rows(_ALL)}


def kept_rules(statements: Transaction) -> tuple[TagRule, ...]:
    """The rules, in the order in which they run."""
    return in_order(rule for rule, kept in said_rules(statements).items() if kept)


def say(statements: Transaction, rule: TagRule, kept: bool) -> None:
    """Note that a rule is kept, or was removed."""
    statements.run(_SAY, rule.tag, rule.query, int(rule.takes), int(kept))
