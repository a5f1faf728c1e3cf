"""What a bucket's owner has set, as far as backups care: retention, soft delete, class, lifecycle."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audobon_cli.remotes.gcs.connection import Answered, GcsConnection

FORBIDDEN = 403
COLDER_AFTER_DAYS = 30
"""A pack that has been there for so long is likely to stay: prune has had its chance."""


@dataclass(frozen=True, slots=True)
class BucketFacts:
    """Days are 0 where there is no such rule. ``location_kind`` is region, dual-region or multi-region."""

    location: str
    location_kind: str
    storage_class: str
    soft_delete_days: float
    retention_days: float
    retention_is_locked: bool
    keeps_versions: bool
    may_be_public: bool
    kms_key: str
    requester_pays: bool
    lifecycle_rules: int
    project_number: str = ""


def read_facts(connection: GcsConnection) -> BucketFacts | None:
    """The bucket's settings; None if the account may not see them (storage.buckets.get), which backups can do
    without. Raises what a Remote raises, and TransientRemoteError."""
    bucket = _ask_bucket(connection)
    if bucket is None:
        return None
    policy, configuration = bucket.soft_delete_policy, bucket.iam_configuration
    return BucketFacts(
        location=str(bucket.location or ""),
        location_kind=str(bucket.location_type or ""),
        storage_class=str(bucket.storage_class or ""),
        soft_delete_days=int(policy.retention_duration_seconds or 0) / 86_400,
        retention_days=int(bucket.retention_period or 0) / 86_400,
        retention_is_locked=bool(bucket.retention_policy_locked),
        keeps_versions=bool(bucket.versioning_enabled),
        may_be_public=configuration.public_access_prevention != "enforced",
        kms_key=str(bucket.default_kms_key_name or ""),
        requester_pays=bool(bucket.requester_pays),
        lifecycle_rules=len(list(bucket.lifecycle_rules)),
        project_number=str(bucket.project_number or ""),
    )


def lifecycle_rules(prefix: str, storage_class: str) -> list[dict[str, Any]]:
    """Rules that suit a backup under ``prefix`` ("" for the whole bucket), in the JSON API's form.

    Packs get the colder ``storage_class`` after a month, when it is not STANDARD; old versions, in buckets that keep
    them, and parts of uploads that other tools gave up, go. No rule deletes what a backup needs.
    """
    folder = f"{prefix}/" if prefix else ""
    rules: list[dict[str, Any]] = [
        {
            "action": {"type": "Delete"},
            "condition": {"daysSinceNoncurrentTime": 30, "matchesPrefix": [folder] if folder else []},
        },
        {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}},
    ]
    if not folder:
        del rules[0]["condition"]["matchesPrefix"]
    if storage_class not in ("", "STANDARD"):
        rules.append(
            {
                "action": {"type": "SetStorageClass", "storageClass": storage_class},
                "condition": {
                    "age": COLDER_AFTER_DAYS,
                    "matchesPrefix": [f"{folder}packs/"],
                    "matchesStorageClass": ["STANDARD"],
                },
            }
        )
    return rules


def add_lifecycle(connection: GcsConnection, rules: list[dict[str, Any]]) -> int:
    """Add those of ``rules`` that the bucket has not; their number. Its other rules stay as they are.

    Needs storage.buckets.get and .update, which a backup itself needs not. Raises what a Remote raises, and Passing.
    """
    bucket = connection.ask(lambda: connection.bucket)
    try:
        connection.ask(lambda: bucket.reload(timeout=connection.timeout, retry=None))
        there = [dict(rule) for rule in bucket.lifecycle_rules]
        new = [rule for rule in rules if rule not in there]
        if new:
            bucket.lifecycle_rules = [*there, *new]
            connection.ask(
                lambda: bucket.patch(
                    timeout=connection.timeout, retry=None, if_metageneration_match=bucket.metageneration
                )
            )
    except Answered as answered:
        raise connection.explain(answered) from answered
    return len(new)


def keeping_until(blob: Any | None) -> datetime | None:
    """When the last rule that keeps an object ends; None for holds, which end when they are taken off."""
    if blob is None:
        return None
    times = [blob.retention_expiration_time, blob.retention.retain_until_time]
    return max((time for time in times if isinstance(time, datetime)), default=None)


def _ask_bucket(connection: GcsConnection) -> Any | None:
    bucket = connection.ask(lambda: connection.bucket)
    try:
        connection.ask(lambda: bucket.reload(timeout=connection.timeout, retry=None))
    except Answered as answered:
        if answered.refusal.status == FORBIDDEN:
            return None
        raise connection.explain(answered) from answered
    return bucket
