"""What a backup at a remote would cost, before it is made."""

from audobon_cli.domain.storage_cost import StorageCost, StoragePrice, StorageUse, storage_cost
from audobon_cli.presets.storage_prices import price_for
from audobon_cli.remotes.base import Remote
from audobon_cli.remotes.open import bucket_facts, chosen_storage_class


def estimate_cost(
    remote: Remote, stored_bytes: int, use: StorageUse, prices: tuple[StoragePrice, ...]
) -> StorageCost | None:
    """The cost of ``use`` there, and of keeping ``stored_bytes``; None where nothing is paid for, as in a folder.

    Asks the bucket for its location and class; where the account may not see them, the dearer price is taken.
    Raises what a Remote raises.
    """
    wanted = chosen_storage_class(remote)
    if wanted is None:
        return None
    facts = bucket_facts(remote)
    storage_class = wanted or (facts.storage_class if facts else "")
    return storage_cost(
        stored_bytes, use, price_for(prices, storage_class, facts.location_kind if facts else "")
    )
