/** "LWst": marks a file as ours, so that somebody else's database is never written to. */
export const APPLICATION_ID = 0x4c577374

export const SCHEMA_VERSION = 1

/**
 * A log entry's rowid is the log's number in the upper half and the entry's in the lower: one table with short
 * keys, where a log's entries lie side by side. `logs.number` is never reused, because the entries of a dropped
 * log are removed only later.
 */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS documents (
  number INTEGER PRIMARY KEY,
  partition TEXT NOT NULL,
  collection TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  v INTEGER NOT NULL,
  expires_at INTEGER,
  places TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (partition, collection, id)
) STRICT;
CREATE INDEX IF NOT EXISTS documents_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS places (
  partition TEXT NOT NULL,
  collection TEXT NOT NULL,
  index_name TEXT NOT NULL,
  group_name TEXT NOT NULL,
  sort REAL NOT NULL,
  id TEXT NOT NULL,
  document INTEGER NOT NULL,
  PRIMARY KEY (partition, collection, index_name, group_name, sort, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS logs (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  partition TEXT NOT NULL,
  name TEXT NOT NULL,
  log_id TEXT NOT NULL,
  v INTEGER NOT NULL,
  expires_at INTEGER,
  UNIQUE (partition, name)
) STRICT;
CREATE INDEX IF NOT EXISTS logs_expiry ON logs (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS log_entries (place INTEGER PRIMARY KEY, data TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS dropped_logs (number INTEGER PRIMARY KEY) STRICT;

CREATE TABLE IF NOT EXISTS counters (
  partition TEXT NOT NULL,
  name TEXT NOT NULL,
  value REAL NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (partition, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counters_expiry ON counters (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS leases (
  partition TEXT NOT NULL,
  name TEXT NOT NULL,
  holder TEXT NOT NULL,
  token INTEGER NOT NULL,
  lapses_at INTEGER NOT NULL,
  released INTEGER NOT NULL,
  PRIMARY KEY (partition, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS leases_lapse ON leases (lapses_at);
CREATE TABLE IF NOT EXISTS lease_tokens (only INTEGER PRIMARY KEY CHECK (only = 1), newest INTEGER NOT NULL) STRICT;
INSERT OR IGNORE INTO lease_tokens VALUES (1, 0);

CREATE TABLE IF NOT EXISTS operations (
  sequence INTEGER PRIMARY KEY,
  partition TEXT NOT NULL,
  operation_id TEXT NOT NULL,
  applied_at INTEGER NOT NULL,
  writer INTEGER NOT NULL,
  answer TEXT NOT NULL,
  topics TEXT,
  UNIQUE (partition, operation_id)
) STRICT;

PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`
