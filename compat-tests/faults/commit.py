"""Commits an offset of a partition: bootstrap servers, topic, group, offset."""

import sys

from confluent_kafka import Consumer, KafkaException, TopicPartition

servers, topic, group, offset = sys.argv[1:]
consumer = Consumer(
    {'bootstrap.servers': servers, 'group.id': group, 'client.id': 'librdkafka', 'log_level': 0}
)
place = TopicPartition(topic, 0, int(offset))
consumer.assign([TopicPartition(topic, 0)])
while True:
    try:
        consumer.commit(offsets=[place], asynchronous=False)
        break
    except KafkaException as error:
        # It does not try for ever by itself: an application does.
        print(error, file=sys.stderr, flush=True)
print('committed', flush=True)
consumer.close()
