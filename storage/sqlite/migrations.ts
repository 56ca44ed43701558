/**
 * The schema, as the steps that lead to it; a file's version (`user_version`) is the number of
 * steps it has taken. A step that was released is never changed: what comes later is a new one.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE rows (
     kind TEXT NOT NULL,
     key TEXT NOT NULL,
     value TEXT NOT NULL,
     PRIMARY KEY (kind, key)
   ) STRICT`,
]
