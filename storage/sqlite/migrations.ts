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

  // A row for each partition of a topic. The broker gives it replicas when it opens it.
  `UPDATE rows SET value = json_object(
     'id', value ->> 'id',
     'configs', json(value -> 'configs'),
     'partitions', json((
       SELECT json_group_array(json_object(
         'replicas', json('[]'), 'isr', json('[]'), 'adding', json('[]'), 'removing', json('[]'),
         'leader', -1, 'epochs', json_array(json_object('epoch', epochs.value, 'startOffset', 0))
       ))
       FROM json_each(rows.value, '$.leaderEpochs') AS epochs
     ))
   ) WHERE kind = 'topic'`,

  // __consumer_offsets is one of several topics that tell of rows.
  `UPDATE rows SET kind = 'stateTopic', key = '__consumer_offsets' WHERE kind = 'offsetsTopic'`,
]
