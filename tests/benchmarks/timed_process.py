"""Run a command and say what it took: `timed_process.py REPORT COMMAND …`.

A process of its own, and a small one: a child's peak memory starts from that of the process it was forked from, and the
tests have held whole counties by then.
"""

import json
import os
import sys
import time
from pathlib import Path


def main() -> int:
    """Write REPORT (seconds, cpu, peak_mb of the command and all its children) and answer with the command's code."""
    report, command = Path(sys.argv[1]), sys.argv[2:]
    begun = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - begun
    took = {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
    report.write_text(json.dumps(took), encoding="utf-8")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
