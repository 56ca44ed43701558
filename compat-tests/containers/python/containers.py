"""Starts the image as a test would, by each module of Testcontainers for Python."""

import sys
import time

from confluent_kafka import Consumer, Producer
from testcontainers.community.kafka import KafkaContainer, RedpandaContainer


def produce_and_consume(bootstrap_servers):
    producer = Producer({"bootstrap.servers": bootstrap_servers})
    producer.produce("orders", "value")
    producer.flush(30)
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "billing",
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe(["orders"])
    try:
        for _ in range(300):
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                return message.value().decode()
    finally:
        consumer.close()
    raise RuntimeError("no record came")


image, module = sys.argv[1:]
containers = {
    "KafkaContainer": lambda: KafkaContainer(image),
    "KafkaContainer, KRaft": lambda: KafkaContainer(image).with_kraft(),
    "RedpandaContainer": lambda: RedpandaContainer(image),
}
begin = time.monotonic()
with containers[module]() as container:
    print(f"started in {round(1000 * (time.monotonic() - begin))} ms")
    print("got", produce_and_consume(container.get_bootstrap_server()))
