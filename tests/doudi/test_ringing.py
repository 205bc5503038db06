"""A change rings the bell the worker listens to; a look, and a call that was refused, do not."""

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from doudi.serve import ringing
from kit.rests import Bell
from tests.asgi import client_of


@pytest.mark.parametrize(
    ("method", "status", "rings"), [("POST", 200, 1), ("PUT", 201, 1), ("GET", 200, 0), ("POST", 422, 0)]
)
def test_what_changes_something_rings(method: str, status: int, rings: int) -> None:
    bell = Bell()
    service = Starlette(routes=[Route("/", lambda _: Response(status_code=status), methods=["GET", "POST", "PUT"])])
    with client_of(ringing(service, bell)) as client:  # type: ignore[arg-type]  # any ASGI application is called alike
        client.request(method, "/")
    assert bell.heard == rings
