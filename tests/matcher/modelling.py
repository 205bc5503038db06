"""What the tests of models share: a small county with links of several strengths, and the office that keeps them."""

from dataclasses import replace
from typing import Any

from sqlmodel import select

from kit.columns import new_id
from kit.database import reading, transaction
from matcher.linkage.model import Model
from matcher.links.tables import Link
from matcher.models import store
from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.scenes import scene

CHANGE = "models:read models:change"
PEOPLE = county.numbered(60)
COSTS = {"wrong_visit": 1, "missed_person": 4, "review": 0.01, "reviews_per_week": 50}


@scene
def stock(matcher: Matcher) -> Matcher:
    """Sixty people with cards, forty-eight of them covered; every sixth card bears no number, every fifth another
    name of the same sound."""
    for name, id_number in PEOPLE[:48]:
        matcher.registry.put_person(county.person(name, id_number, coverage=[county.covered()]))
    rows = []
    for place, (name, id_number) in enumerate(PEOPLE):
        row = county.illness(
            name.replace("强", "墙") if place % 5 == 0 else name, id_number, address="青石镇柳树村3组8号"
        )
        rows.append([row[0], "" if place % 6 == 0 else id_number, *row[2:]])
    matcher.deliver("health-illness", rows)
    matcher.work()
    return matcher


def ask(matcher: Matcher, path: str, body: Any = None, **headers: str) -> Any:
    """POST as the county office that keeps the models."""
    key = {"Idempotency-Key": new_id()}
    return matcher.http.post(path, json=body, headers={**matcher.headers(CHANGE), **key, **headers})


def done(matcher: Matcher, path: str, body: Any = None) -> dict[str, Any]:
    """Ask for a job and have it worked; how it ended."""
    answer = ask(matcher, path, body)
    assert answer.status_code == 202, answer.text
    matcher.work()
    place = answer.headers["Location"].removeprefix("/matcher/v1")
    return dict(matcher.get(place, matcher.headers(CHANGE)))


def in_force(matcher: Matcher) -> str:
    (version,) = (one["version"] for one in matcher.get("/models")["models"] if one["active"])
    return str(version)


def seen(matcher: Matcher) -> dict[str, str]:
    """If-Match with the version in force, as GET /models told it."""
    return {"If-Match": matcher.http.get("/models", headers=matcher.headers()).headers["ETag"]}


def install(matcher: Matcher, **changes: Any) -> str:
    """Another version, as if it had been trained: the shipped one with some things changed."""
    model = replace(Model.default(), **changes)
    with transaction(matcher.database) as session:
        store.install(session, model.version, model.text, store.Origin("trained"))
    return model.version


def strict(matcher: Matcher) -> str:
    """A version that no longer makes the least likely link there is, and calls the next ones probable only."""
    with reading(matcher.database) as session:
        said = sorted({row.probability for row in session.exec(select(Link)) if row.registered})
    assert len(said) > 2
    probable, certain = (said[0] + said[1]) / 2, (said[1] + said[2]) / 2
    bounds = {"certain": certain, "probable": probable, "possible": probable / 2, "floor": 0.01}
    return install(matcher, thresholds=bounds, note="strict")


def links(matcher: Matcher) -> dict[int, tuple[bool, str, str]]:
    with reading(matcher.database) as session:
        return {row.line: (row.registered, row.grade, row.model_version) for row in session.exec(select(Link))}
