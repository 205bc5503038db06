"""What pages load beside themselves: kept for good under an address that changes with the file, else asked for anew."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from console.app import create_app
from console.assets import FOLDER, address
from console.settings import ConsoleSettings
from kit.crypto import KeyRing
from tests.console.conftest import HERE

TEMPLATES = FOLDER.parent / "templates"
BY_NAME = re.compile(r"static\('([^']+)'\)")


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    """The console without any service behind it."""
    nobody = ConsoleSettings(registry_url="https://registry.test", matcher_url="https://matcher.test", public_url=HERE)
    inside = httpx.ASGITransport(create_app(nobody, KeyRing.ephemeral()))
    async with httpx.AsyncClient(transport=inside, base_url=HERE) as made:
        yield made


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.iterdir()))
async def test_a_file_is_kept_for_good_under_its_own_stamp(browser: httpx.AsyncClient, name: str) -> None:
    told = await browser.get(address(name))
    assert told.status_code == 200
    assert told.content == (FOLDER / name).read_bytes()
    assert told.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789ab", "?v=0123456789ab&v=1", "?w=1"])
async def test_a_file_asked_for_as_another_release_has_it_is_not_kept(browser: httpx.AsyncClient, query: str) -> None:
    told = await browser.get(f"/static/console.css{query}")
    assert told.status_code == 200
    assert told.headers["cache-control"] == "no-cache"
    again = await browser.get(f"/static/console.css{query}", headers={"If-None-Match": told.headers["etag"]})
    assert again.status_code == 304


async def test_what_is_no_file_and_every_page_is_not_kept(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/static/none.css?v=0")).headers["cache-control"] == "no-cache"
    assert (await browser.get("/sign-in")).headers["cache-control"] == "no-store"


def test_every_page_names_files_there_are_and_by_their_stamps_alone() -> None:
    named: set[str] = set()
    for page in TEMPLATES.rglob("*.html"):
        text = page.read_text()
        assert "/static/" not in text, page.name
        named |= set(BY_NAME.findall(text))
    assert named == {file.name for file in FOLDER.iterdir()}, "each is of use, and none is missing"
