"""
Writes the numbers from 0 on to a topic, in transactions, as fast as it is told; broker or no broker.

    python3 feed.py localhost:9092 TOPIC RECORDS KEYS SECONDS

A number's key is the number modulo KEYS. Now and then a transaction is aborted: its values begin
with an `x`. Ends with the line `end`, and how many transactions were committed and aborted.
"""

import sys
import time

from confluent_kafka import KafkaException, Producer
from transactions import TIMEOUT_SECONDS, insist, say

INTERVAL_SECONDS = 0.1
# Each so many transactions, one is aborted, and its records must never be seen.
DOOMED_EACH = 8

bootstrap, topic, *numbers = sys.argv[1:]
records, keys, seconds = map(int, numbers)

producer = Producer(
    {
        "bootstrap.servers": bootstrap,
        "transactional.id": f"feed-{topic}",
        "linger.ms": 1,
        "reconnect.backoff.max.ms": 500,
        # Lost connections are no news here.
        "log_level": 2,
    }
)


def send(chunk, mark):
    producer.begin_transaction()
    for number in chunk:
        producer.produce(topic, f"{mark}{number}", str(number % keys))


def is_committed(chunk):
    try:
        send(chunk, "")
        insist(producer.commit_transaction)
        return True
    except KafkaException as error:
        if not error.args[0].txn_requires_abort():
            raise
        insist(producer.abort_transaction)
        return False


def doom(chunk):
    send(chunk, "x")
    # What is not sent yet would be dropped.
    producer.flush(TIMEOUT_SECONDS)
    insist(producer.abort_transaction)


insist(producer.init_transactions)
size = max(1, int(records * INTERVAL_SECONDS / seconds))
start = time.monotonic()
committed = aborted = 0
for first in range(0, records, size):
    chunk = range(first, min(first + size, records))
    if (committed + aborted) % DOOMED_EACH == 0:
        doom(chunk)
        aborted += 1
    while not is_committed(chunk):
        aborted += 1
    committed += 1
    time.sleep(max(0, start + seconds * (first + size) / records - time.monotonic()))
say("end", committed, aborted)
