"""What a bucket's owner has set, as far as backups care: retention, soft delete, class, lifecycle."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audobon_cli.stores.remotes.gcs_connection import Answered, GcsConnection

FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """Days are 0 where there is no such rule. ``lifecycle_rules`` counts the rules that the bucket has."""

    location: str
    location_kind: str
    storage_class: str
    soft_delete_days: float
    retention_days: float
    retention_is_locked: bool
    keeps_versions: bool
    is_public: bool
    kms_key: str
    requester_pays: bool
    lifecycle_rules: int


def read_facts(connection: GcsConnection) -> BucketFacts | None:
    """The bucket's settings; None if the account may not see them (storage.buckets.get), which backups can
    do without. Raises what a Remote raises, and Passing."""
    bucket = connection.ask(lambda: connection.bucket)
    try:
        connection.ask(lambda: bucket.reload(timeout=connection.timeout, retry=None))
    except Answered as answered:
        if answered.refusal.status == FORBIDDEN:
            return None
        raise connection.explain(answered) from answered
    soft_delete = bucket.soft_delete_policy.retention_duration_seconds if bucket.soft_delete_policy else 0
    configuration = bucket.iam_configuration
    return BucketFacts(
        location=str(bucket.location or ""),
        location_kind=str(bucket.location_type or ""),
        storage_class=str(bucket.storage_class or ""),
        soft_delete_days=int(soft_delete or 0) / 86_400,
        retention_days=int(bucket.retention_period or 0) / 86_400,
        retention_is_locked=bool(bucket.retention_policy_locked),
        keeps_versions=bool(bucket.versioning_enabled),
        is_public=configuration.public_access_prevention != "enforced"
        and not configuration.uniform_bucket_level_access_enabled,
        kms_key=str(bucket.default_kms_key_name or ""),
        requester_pays=bool(bucket.requester_pays),
        lifecycle_rules=len(list(bucket.lifecycle_rules)),
    )


def keeping_until(blob: Any | None) -> datetime | None:
    """When the last rule that keeps an object ends; None for holds, which end when they are taken off."""
    if blob is None:
        return None
    times = [blob.retention_expiration_time, blob.retention.retain_until_time]
    return max((time for time in times if isinstance(time, datetime)), default=None)
