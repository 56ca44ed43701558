"""
An idempotent producer and a group's consumer of librdkafka, which live on while their broker is
killed and started again.

    python3 crash.py produce localhost:9092 TOPIC
    python3 crash.py consume localhost:9092 TOPIC

What `produce` sends are numbers, from 0 on, to each of two partitions in turn, until a line comes
in; then it waits for what is in flight. It prints a line for each delivery: partition, offset and
number; then `end` and how many were sent. `consume` prints each record in the same way, and commits
now and then; a line ends it as well. A failure of either is a line that begins with `error`.
"""

import sys
import threading
import time

from confluent_kafka import Consumer, KafkaError, Producer

PARTITIONS = 2
WAIT_SECONDS = 60

mode, bootstrap, topic = sys.argv[1:]
ending = threading.Event()


def wait_for_line():
    sys.stdin.readline()
    ending.set()


def say(*words):
    print(*words, flush=True)


def delivered(error, message):
    if error is not None:
        say("error", error)
    else:
        say(message.partition(), message.offset(), message.value().decode())


def produce():
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "linger.ms": 1,
            "reconnect.backoff.max.ms": 200,
            # Lost connections are no news here.
            "log_level": 2,
            "error_cb": lambda error: error.fatal() and say("error", error),
        }
    )
    sent = 0
    while not ending.is_set():
        producer.produce(topic, str(sent).encode(), partition=sent % PARTITIONS, callback=delivered)
        sent += 1
        producer.poll(0)
        time.sleep(0.0005)
    left = producer.flush(WAIT_SECONDS)
    if left > 0:
        say("error", left, "not delivered")
    say("end", sent)


def consume():
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "crash",
            "auto.offset.reset": "earliest",
            "auto.commit.interval.ms": 50,
            "reconnect.backoff.max.ms": 200,
            # Lost connections are no news here.
            "log_level": 2,
        }
    )
    consumer.subscribe([topic])
    while not ending.is_set():
        message = consumer.poll(0.1)
        if message is None:
            continue
        error = message.error()
        if error is None:
            say(message.partition(), message.offset(), message.value().decode())
        elif error.fatal() or error.code() == KafkaError._AUTO_OFFSET_RESET:
            say("error", error)
    consumer.close()
    say("end")


threading.Thread(target=wait_for_line, daemon=True).start()
produce() if mode == "produce" else consume()
