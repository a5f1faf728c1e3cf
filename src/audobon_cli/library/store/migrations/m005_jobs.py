"""The queue of jobs, in the same database, so that a result and its job's state are one transaction.

Times are Unix milliseconds. ``turn`` orders the jobs of one priority: see JobStore.add.
"""

NAME = "jobs"

SQL = """
CREATE TABLE jobs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  request TEXT NOT NULL,
  lane TEXT NOT NULL,
  priority INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  pieces INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN
    ('queued', 'blocked', 'running', 'done', 'failed', 'dead', 'cancelled', 'paused')),
  timeout_seconds REAL,
  retries INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  due INTEGER,
  started INTEGER,
  finished INTEGER,
  worker TEXT,
  wanted TEXT NOT NULL DEFAULT '' CHECK (wanted IN ('', 'cancel', 'pause')),
  progress TEXT,
  error TEXT,
  result TEXT,
  late INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX jobs_next ON jobs (state, priority DESC, turn, number);
CREATE INDEX jobs_lane ON jobs (lane, priority, turn) WHERE finished IS NULL;
CREATE INDEX jobs_due ON jobs (due) WHERE state = 'failed';

CREATE TABLE job_needs (
  job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  needs INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  PRIMARY KEY (job, needs)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_needs_of ON job_needs (needs);

CREATE TABLE job_assets (
  job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  asset TEXT NOT NULL,
  PRIMARY KEY (job, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_workers (
  id TEXT NOT NULL PRIMARY KEY,
  pid INTEGER NOT NULL,
  device TEXT NOT NULL,
  engine TEXT NOT NULL,
  started INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  beat REAL NOT NULL,
  memory_bytes INTEGER,
  wanted TEXT NOT NULL DEFAULT '' CHECK (wanted IN ('', 'stop'))
) STRICT, WITHOUT ROWID;

CREATE TABLE queue_state (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
