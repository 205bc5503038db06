"""The bare framework: Starlette that answers prepared bytes, whoever asks; `ANSWERS` names a JSON of path → body."""

import json
import os
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_ANSWERS = {path: body.encode() for path, body in json.loads(Path(os.environ["ANSWERS"]).read_text()).items()}


async def _answer(request: Request) -> Response:
    return Response(_ANSWERS[request.url.path], media_type="application/json")


app = Starlette(routes=[Route(path, _answer, methods=["GET", "POST"]) for path in _ANSWERS])
