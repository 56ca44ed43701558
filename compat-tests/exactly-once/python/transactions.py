"""What programs on librdkafka's transactional producer share."""

import faulthandler
import sys
import threading

from confluent_kafka import KafkaException

# Of one attempt: while the broker is away, there are several.
TIMEOUT_SECONDS = 6
# Then one is not coming back: send_offsets_to_transaction waits for ever, whatever its timeout, if
# the coordinators were away between its two requests (2.16.1).
HUNG_SECONDS = 10

stopped = threading.Event()


def say(*words):
    sys.stdout.write(" ".join(map(str, words)).replace("\n", " ") + "\n")
    sys.stdout.flush()


def insist(call, *arguments):
    """Until it is done, or cannot be."""
    while True:
        faulthandler.dump_traceback_later(HUNG_SECONDS, exit=True)
        try:
            return call(*arguments, TIMEOUT_SECONDS)
        except KafkaException as error:
            if not error.args[0].retriable():
                raise
        finally:
            faulthandler.cancel_dump_traceback_later()


def wait_for_line():
    sys.stdin.readline()
    stopped.set()


threading.Thread(target=wait_for_line, daemon=True).start()
