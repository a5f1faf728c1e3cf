"""What a backup would do and cost."""

from dataclasses import dataclass, replace

from audobon_cli.backup.create.cost import estimate_cost
from audobon_cli.backup.create.progress import ByteProgress
from audobon_cli.backup.create.snapshot import snapshot
from audobon_cli.backup.create.upload import Storing
from audobon_cli.backup.extras import Extras
from audobon_cli.backup.repository.dry_run_remote import DiscardingRemote
from audobon_cli.backup.repository.repository import Repository
from audobon_cli.domain.events import Listener, ignore
from audobon_cli.domain.storage_cost import StorageCost, StorageUse
from audobon_cli.library.store.library import Library
from audobon_cli.presets.catalog import shipped_presets
from audobon_cli.presets.storage_prices import read_storage_prices
from audobon_cli.remotes.counting import CountingRemote

PUBLISHING = StorageUse(class_a=8, class_b=4)
"""What making the recovery point visible does at a remote: intent, lists, point, roster."""


@dataclass(frozen=True, slots=True)
class DryRunReport:
    """What a backup would send, and what the repository would hold; ``cost`` only for Cloud Storage."""

    use: StorageUse
    stored_bytes: int
    packs: int
    missing: int
    cost: StorageCost | None


def foresee_backup(
    repository: Repository, library: Library, extras: Extras, listen: Listener = ignore
) -> DryRunReport:
    """Do all that a backup does, but write nothing. Takes as long as one, less the sending."""
    counting = CountingRemote(DiscardingRemote(repository.remote))
    dry = replace(repository, remote=counting)
    catalogue = dry.catalogue()
    held = sum(pack.contents.size_bytes for pack in catalogue.packs.values())
    with snapshot(library, extras) as moment, dry.writer(catalogue) as writer:
        progress = ByteProgress(listen, "looking")
        storing = Storing(moment, dry, writer, progress.add)
        progress.total = storing.missing_bytes() + moment.database_bytes
        parts = storing.run()
        written = writer.written
    use = replace(
        counting.use,
        class_a=counting.use.class_a + PUBLISHING.class_a,
        class_b=counting.use.class_b + PUBLISHING.class_b,
    )
    stored = held + written.stored_bytes
    cost = estimate_cost(repository.remote, stored, use, read_storage_prices(shipped_presets()))
    return DryRunReport(use, stored, written.packs, len(parts.missing), cost)
