"""Running the rules over what is there."""

from collections.abc import Sequence

from audobon_cli.domain.asset import Asset
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.tag_rules.apply import RuleRun as RuleRun
from audobon_cli.library.store.tag_rules.apply import apply_rules
from audobon_cli.library.store.undo_steps import UndoRecorder


def run_rules(library: Library, assets: Sequence[Asset] | None = None, dry_run: bool = False) -> RuleRun:
    """Run all rules over ``assets`` (None: all that there are) in one transaction, as one step of `audobon undo`.

    A ``dry_run`` does so in a copy of the database that is thrown away. Raises what Library.change raises.
    """
    if dry_run:
        library.work_on_copy()
    try:
        with library.database.transaction() as statements:
            among = None if assets is None else [asset.id for asset in assets]
            done = apply_rules(statements, lambda reference: library.assets.resolve(reference).id, among)
            undo = UndoRecorder("rules run")
            for one in done.assets:
                undo.updated(one.before, one.after)
            undo.write(statements)
            if library.witness is not None and done.assets:
                library.witness.record(statements, {"changed": [one.after.id for one in done.assets]})
    finally:
        if dry_run:
            library.close()
    if library.witness is not None and not dry_run:
        library.witness.keep()
    return done
