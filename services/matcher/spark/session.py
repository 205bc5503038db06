"""A session with a Spark cluster whose executors run the very code that runs here.

`sc://HOST:PORT` is a cluster that answers by Spark Connect; every other master (spark://…, yarn, k8s://…, local[2],
local-cluster[2,1,2048]) needs Spark itself in this process and is configured as Spark is: by spark-defaults.conf.
"""

import hashlib
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SERVICES: Final = Path(__file__).resolve().parents[2]
REACHED_SECONDS: Final = 10.0
_PORT: Final = 15002  # Spark Connect's own
_ASKED: Final = 8  # tasks that say which code they run
_RECKONING: Final = ("numpy", "numba", "polars", "pyarrow", "rapidfuzz", "scipy")  # what could reckon otherwise


class SparkUnready(RuntimeError):
    """Spark is not there, cannot be reached, or runs other code than this; the message says what to do."""


@contextmanager
def session(master: str) -> Iterator["SparkSession"]:
    """A session of our own, ended afterwards. Raises SparkUnready, also where Spark gives up in the middle."""
    spark = _opened(master)
    try:
        _same_code(spark)
        yield spark
    except _failures() as error:
        # what it says may show rows: that stays in the logs of Spark
        raise SparkUnready(f"Spark gave up ({type(error).__name__}); its own logs say why") from None
    finally:
        spark.stop()


def _failures() -> tuple[type[Exception], ...]:
    """What Spark raises: its own errors, and those of Java behind them where it runs in this process."""
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra

    if find_spec("py4j") is None:
        return (PySparkException,)
    return (PySparkException, import_module("py4j.protocol").Py4JError)


def _opened(master: str) -> "SparkSession":
    if find_spec("pyspark") is None:
        raise SparkUnready("the engine spark needs the extra of that name: pip install 'doudi[spark]'")
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra

    if master.startswith("sc://"):
        _reached(master)
        return SparkSession.Builder().remote(master).create()
    if find_spec("py4j") is None:
        raise SparkUnready(
            f"master {master}: here is only Spark's client, which reaches sc://HOST:PORT; "
            "other masters need Spark itself: pip install pyspark in an environment of its own"
        )
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("doudi link")
    found = [str(SERVICES), *filter(None, [os.environ.get("PYTHONPATH")])]
    builder = builder.config("spark.executorEnv.PYTHONPATH", os.pathsep.join(found))
    # What Spark writes beside its memory is people's: sealed by keys that end with the session.
    return builder.config("spark.io.encryption.enabled", "true").getOrCreate()


def _reached(master: str) -> None:
    """Ask before the client does: it would try for ten minutes."""
    place = urlsplit(master)
    try:
        with socket.create_connection((place.hostname or "", place.port or _PORT), REACHED_SECONDS):
            pass
    except (OSError, ValueError) as error:
        raise SparkUnready(f"master {master}: nobody answers there ({type(error).__name__})") from None


def _same_code(spark: "SparkSession") -> None:
    """Whether executors have our code as it stands here: another version would give other links without a word."""
    try:
        asked = spark.range(_ASKED).repartition(_ASKED).mapInArrow(fingerprints, "code string")
        told = set(asked.toArrow()["code"].to_pylist())
    except _failures() as error:
        raise SparkUnready(
            f"the executors cannot run Doudi ({type(error).__name__}): install this version and its requirements.lock "
            "into the Python they use (PYSPARK_PYTHON)"
        ) from error
    if told != {fingerprint()}:
        raise SparkUnready("the executors run another version of Doudi or of its libraries: install the one used here")


def fingerprint() -> str:
    """One word for the code that reckons links, and the libraries it reckons with."""
    text = hashlib.sha256()
    for folder in ("china", "matcher/linkage", "matcher/spark"):
        for file in sorted((SERVICES / folder).rglob("*")):  # tables of characters and weights too
            if file.is_file() and "__pycache__" not in file.parts:
                text.update(file.read_bytes())
    text.update(" ".join(f"{name} {version(name)}" for name in _RECKONING).encode())
    return text.hexdigest()


def fingerprints(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The fingerprint of whoever runs this."""
    for _ in batches:
        yield pa.RecordBatch.from_pydict({"code": [fingerprint()]})
