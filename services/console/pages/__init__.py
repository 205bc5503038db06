"""The pages, a file a duty: each has a `router`."""

from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def discovered() -> list[APIRouter]:
    """The routers of all files in this folder, by name."""
    names = sorted(module.name for module in iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").router for name in names]
