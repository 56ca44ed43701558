"""The cases on stdin, several at once, and what came of them on stdout: see client.ts."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 8


def answer_all(attempt):
    """`attempt` takes a case, and gives why it failed, or None."""

    def answer(line):
        case = json.loads(line)
        return json.dumps({"name": case["name"], "error": attempt(case)})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for told in pool.map(answer, sys.stdin):
            print(told, flush=True)
