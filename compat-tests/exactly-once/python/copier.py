"""
Copies a topic to another in transactions with confluent-kafka, which is librdkafka: see copiers.ts
for its arguments and lines. The offsets are fenced by the group's generation (KIP-447).
"""

import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from transactions import TIMEOUT_SECONDS, insist, say, stopped

WAIT_SECONDS = 0.1
MAX_RECORDS = 500
# Each so many transactions, one is aborted, and its records must never be seen.
DOOMED_EACH = 8

bootstrap, source, target, group, transactional_id, session_ms, heartbeat_ms = sys.argv[1:8]

consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "session.timeout.ms": int(session_ms),
        "heartbeat.interval.ms": int(heartbeat_ms),
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 100,
        "reconnect.backoff.max.ms": 500,
        # Lost connections are no news here.
        "log_level": 2,
    }
)
producer = Producer(
    {
        "bootstrap.servers": bootstrap,
        "transactional.id": transactional_id,
        "linger.ms": 1,
        "reconnect.backoff.max.ms": 500,
        "log_level": 2,
    }
)

# Polled, and in no transaction yet.
records = []
# Of the generation that gave the partitions: later offsets are not this member's to commit.
membership = None


def assigned(_, partitions):
    global membership
    membership = consumer.consumer_group_metadata()


def revoked(_, partitions):
    """They may be another's now, who starts where the group stands."""
    records.clear()


def poll():
    """One at a time: so no record comes from before a rebalance and is taken after it."""
    message = consumer.poll(WAIT_SECONDS)
    while message is not None:
        if message.error() is None:
            records.append(message)
        elif message.error().fatal():
            raise KafkaException(message.error())
        message = consumer.poll(0) if len(records) < MAX_RECORDS else None


def attempt(is_doomed):
    for record in records:
        value = b"x" + record.value() if is_doomed else record.value()
        producer.produce(target, value, record.key())
    if is_doomed:
        # What is not sent yet would be dropped.
        producer.flush(TIMEOUT_SECONDS)
        insist(producer.abort_transaction)
        rewind()
        say("aborted", len(records))
        return
    ends = {record.partition(): record.offset() + 1 for record in records}
    offsets = [TopicPartition(source, *end) for end in ends.items()]
    insist(producer.send_offsets_to_transaction, offsets, membership)
    insist(producer.commit_transaction)
    say("committed", len(records))


def rewind():
    """To what is committed."""
    for partition in consumer.committed(consumer.assignment(), TIMEOUT_SECONDS):
        if partition.offset < 0:
            partition.offset = OFFSET_BEGINNING
        consumer.seek(partition)


def copy():
    insist(producer.init_transactions)
    consumer.subscribe([source], on_assign=assigned, on_revoke=revoked)
    transactions = 0
    while not stopped.is_set():
        poll()
        if not records:
            continue
        transactions += 1
        producer.begin_transaction()
        try:
            attempt(is_doomed=transactions % DOOMED_EACH == 0)
        except KafkaException as error:
            if not error.args[0].txn_requires_abort():
                raise
            say("failed", error)
            insist(producer.abort_transaction)
            rewind()
        records.clear()
    consumer.close()


try:
    copy()
except KafkaException as error:
    # Its successor finds out what became of the transaction.
    say("fatal", error)
    sys.exit(1)
say("stopped")
