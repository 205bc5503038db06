"""The rows behind a lead beside whom they are taken for: masked, and which characters differ told all the same."""

import shutil
from typing import Any

from tests.matcher import county
from tests.matcher.conftest import Matcher

NAME, NUMBER = "马有福", county.number("19700103", 1)


def compared(matcher: Matcher) -> list[dict[str, Any]]:
    matcher.work()
    lead = matcher.get("/leads")["leads"][0]["lead_id"]
    found: list[dict[str, Any]] = matcher.get(f"/leads/{lead}/comparisons")["comparisons"]
    return found


def test_a_letter_that_differs_from_the_registry_is_named_by_its_place(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(NAME, NUMBER, sex="1"))
    matcher.deliver("disability-cards", [county.card("马友福", NUMBER)])
    (row,) = compared(matcher)
    fields = {one["field"]: one for one in row["differences"]}
    assert row["against"] == "registry"
    assert "残疾" in str(row["title"])
    assert fields["name"]["same"] is False
    assert fields["name"]["record_at"] == fields["name"]["person_at"] == [2]
    assert fields["id_number"]["same"] is True
    assert NUMBER not in str(row)
    assert "友" not in str(row)


def test_of_somebody_unregistered_the_rows_stand_beside_each_other(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(NAME, NUMBER)])
    matcher.deliver("health-illness", [county.illness("马有付", NUMBER)])
    (row,) = compared(matcher)
    assert str(row["against"]).endswith(":2")
    assert next(one for one in row["differences"] if one["field"] == "name")["record_at"] == [3]


def test_nothing_is_told_of_rows_that_are_no_more_and_of_other_townships(matcher: Matcher) -> None:
    batch = matcher.deliver("disability-cards", [county.card(NAME, NUMBER)])
    assert compared(matcher) == []  # the one row is whom it is about
    lead = matcher.get("/leads")["leads"][0]["lead_id"]
    stranger = matcher.headers("leads:read", area="640499200000")
    assert matcher.http.get(f"/leads/{lead}/comparisons", headers=stranger).status_code == 404
    shutil.rmtree(matcher.settings.data_dir / "batches" / batch)
    assert matcher.get(f"/leads/{lead}/comparisons")["comparisons"] == []
