"""
Prints the records of a topic from its start on: partition, offset, key and value.

    python3 reader.py localhost:9092 TOPIC read_committed|read_uncommitted follow|once

`once` ends where the topic ends; `follow` goes on until a line comes in.
"""

import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition
from transactions import TIMEOUT_SECONDS, stopped

bootstrap, topic, isolation, extent = sys.argv[1:]

consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": "in none",
        "isolation.level": isolation,
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "enable.partition.eof": extent == "once",
        "fetch.wait.max.ms": 100,
        "reconnect.backoff.max.ms": 500,
        # Lost connections are no news here.
        "log_level": 2,
    }
)
partitions = consumer.list_topics(topic, TIMEOUT_SECONDS).topics[topic].partitions
consumer.assign([TopicPartition(topic, each, OFFSET_BEGINNING) for each in partitions])

left = set(partitions)
while left and not stopped.is_set():
    for message in consumer.consume(1000, 0.1):
        error = message.error()
        if error is None:
            words = message.partition(), message.offset(), message.key(), message.value()
            sys.stdout.write("%d %d %s %s\n" % (*words[:2], words[2].decode(), words[3].decode()))
        elif error.code() == KafkaError._PARTITION_EOF:
            left.discard(message.partition())
        elif error.fatal() or error.code() == KafkaError._AUTO_OFFSET_RESET:
            sys.exit(str(error))
    sys.stdout.flush()
