"""What visits find wrong in a row goes back to whoever sent it, without a word of what the county knows."""

import io
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.life import told
from tests.matcher.scenes import scene

PEOPLE = county.numbered(10)
MA, LI, WANG = PEOPLE[:3]


def corrections(matcher: Matcher, headers: dict[str, str] | None = None, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = matcher.get("/corrections", headers, **params)["corrections"]
    return found


def answer(matcher: Matcher, name: str, code: str, **more: Any) -> None:
    (lead,) = [one for one in matcher.leads(state="any") if one["name"] == name]
    matcher.registry.answer(lead["lead_id"], code, reported_on="2021-06-01", **more)
    matcher.work()


@scene
def carded(matcher: Matcher, *people: tuple[str, str]) -> str:
    batch = matcher.deliver("disability-cards", [county.card(*one) for one in people])
    matcher.work()
    return batch


def test_a_wrong_identity_is_asked_back_by_row_and_column_within_ten_working_days(matcher: Matcher) -> None:
    batch = carded(matcher, *PEOPLE[:8])
    answer(matcher, LI[0], "12")
    (one,) = corrections(matcher, matcher.agency("disability-cards"))
    assert (one["batch_id"], one["line"], one["feed"], one["kind"]) == (batch, 3, "disability-cards", "identity")
    assert (one["place"], one["stands_place"]) == ("第 3 行", "第 3 行")
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


# ---- what the agency answers

ANSWER = {"answer": "corrected-at-source"}
RIGHT = {"answer": "confirmed-right", "reason": "与原始档案一致"}


@scene
def asked(matcher: Matcher) -> dict[str, Any]:
    """One request, of the second of three rows."""
    carded(matcher, *PEOPLE[:3])
    answer(matcher, LI[0], "12")
    (one,) = corrections(matcher)
    return one


def say(matcher: Matcher, one: dict[str, Any], body: dict[str, str], who: dict[str, str] | None = None) -> Any:
    return matcher.http.post(
        f"/corrections/{one['correction_id']}/answer", json=body, headers=who or matcher.agency("disability-cards")
    )


def decided(matcher: Matcher, one: dict[str, Any], decision: str) -> Any:
    body = {"decision": decision, "reason": "再次入户核实"}
    office = matcher.headers("links:read batches:read batches:decide", sub="overseer")
    return matcher.http.post(f"/corrections/{one['correction_id']}/decision", json=body, headers=office)


def noted(matcher: Matcher, action: str) -> int:
    return sum(one["action"] == action for one in matcher.get("/audit", limit=1000)["entries"])


def test_an_answer_closes_the_request_and_the_same_again_writes_nothing(matcher: Matcher) -> None:
    one = asked(matcher)
    now = say(matcher, one, ANSWER).json()
    assert (now["state"], now["answer"], now["reason"], now["overdue"]) == (
        "answered", "corrected-at-source", None, False,
    )  # fmt: skip
    assert say(matcher, one, ANSWER).json() == now
    assert noted(matcher, "correction.answer") == 1
    assert corrections(matcher, answer="corrected-at-source") == [now]
    assert corrections(matcher, answer="confirmed-right") == []


def test_a_correction_that_the_next_delivery_does_not_show_is_open_again(matcher: Matcher) -> None:
    one = asked(matcher)
    say(matcher, one, ANSWER)
    again = [county.card(*person) for person in [*PEOPLE[:3], PEOPLE[8]]]
    matcher.deliver("disability-cards", again)
    matcher.work()
    (now,) = corrections(matcher)
    assert (now["state"], now["answer"]) == ("open", "corrected-at-source")


def test_an_answer_without_its_reason_or_by_another_agency_is_refused(matcher: Matcher) -> None:
    one = asked(matcher)
    assert say(matcher, one, {"answer": "confirmed-right"}).json()["code"] == "reason-missing"
    assert say(matcher, one, {"answer": "cannot-verify"}).json()["code"] == "reason-missing"
    assert say(matcher, one, {"answer": "nonsense"}).status_code == 422
    assert say(matcher, one, ANSWER, matcher.agency("health-illness")).status_code == 404
    office = matcher.headers("links:read feeds:push batches:read")
    assert say(matcher, one, ANSWER, office).json()["code"] == "correction-not-yours"
    assert say(matcher, {"correction_id": "absent"}, ANSWER).status_code == 404
    assert corrections(matcher)[0]["answer"] is None


def test_where_the_agency_insists_a_human_decides_and_the_lead_says_so(matcher: Matcher) -> None:
    one = asked(matcher)
    assert decided(matcher, one, "visit-right").status_code == 409, "nobody insists yet"
    assert say(matcher, one, RIGHT).json()["state"] == "answered"
    (waiting,) = corrections(matcher, answer="confirmed-right")
    assert (waiting["reason"], waiting["decision"]) == (RIGHT["reason"], None)
    (lead,) = [lead for lead in matcher.leads(state="any") if lead["name"] == LI[0]]
    path = f"/leads/{lead['lead_id']}"
    (insisted,) = matcher.get(path)["agency_insists"]
    assert insisted["record"] == f"{one['batch_id']}:{one['line']}"
    assert (insisted["feed"], insisted["correction_id"]) == ("disability-cards", one["correction_id"])
    now = decided(matcher, one, "visit-right").json()
    assert (now["state"], now["decision"]) == ("open", "visit-right")
    assert matcher.get(path)["agency_insists"] == []
    assert say(matcher, one, RIGHT).json()["state"] == "answered", "said anew against the decision"
    assert decided(matcher, one, "agency-right").json()["state"] == "answered"
    assert decided(matcher, one, "agency-right").status_code == 200, "the same again changes nothing"
    assert noted(matcher, "correction.decide") == 2


def test_a_request_nobody_answered_in_time_is_overdue(matcher: Matcher) -> None:
    one = asked(matcher)
    assert not one["overdue"]
    with told(matcher, as_of=date(2021, 6, 15)):
        assert not corrections(matcher)[0]["overdue"], "the last day"
    with told(matcher, as_of=date(2021, 6, 16)):
        assert corrections(matcher)[0]["overdue"]
        say(matcher, one, ANSWER)
        assert not corrections(matcher)[0]["overdue"]


def exported(matcher: Matcher) -> tuple[bytes, list[str], dict[str, int]]:
    answer = matcher.http.get("/corrections/export.xlsx", headers=matcher.agency("disability-cards"))
    assert answer.status_code == 200, answer.text
    page = load_workbook(io.BytesIO(answer.content)).active
    head = next(row for row in range(1, 9) if page.cell(row, 1).value == "编号")
    headers = [cell.value for cell in page[head]]
    return answer.content, headers, {page.cell(row, 1).value: row for row in range(head + 1, page.max_row + 1)}


def filled(content: bytes, cells: dict[tuple[int, int], str]) -> bytes:
    book = load_workbook(io.BytesIO(content))
    for (row, column), text in cells.items():
        book.active.cell(row, column).value = text
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(matcher: Matcher, content: bytes, feed: str = "disability-cards") -> dict[str, Any]:
    answer = matcher.http.post("/corrections/answers", content=content, headers=matcher.agency(feed))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_list_is_filled_in_and_sent_back_row_by_row_and_nothing_twice(matcher: Matcher) -> None:
    carded(matcher, *PEOPLE[:6])
    for name, _ in PEOPLE[:6]:
        answer(matcher, name, "11")
    content, headers, rows = exported(matcher)
    assert set(rows) == {one["correction_id"] for one in corrections(matcher)}
    page = load_workbook(io.BytesIO(content)).active
    text = str([[cell.value for cell in row] for row in page.iter_rows()])
    assert not [part for person in PEOPLE for part in person if part in text], "no name, no number"
    places = [page.cell(row, headers.index("所在行") + 1).value for row in rows.values()]
    assert sorted(places) == [f"第 {line} 行" for line in range(2, 8)]
    result, remark, done = (headers.index(one) + 1 for one in ("核实结果", "说明", "更正后的值是否已在源系统改正"))
    first, second, third, fourth, fifth, _ = rows.values()
    sheet = filled(
        content,
        {
            (first, result): "已在源系统改正", (first, done): "是",
            (second, result): "核实无误", (second, remark): "与原始档案一致",
            (third, result): "核实无误",
            (fourth, result): "改了",
            (fifth, result): "已在源系统改正", (fifth, done): "否",
        },
    )  # fmt: skip
    found = send(matcher, sheet)
    assert found["counts"] == {"recorded": 2, "refused": 3, "blank": 1}
    codes = {row["line"]: row["code"] for row in found["rows"] if row["result"] == "refused"}
    assert codes == {third: "reason-missing", fourth: "answer-unknown", fifth: "answer-contradicts"}
    assert all(row["message"] for row in found["rows"] if row["result"] == "refused")
    assert len(corrections(matcher, state="answered")) == 2
    assert len(exported(matcher)[2]) == 4, "what is answered is not asked again"
    assert send(matcher, sheet)["counts"] == {"unchanged": 2, "refused": 3, "blank": 1}
    assert noted(matcher, "correction.answer") == 1
    assert noted(matcher, "correction.export") == 2


def test_a_list_that_is_none_and_rows_that_are_not_the_agencys(matcher: Matcher) -> None:
    one = asked(matcher)
    headers = matcher.agency("disability-cards")
    wrong = matcher.http.post("/corrections/answers", content=b"a,b\n1,2\n", headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "correction-sheet-wrong")
    wrong = matcher.http.post("/corrections/answers", content=b"\x00\x01", headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "file-unreadable")
    row = f"{one['correction_id']},已在源系统改正"
    sheet = f"编号,核实结果\n{row}\n{row}\nnobody,核实无误\n".encode()
    found = send(matcher, sheet, "health-illness")
    assert [row["code"] for row in found["rows"]] == ["correction-unknown"] * 3
    assert [row["correction_id"] for row in found["rows"]] == [None] * 3, "what was sent is not repeated"
    found = send(matcher, sheet)
    assert [row["result"] for row in found["rows"]] == ["recorded", "refused", "refused"]
    assert [row["code"] for row in found["rows"]] == [None, "answered-above", "correction-unknown"]
