"""What members of all Python clients share: their arguments, the commands they obey, their lines."""

import sys
import threading
import time

bootstrap, topic, group, protocol, session_ms, heartbeat_ms = sys.argv[1:]
session_ms, heartbeat_ms = int(session_ms), int(heartbeat_ms)

stopped = threading.Event()
resumed = threading.Event()
resumed.set()


def say(*words):
    sys.stdout.write(" ".join(map(str, (time.time_ns() / 1e6, *words))) + "\n")
    sys.stdout.flush()


def obey():
    for line in sys.stdin:
        if line == "pause\n":
            resumed.clear()
        elif line == "resume\n":
            resumed.set()
        else:
            stopped.set()


threading.Thread(target=obey, daemon=True).start()
