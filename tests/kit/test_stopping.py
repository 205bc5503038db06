"""A signal that comes at the worst moment."""

import signal
import subprocess
import sys

import pytest

AT_THE_WORST_MOMENT = """
import signal
from kit.stopping import told_to_stop

stop = told_to_stop()
with stop._cond:
    for _ in range(100_000):
        signal.raise_signal(signal.{word})
print(stop.wait(30), flush=True)
"""


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_told_while_the_waiting_thread_holds_the_events_lock(word: signal.Signals) -> None:
    """The main thread is inside `wait`, its lock held, when the signal comes: setting the event there would hang."""
    program = AT_THE_WORST_MOMENT.format(word=word.name)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "True\n"
