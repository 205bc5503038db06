"""Work on many rows shared among threads, a chunk at a time: what is compiled lets the others run."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Part = TypeVar("Part")
WORKERS: Final = 2
CHUNK: Final = 2048  # rows one thread takes at a time


def in_chunks(asking: NDArray[np.int64], work: Callable[[NDArray[np.int64]], Part]) -> list[Part]:
    """What `work` gives for each chunk of the rows, in order; several threads share them."""
    parts = [asking[start : start + CHUNK] for start in range(0, len(asking), CHUNK)]
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, parts))
