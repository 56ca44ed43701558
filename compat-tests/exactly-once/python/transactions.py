"""What programs on librdkafka's transactional producer share."""

import sys
import threading

from confluent_kafka import KafkaException

# Of one attempt: while the broker is away, there are several.
TIMEOUT_SECONDS = 20

stopped = threading.Event()


def say(*words):
    sys.stdout.write(" ".join(map(str, words)).replace("\n", " ") + "\n")
    sys.stdout.flush()


def insist(call, *arguments):
    """Until it is done, or cannot be."""
    while True:
        try:
            return call(*arguments, TIMEOUT_SECONDS)
        except KafkaException as error:
            if not error.args[0].retriable():
                raise


def wait_for_line():
    sys.stdin.readline()
    stopped.set()


threading.Thread(target=wait_for_line, daemon=True).start()
