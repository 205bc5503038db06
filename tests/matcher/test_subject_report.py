"""Who saw a subject or a registered person at the matcher: by name, by list, by range; and nobody else's."""

from typing import Any

from sqlmodel import col, select

from kit.database import reading
from matcher.audit.tables import Journal
from matcher.leads.tables import Lead
from tests.matcher import county
from tests.matcher.conftest import Matcher

MINE, MINE_NUMBER = "慕容在列", county.number("19530303", 15)
OTHER, OTHER_NUMBER = "上官旁人", county.number("19640404", 17)
COUNTY, TOWN, OTHER_TOWN = "640499000000", "640499100000", "640499200000"


def listed(matcher: Matcher) -> dict[str, Lead]:
    """Two people on the list of two townships, by name."""
    rows = [county.card(MINE, MINE_NUMBER), county.card(OTHER, OTHER_NUMBER, address="白杨乡杏花村2组5号")]
    matcher.deliver("disability-cards", rows)
    matcher.work()
    by_area = {}
    with reading(matcher.database) as session:
        for lead in session.exec(select(Lead)):
            by_area[MINE if lead.area.startswith(TOWN[:9]) else OTHER] = lead
    assert set(by_area) == {MINE, OTHER}
    return by_area


def report(matcher: Matcher, subject: str, **claims: Any) -> list[dict[str, Any]]:
    answer = matcher.http.post(f"/subjects/{subject}/report", headers=matcher.headers("audit:report", **claims))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["lines"])


def seen(matcher: Matcher, subject: str) -> list[tuple[str, str]]:
    return [(one["action"], one["how"]) for one in report(matcher, subject)]


def test_each_way_of_seeing_somebody_is_told_and_nobody_elses(matcher: Matcher) -> None:
    leads = listed(matcher)
    mine, other = leads[MINE], leads[OTHER]
    matcher.get("/leads")
    matcher.get("/leads", area=OTHER_TOWN)
    matcher.get("/leads", limit=1, area=TOWN)
    matcher.get("/leads/cards")
    matcher.get(f"/leads/{mine.id}")
    matcher.get(f"/leads/{other.id}")
    matcher.http.post(f"/leads/{mine.id}/reveal", headers=matcher.headers(purpose="reveal"), json={"reason": "visit"})
    matcher.get("/leads/changes")
    matcher.leads()
    matcher.leads(area=OTHER_TOWN)
    link = matcher.get("/links", subject_id=mine.subject_id)["links"][0]
    matcher.get("/links")
    matcher.get(f"/links/{link['link_id']}")
    told = seen(matcher, mine.subject_id)
    assert told == [
        ("batch.push", "part-of-whole"),
        ("lead.list", "part-of-whole"),
        ("lead.list", "part-of-whole"),
        ("lead.cards", "part-of-whole"),
        ("lead.read", "itself"),
        ("lead.reveal", "itself"),
        ("lead.changes", "itself"),
        ("leads.export", "part-of-whole"),
        ("link.list", "itself"),
        ("link.list", "part-of-whole"),
        ("link.read", "itself"),
    ]
    assert seen(matcher, mine.subject_id)[-1] == ("subject.report", "itself")


def test_a_page_holds_only_those_between_its_first_and_last(matcher: Matcher) -> None:
    leads = listed(matcher)
    first, last = sorted(leads.values(), key=lambda lead: lead.id)
    page = matcher.http.get("/leads", headers=matcher.headers(), params={"limit": 1}).json()
    assert [one["lead_id"] for one in page["leads"]] == [first.id]
    assert ("lead.list", "part-of-whole") in seen(matcher, first.subject_id)
    assert ("lead.list", "part-of-whole") not in seen(matcher, last.subject_id)


def test_what_was_shown_and_why_is_told_in_words(matcher: Matcher) -> None:
    mine = listed(matcher)[MINE]
    told = matcher.headers(purpose="reveal", agency="civil-affairs")
    matcher.http.post(f"/leads/{mine.id}/reveal", headers=told, json={"reason": "visit"})
    matcher.leads()
    lines = {one["action"]: one for one in report(matcher, mine.subject_id)}
    assert lines["lead.reveal"]["purpose_zh"] == "入户核查，查看身份信息"
    assert lines["lead.reveal"]["agency"] == "civil-affairs"
    assert "未遮盖" in lines["lead.reveal"]["fields"]
    assert "未遮盖" in lines["leads.export"]["fields"]  # the whole list was asked for in the clear
    assert lines["batch.push"]["agency"] == "disabled-persons-federation"


def test_a_list_nobody_stands_on_is_no_entry(matcher: Matcher) -> None:
    matcher.get("/leads")
    matcher.get("/leads/cards")
    matcher.get("/links")
    matcher.get("/leads/changes")
    with reading(matcher.database) as session:
        assert session.exec(select(Journal)).all() == []


def test_a_page_is_one_small_entry_whatever_its_length(matcher: Matcher) -> None:
    listed(matcher)
    matcher.get("/leads")
    with reading(matcher.database) as session:
        (entry,) = session.exec(select(Journal).where(col(Journal.action) == "lead.list"))
    assert len(str(entry.detail)) < 400
    assert MINE not in str(entry.detail)


def test_a_merged_subject_is_the_same_person_and_the_registered_are_found(matcher: Matcher) -> None:
    mine = listed(matcher)[MINE]
    matcher.get(f"/leads/{mine.id}")
    person = county.person(MINE, MINE_NUMBER, subject_id=mine.subject_id)
    matcher.registry.put_person(person)
    matcher.work()
    told = seen(matcher, person["person_id"])
    assert ("lead.read", "itself") in told
    assert ("batch.push", "part-of-whole") in told


def test_somebody_of_another_area_is_nobody(matcher: Matcher) -> None:
    mine = listed(matcher)[MINE]
    for area in (OTHER_TOWN, "640498000000"):
        headers = matcher.headers("audit:report", area=area)
        assert matcher.http.post(f"/subjects/{mine.subject_id}/report", headers=headers).status_code == 404
    by_town = report(matcher, mine.subject_id, area=TOWN)
    assert [(one["action"], one["who"]) for one in by_town] == [("batch.push", None)]  # the agency is the county's
    assert by_town[0]["agency"] == "disabled-persons-federation"


def test_the_workbook_is_a_workbook(matcher: Matcher) -> None:
    mine = listed(matcher)[MINE]
    headers = matcher.headers("audit:report")
    answer = matcher.http.post(f"/subjects/{mine.subject_id}/report.xlsx", headers=headers)
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
