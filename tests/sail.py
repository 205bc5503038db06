"""A Spark that needs no Java: pysail speaks Spark's protocol in this process."""

from collections.abc import Iterator

import pytest
from pysail.spark import SparkConnectServer


@pytest.fixture(scope="module")
def sail() -> Iterator[str]:
    """The master of a server of this module's own."""
    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    yield f"sc://127.0.0.1:{port}"
    server.stop()
