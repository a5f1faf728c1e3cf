"""Where backups lie: one protocol, and an implementation for each kind of place.

``base.py`` is the contract: create, compare-and-swap, ranges, list, delete, over flat keys. One suite
(tests/contracts/test_remote.py) holds it against a folder, Cloud Storage, S3 and memory; docs/backup-gcs.md and
docs/backup-s3.md are for users.

**One place tries again** (``retry.py``): full jitter; Retry-After; a budget of failures in a row without a
new byte, and of time by size. What is below raises ``TransientRemoteError``, which carries the error that it
becomes. Where an upload or download stopped is remembered below, so that the same call goes on.

**Parallel**: whoever transfers has a pool of threads; eight keep a line busy. Beside transfer_manager's
threads (``bench/remotes.py``) that is as fast within the noise and twice as fast as its processes, and keeps
preconditions, resuming and limits, which transfer_manager has not.

**Costs** are bytes and operations (``CountingRemote``, or a plan) times presets/storage_prices.toml.
"""
