"""What visits find wrong in a row goes back to whoever sent it, without a word of what the county knows."""

from typing import Any

import pytest

from tests.matcher import county
from tests.matcher.conftest import Matcher

PEOPLE = county.numbered(10)
MA, LI, WANG = PEOPLE[:3]


def corrections(matcher: Matcher, headers: dict[str, str] | None = None, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = matcher.get("/corrections", headers, **params)["corrections"]
    return found


def answer(matcher: Matcher, name: str, code: str, **more: Any) -> None:
    (lead,) = [one for one in matcher.leads(state="any") if one["name"] == name]
    matcher.registry.answer(lead["lead_id"], code, reported_on="2021-06-01", **more)
    matcher.work()


def carded(matcher: Matcher, *people: tuple[str, str]) -> str:
    batch = matcher.deliver("disability-cards", [county.card(*one) for one in people])
    matcher.work()
    return batch


def test_a_wrong_identity_is_asked_back_by_row_and_column_within_ten_working_days(matcher: Matcher) -> None:
    batch = carded(matcher, *PEOPLE[:8])
    answer(matcher, LI[0], "12")
    (one,) = corrections(matcher, matcher.agency("disability-cards"))
    assert (one["batch_id"], one["line"], one["feed"], one["kind"]) == (batch, 3, "disability-cards", "identity")
    assert one["fields"] == ["姓名", "残疾人证号"]
    # A Tuesday: the day itself does not count, four weekend days fall between.
    assert (one["found_on"], one["due_on"]) == ("2021-06-01", "2021-06-15")
    assert (one["state"], one["answered_by"], one["stands"]) == ("open", None, {"batch_id": batch, "line": 3})


@pytest.mark.parametrize(
    ("code", "kind"), [("10", "died"), ("11", "absent"), ("12", "identity"), ("02", None), ("09", None), ("14", None)]
)
def test_only_answers_that_find_a_row_wrong_ask_for_a_correction(matcher: Matcher, code: str, kind: str | None) -> None:
    carded(matcher, *PEOPLE[:3])
    more = {"died_on": "2021-05-20"} if code == "10" else {}
    if code == "14":
        more["duplicate_of"] = next(lead["lead_id"] for lead in matcher.leads() if lead["name"] == WANG[0])
    answer(matcher, MA[0], code, **more)
    assert [one["kind"] for one in corrections(matcher)] == ([kind] if kind else [])


def test_a_death_of_somebody_alive_is_asked_back_only_when_the_row_bears_their_own_number(matcher: Matcher) -> None:
    for person in (MA, LI):
        matcher.registry.put_person(county.person(*person, household_id=person[1], coverage=[county.covered()]))
    # One by number; one by name, date of birth and village only: that was our guess, not the sender's word.
    guessed = county.death(LI[0], "")
    guessed[3] = LI[1][6:14]
    batch = matcher.deliver("health-deaths", [county.death(*MA), guessed])
    matcher.work()
    assert len(matcher.leads()) == 2
    for name in (MA[0], LI[0]):
        answer(matcher, name, "W4")
    (one,) = corrections(matcher, matcher.agency("health-deaths"))
    assert (one["kind"], one["batch_id"], one["line"]) == ("alive", batch, 2)
    assert "W4" not in str(one)
    assert not [word for word in ("低保", "特困", "保障", "在保", "停发") if word in str(one)]


def test_a_snapshot_without_the_row_answers_and_one_with_it_does_not(matcher: Matcher) -> None:
    first = carded(matcher, *PEOPLE[:8])
    answer(matcher, LI[0], "12")
    rows = [county.card(*one) for one in PEOPLE[:8]]
    again = matcher.deliver("disability-cards", [*rows[2:], rows[0], rows[1], county.card(*PEOPLE[8])])
    matcher.work()
    (one,) = corrections(matcher)
    assert (one["state"], one["batch_id"], one["line"]) == ("open", first, 3)
    assert one["stands"] == {"batch_id": again, "line": 9}, "the row is told where it stands now"
    corrected = [county.card(LI[0], county.number("19700202", 88)) if row == rows[1] else row for row in rows]
    fixed = matcher.deliver("disability-cards", corrected)
    matcher.work()
    (one,) = corrections(matcher)
    assert (one["state"], one["answered_by"], one["stands"]) == ("answered", fixed, None)
    assert corrections(matcher, state="open") == []
    assert corrections(matcher, state="answered") == [one]


def test_an_addition_answers_by_saying_something_else_of_the_same_person(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*MA, coverage=[county.covered()]))
    matcher.deliver("health-deaths", [county.death(*MA)])
    matcher.work()
    answer(matcher, MA[0], "W3")
    assert corrections(matcher) == [], "already stopped: the row was right"
    answer(matcher, MA[0], "W4")
    assert corrections(matcher)[0]["state"] == "open"
    matcher.deliver("health-deaths", [county.death(*LI)])
    matcher.work()
    assert corrections(matcher)[0]["state"] == "open", "a row of somebody else answers nothing"
    fixed = matcher.deliver("health-deaths", [county.death(*MA, address="白杨乡杏花村1组")])
    matcher.work()
    assert (corrections(matcher)[0]["state"], corrections(matcher)[0]["answered_by"]) == ("answered", fixed)


def test_an_agency_is_asked_about_its_own_rows_only(matcher: Matcher) -> None:
    carded(matcher, *PEOPLE[:3])
    matcher.deliver("health-illness", [county.illness(*PEOPLE[5])])
    matcher.work()
    answer(matcher, MA[0], "12")
    answer(matcher, PEOPLE[5][0], "11")
    assert len(corrections(matcher)) == 2
    assert [one["kind"] for one in corrections(matcher, matcher.agency("disability-cards"))] == ["identity"]
    assert [one["kind"] for one in corrections(matcher, matcher.agency("health-illness"))] == ["absent"]
    assert corrections(matcher, matcher.agency("rural-monitoring")) == []
    assert corrections(matcher, matcher.headers(area="640498000000")) == []
    assert [one["feed"] for one in corrections(matcher, feed="health-illness")] == ["health-illness"]
    assert matcher.http.get("/corrections", headers=matcher.headers("leads:read")).status_code == 403


def test_corrections_come_page_by_page(matcher: Matcher) -> None:
    carded(matcher, *PEOPLE[:5])
    for name, _ in PEOPLE[:5]:
        answer(matcher, name, "11")
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = matcher.get("/corrections", matcher.agency("disability-cards"), limit=2, **cursor)
        seen += [one["correction_id"] for one in page["corrections"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert len(seen) == len(set(seen)) == 5
    text = str(matcher.get("/corrections"))
    assert not [part for name, number in PEOPLE for part in (name, number) if part in text]
