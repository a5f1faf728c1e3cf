"""How places are written: a folder's path, ``gs://bucket/prefix`` or ``s3://bucket/prefix``."""

import re

from audobon_cli.domain.errors import InvalidInput

GCS = "gs://"
S3 = "s3://"
CLOUD = (GCS, S3)
"""How addresses of places on the network begin."""
KINDS = "a folder, gs://BUCKET/FOLDER or s3://BUCKET/FOLDER"
"""For hints."""
# https://cloud.google.com/storage/docs/buckets#naming; names of S3's buckets are among these.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")


def bucket_and_prefix(address: str, scheme: str) -> tuple[str, str]:
    """The parts of an address of a bucket. Raises InvalidInput."""
    bucket, _, prefix = address.removeprefix(scheme).partition("/")
    if _BUCKET.fullmatch(bucket) is None or prefix.startswith("/") or "//" in prefix:
        raise InvalidInput(
            f"{address} names no bucket that there could be.",
            hint=f"write {scheme}BUCKET/FOLDER",
            address=address,
        )
    return bucket, prefix.strip("/")
