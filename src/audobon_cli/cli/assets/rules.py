"""Tag assets by query, when they are added and on demand."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from audobon_cli.cli.assets.options import QUERY_HELP, DryRun
from audobon_cli.cli.options import command
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import InvalidInput
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.library.tag_rules.run import RuleRun

GROUP = ("add", "list", "remove", "run")

RULES = (Column("id"), Column("tag", Kind.NAME), Column("query", Kind.NAME))
RULED = (Column("id"), Column("name", Kind.NAME), Column("tags", Kind.NAME))


@command(
    "add",
    examples=[
        "audobon assets rules add size:64x64 --tag icon",
        'audobon assets rules add "kind:sound length:<1" --tag effect',
        "audobon assets rules add rating:>=4 --untag wip",
    ],
)
def add(
    session: Session,
    query: Annotated[list[str], typer.Argument(help="What the rule is about, as for `assets search`.")],
    tag: Annotated[str | None, typer.Option("--tag", "-t", help="The tag that it gives.")] = None,
    untag: Annotated[
        str | None, typer.Option("--untag", metavar="TAG", help="The tag that it takes.")
    ] = None,
) -> None:
    """Add a rule: what a query finds gets a tag, or loses it.

    From now on it is applied to whatever is added to the library; `rules run` applies it to what is there. Rules may
    build on each other's tags, but not in a circle.
    """
    from audobon_cli.library.tag_rules.kept import add_rule

    if (tag is None) == (untag is None):
        raise InvalidInput("A rule gives one tag or takes one.", hint="give --tag TAG or --untag TAG")
    rule, is_new = add_rule(session.workspace.library, " ".join(query), tag or untag or "", untag is not None)
    session.out.result({"rule": rule.summary(), "new": is_new}, lambda: session.out.line(rule.id))
    session.out.note("Added; `audobon assets rules run --dry-run` shows what it does to what is there.")


@command("list", examples=["audobon assets rules list", "audobon assets rules list --json"])
def list_(session: Session) -> None:
    """List the rules, in the order in which they run."""
    from audobon_cli.library.tag_rules.kept import list_rules

    found = list_rules(session.workspace.library)
    rows = [(rule.id, rule.does, rule.query) for rule in found]
    session.out.listing(
        {"rules": [rule.summary() for rule in found]}, view=lambda: session.out.table(RULES, rows)
    )
    if not found:
        session.out.note("There are no rules; `audobon assets rules add QUERY --tag TAG` adds one.")


@command("remove", examples=["audobon assets rules remove 713cbd7a"])
def remove(
    session: Session, rule: Annotated[str, typer.Argument(help="A rule's id, or its first characters.")]
) -> None:
    """Remove a rule; tags that it gave stay."""
    from audobon_cli.library.tag_rules.kept import remove_rule

    gone = remove_rule(session.workspace.library, rule)
    session.out.result({"rule": gone.summary()}, lambda: None)
    session.out.note(f"Removed {gone.id}: {gone.does} for {gone.query!r}.")


@command(
    "run",
    examples=[
        "audobon assets rules run --dry-run",
        "audobon assets rules run",
        "audobon assets rules run made:7d",
    ],
)
def run(
    session: Session,
    assets: Annotated[list[str] | None, typer.Argument(help=f"{QUERY_HELP} Default: all.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Apply all rules to what is in the library.

    `audobon undo` takes it back.
    """
    from audobon_cli.library.select import select_assets
    from audobon_cli.library.tag_rules.run import run_rules

    library = session.workspace.library
    chosen = None if assets is None else select_assets(library, assets)
    done = run_rules(library, chosen, dry_run)
    rows = [(one.after.id, one.after.name, " ".join(one.does)) for one in done.assets]
    session.out.result(_data(done, dry_run), view=lambda: session.out.table(RULED, rows))
    would = "would change" if dry_run else "changed"
    session.out.note(f"{plural(len(done.assets), 'asset')} {would}.")
    for rule, why in done.broken:
        session.out.warn(f"The rule {rule.id} ({rule.query}) finds nothing: {why}")


def _data(done: "RuleRun", dry_run: bool) -> dict[str, Any]:
    return {
        "assets": [
            {
                "id": one.after.id,
                "name": one.after.name,
                "tags": list(one.after.tags),
                "changes": list(one.does),
            }
            for one in done.assets
        ],
        "counts": done.counts,
        "broken": [{**rule.summary(), "why": why} for rule, why in done.broken],
        "dry_run": dry_run,
    }
