"""Being told to stop, without a lock in the handler.

A handler runs in the main thread between any two of its steps: also while that thread holds the very lock inside an
event that `Event.set` wants, and then neither ever goes on. So the handler only writes a byte, and a thread that reads
it sets the event.
"""

import os
import signal
import threading

WORDS = (signal.SIGTERM, signal.SIGINT)


def told_to_stop() -> threading.Event:
    """An event that is set once this process gets SIGTERM or SIGINT. To be called in the main thread."""
    stop = threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def wait() -> None:
        os.read(reader, 1)
        stop.set()

    threading.Thread(target=wait, name="told-to-stop", daemon=True).start()
    for word in WORDS:
        signal.signal(word, lambda *_: _tell(writer))
    return stop


def _tell(writer: int) -> None:
    try:
        os.write(writer, b".")
    except BlockingIOError:
        return  # told already, thousands of times
