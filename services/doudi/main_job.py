"""The main job from outside: a county's own exports go in over HTTP, every agency with its own token.

Used by `trial` (a county's files) and `demo` (an invented county); it knows the API and nothing behind it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from china.areas import AreaBook
from doudi.agency import Agency
from doudi.defects import Stop
from doudi.home import Home
from doudi.progress import Steps
from registry.access.store import Grant

FEEDS: Mapping[str, tuple[str, str]] = {  # feed -> (file as agencies name it, agency)
    "disability-cards": ("disability.xlsx", "disabled-persons-federation"),
    "health-illness": ("health.csv", "health"),
    "health-deaths": ("deaths.csv", "health"),
    "rural-monitoring": ("rural.xlsx", "rural-revitalization"),
}
AGENCY_SCOPES = ("feeds:read", "feeds:push", "batches:read")
COUNTY_SCOPES = (
    "registry:read", "registry:write", "areas:write", "imports:write", "coverage:check", "cases:read", "cases:write",
    "batches:read", "feeds:read", "leads:read", "leads:reveal", "links:read", "screens:read", "statistics:read",
    "models:read", "models:change", "reviews:decide", "reviews:oversee",
)  # fmt: skip
IMPORT_WAIT_SECONDS = 600.0


class JobFailed(Stop):
    """A step of the main job ended badly; the text says which and what to do."""


@dataclass(frozen=True)
class Inputs:
    """The files of a county: the civil affairs export, one file per feed, and (optionally) its divisions."""

    registry: Path
    feeds: Mapping[str, Path]
    areas: Path | None = None


@dataclass
class Delivered:
    """What the services said of what came in."""

    county: Agency
    area: str
    names: dict[str, str] = field(default_factory=dict)  # batch or import id -> file name
    registry_import: dict[str, Any] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)  # feed -> last state of its batch
    agencies: dict[str, Agency] = field(default_factory=dict)  # agency -> its client


def deliver(home: Home, inputs: Inputs, area: str, steps: Steps) -> Delivered:
    """Divisions, the registry's export, then every agency's own file; waits until every list is made."""
    grant = Grant("county civil affairs", "civil-affairs", area, COUNTY_SCOPES)
    county = Agency(home.url, *home.add_client(grant), tls=home.tls)
    delivered = Delivered(county, area)
    for owner in dict.fromkeys(FEEDS[feed][1] for feed in inputs.feeds):
        grant = Grant(owner, owner, area, AGENCY_SCOPES)
        delivered.agencies[owner] = Agency(home.url, *home.add_client(grant), tls=home.tls)
    _import_areas(county, inputs, area, steps)
    _take_in(delivered, inputs, steps)
    return delivered


def deliver_again(before: Delivered, inputs: Inputs, steps: Steps) -> Delivered:
    """A later month's files from the same agencies; `names` keeps the earlier deliveries, which leads may rest on."""
    delivered = Delivered(before.county, before.area, dict(before.names), agencies=before.agencies)
    _take_in(delivered, inputs, steps)
    return delivered


def _take_in(delivered: Delivered, inputs: Inputs, steps: Steps) -> None:
    _import_registry(delivered, inputs.registry, steps)
    _push_feeds(delivered, inputs.feeds, steps)


def _import_areas(county: Agency, inputs: Inputs, area: str, steps: Steps) -> None:
    if inputs.areas is not None:
        county.send("/registry/v1/areas/import", inputs.areas)
        steps.end("divisions", inputs.areas.name)
        return
    rows = AreaBook.of_county(area[:6]).frame.select("code", "name", "level", "parent")
    csv = rows.write_csv().encode()
    county.call("POST", "/registry/v1/areas/import", content=csv, headers={"Content-Type": "text/csv"})
    steps.end("divisions", f"{rows.height} of the national table of 2023")


def _import_registry(delivered: Delivered, file: Path, steps: Steps) -> None:
    name = f"registry {file.name}"
    steps.show(name, 0, 0)
    started = delivered.county.send("/registry/v1/imports", file)
    import_id = str(started["import_id"])
    until = time.monotonic() + IMPORT_WAIT_SECONDS
    while (found := delivered.county.call("GET", f"/registry/v1/imports/{import_id}").json())["state"] not in ENDED:
        progress = found.get("progress") or {}
        steps.show(name, progress.get("rows_done", 0), progress.get("rows_total", 0))
        if time.monotonic() > until:
            raise JobFailed(f"{file.name}: the registry import did not end within {IMPORT_WAIT_SECONDS:.0f} s")
        time.sleep(0.2)
    if found["state"] != "done":
        raise JobFailed(f"{file.name}: the registry import ended as {found['state']}; send it again to go on")
    delivered.names[import_id] = file.name
    delivered.registry_import = found
    steps.end(name, _counts(found["counts"]))


ENDED = {"done", "failed"}


def _push_feeds(delivered: Delivered, feeds: Mapping[str, Path], steps: Steps) -> None:
    pushed: dict[str, tuple[Agency, str]] = {}
    for feed, file in feeds.items():
        agency = delivered.agencies[FEEDS[feed][1]]
        batch_id = agency.push(feed, file)
        delivered.names[batch_id] = file.name
        pushed[feed] = (agency, batch_id)
    for feed, (agency, batch_id) in pushed.items():
        name = f"{feed} {feeds[feed].name}"
        batch = agency.follow(batch_id, lambda state, name=name: _show(steps, name, state))  # type: ignore[misc]  # mypy cannot type a default in a lambda
        if batch["state"] != "published":
            why = batch["error"] or ", ".join(batch["held_for"])
            raise JobFailed(f"{feeds[feed].name}: the batch ended as {batch['state']}: {why}")
        steps.end(name, _counts(batch["outcomes"] or {}))
    for feed, (_, batch_id) in pushed.items():
        # The agency is not told how its rows linked: that would tell it who is known. The county is.
        delivered.batches[feed] = delivered.county.call("GET", f"/matcher/v1/batches/{batch_id}").json()


def _show(steps: Steps, name: str, batch: dict[str, Any]) -> None:
    progress = batch.get("progress") or {}
    steps.show(name, progress.get("rows_done") or 0, progress.get("rows_total") or 0, progress.get("phase") or "")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{value} {name}" for name, value in counts.items() if value)
