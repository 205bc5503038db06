"""What a township's system does with the answers it gets; the real services answer it in the demo and the journeys."""

import io
import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import openpyxl
import pytest

from doudi.agency import Agency, Refused
from doudi.clerk import NotTheList, fill_in
from doudi.township import Township

Answer = Callable[[httpx.Request], httpx.Response]


def township(answer: Answer) -> Township:
    def with_token(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 900})
        return answer(request)

    client = Agency("http://township.test", "id", "secret")
    client.http.close()
    client.http = httpx.Client(base_url=client.url, transport=httpx.MockTransport(with_token))
    return Township(client)


def upsert(lead_id: str, version: int) -> dict[str, Any]:
    lead = {"lead_id": lead_id, "version": version}
    return {"change": "upsert", "lead_id": lead_id, "version": version, "reason": None, "lead": lead}


def gone(lead_id: str) -> dict[str, Any]:
    return {"change": "withdrawal", "lead_id": lead_id, "version": 2, "reason": "gone", "lead": None}


def test_following_keeps_the_list_and_goes_on_where_it_stopped() -> None:
    pages = {
        None: {"changes": [upsert("a", 1), upsert("b", 1)], "cursor": "1", "more": True},
        "1": {"changes": [upsert("a", 2), gone("b")], "cursor": "2", "more": False},
        "2": {"changes": [gone("b"), upsert("c", 1)], "cursor": "3", "more": False},
    }
    waits: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        waits.append(request.url.params["wait"])
        return httpx.Response(200, json=pages[request.url.params.get("cursor")])

    desk = township(answer)
    first = desk.follow(wait=5)
    assert (first.upserts, first.withdrawals, desk.cursor) == (3, 1, "2")
    assert desk.leads == {"a": {"lead_id": "a", "version": 2}}
    desk.follow()
    assert sorted(desk.leads) == ["a", "c"]
    assert waits == ["5", "0", "0"]


def test_any_number_of_outcomes_goes_in_calls_of_500_and_twice_is_once() -> None:
    sent: list[tuple[int, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        rows = json.loads(request.content)["outcomes"]
        sent.append((len(rows), request.headers["Idempotency-Key"]))
        refused = [{"errors": [{"code": "required", "field": "form", "detail": "必填"}]}]
        return httpx.Response(200, json={"taken": len(rows) - 1, "unchanged": 0, "refused": 1, "results": refused})

    desk = township(answer)
    outcomes = [{"outcome_id": str(at)} for at in range(1_001)]
    answered = desk.report(outcomes)
    assert [size for size, _ in sent] == [500, 500, 1]
    assert (answered.taken, answered.refused) == (998, 3)
    assert answered.mistakes() == ["required form: 必填"]
    desk.report(outcomes)
    assert sent[:3] == sent[3:]
    assert len({key for _, key in sent}) == 3


def test_every_waiting_case_is_taken_over_at_the_version_seen() -> None:
    pages = {
        None: {"cases": [{"case_id": "a", "version": 3}], "cursor": "x"},
        "x": {"cases": [{"case_id": "b", "version": 1}], "cursor": None},
    }
    taken: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            assert request.url.params["state"] == "awaiting-acceptance"
            return httpx.Response(200, json=pages[request.url.params.get("cursor")])
        taken.extend(json.loads(request.content)["cases"])
        return httpx.Response(200, json={"taken": 2, "unchanged": 0, "refused": 0, "results": []})

    township(answer).take_over("龙泉镇", "李四", "入户核查")
    terms = {"responsible_unit": "龙泉镇", "responsible_person": "李四", "measure": "入户核查"}
    assert taken == [{"case_id": "a", "version": 3, **terms}, {"case_id": "b", "version": 1, **terms}]


CASES_THAT_WAIT = (("a", "awaiting-approval"), ("b", "verifying"), ("c", "suspended"))


def test_what_waits_for_approval_is_found_wherever_its_case_stands_but_not_where_it_rests() -> None:
    waiting = {
        "cases": [{"case_id": name, "version": 2, "state": state} for name, state in CASES_THAT_WAIT],
        "cursor": None,
    }
    asked: list[dict[str, str]] = []
    confirmed: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            asked.append(dict(request.url.params))
            return httpx.Response(200, json=waiting)
        confirmed.extend(row["case_id"] for row in json.loads(request.content)["cases"])
        return httpx.Response(200, json={"taken": 2, "unchanged": 0, "refused": 0, "results": []})

    township(answer).approve()
    assert [one["standing"] for one in asked] == ["awaiting-approval"]
    assert confirmed == ["a", "b"]


def test_a_refused_step_is_told_with_its_code() -> None:
    desk = township(lambda _: httpx.Response(412, json={"code": "version-mismatch", "detail": "读后已变"}))
    with pytest.raises(Refused, match="412 version-mismatch"):
        desk.step({"case_id": "a", "version": 1}, "reopen", reason="x")


def the_list(headers: list[str], rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in (["云岭乡 台账核查清单"], [], headers, *rows):
        sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


HEADERS = ["事项编号", "线索编号", "姓名", "责任单位", "责任人", "措施", "核查结果", "核查方式", "核查日期", "保障方式",
           "补充身份证号"]  # fmt: skip


def test_a_clerk_types_outcomes_into_the_rows_of_their_leads_and_leaves_the_others() -> None:
    workbook = the_list(HEADERS, [["c1", "a", "马某"], ["c2", "b", "李某"]])
    outcome = {"outcome_id": "x", "lead_id": "b", "code": "02", "how": "visit", "visited_on": "2021-06-01",
               "form": "household", "id_number": "64049919600101905X"}  # fmt: skip
    acceptance = {"responsible_unit": "云岭乡", "responsible_person": "李四", "measure": "入户"}
    filled = fill_in(workbook, {"b": outcome, "elsewhere": outcome}, acceptance)
    with closing(openpyxl.load_workbook(io.BytesIO(filled))) as book:
        lines = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=4)]
    assert lines[0][3:] == [None] * 8
    assert lines[1] == ["c2", "b", "李某", "云岭乡", "李四", "入户", "02", "入户", "2021-06-01", "整户保",
                        "64049919600101905X"]  # fmt: skip


def test_a_workbook_that_is_not_the_list_is_refused() -> None:
    with pytest.raises(NotTheList, match="线索编号"):
        fill_in(the_list(["姓名"], []), {}, {})
