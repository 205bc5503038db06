"""Leaving support: nobody who cannot work goes unassessed; the month's sheet; what is to come back."""

import io
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from registry.registers.exits import labour_of
from registry.settings import CHINA
from tests.registry.cases import approve, reported, taken_over
from tests.registry.house import COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.payouts import HEAD, WIFE, pay, payout, payouts, registered
from tests.registry.register_cases import RIGHT
from tests.registry.test_coverage_entry import does, done, entered, get, person
from tests.registry.test_register_whole import EVERYTHING, areas
from tests.registry.test_registers import add
from tests.workbooks import workbook as saved

READS = ("registry:read", "payments:read", "cases:read")
ASSESSED = RIGHT["exit-assessment"]
END = {"on": "2021-05-20", "reason": "income-above"}


def assess(house: House, person_id: str, **more: Any) -> dict[str, Any]:
    who = {"beneficiary": {"person_id": person_id}, "programme": "dibao-rural", "labour": "lost"}
    return add(house, "exit-assessment", values={**ASSESSED, **who, "assessed_on": "2021-04-01", **more})


@pytest.mark.parametrize(
    ("terms", "labour"),
    [
        (("tekun-home", None, None, None), "lost"),
        (("dibao-rural", None, "no-labour", None), "lost"),
        (("dibao-rural", "partial", None, None), "lost"),
        (("dibao-rural", "full", None, None), None),
        (("dibao-rural", None, "disability", None), "partly"),
        (("dibao-urban", None, "illness", "disability,old-age"), "partly"),
        (("dibao-urban", None, "illness", "illness,old-age"), None),
        (("dibao-rural", None, None, None), None),
    ],
)
def test_labour_ability_is_taken_from_what_bears_on_it(terms: tuple[Any, ...], labour: str | None) -> None:
    assert labour_of(*terms) == labour


@pytest.mark.parametrize(
    ("terms", "reason", "assessment", "status"),
    [
        ({"ground": "no-labour"}, "income-above", None, 409),
        ({"ground": "disability"}, "renounced", None, 409),
        ({"ground": "illness"}, "income-above", None, 200),
        ({"ground": "no-labour"}, "died", None, 200),
        ({"ground": "no-labour"}, "other-programme", None, 200),
        ({"ground": "no-labour"}, "income-above", {}, 200),
        ({"ground": "no-labour"}, "income-above", {"labour": "able"}, 200),
        ({"ground": "no-labour"}, "income-above", {"programme": "tekun-home"}, 409),
        ({"ground": "no-labour"}, "income-above", {"assessed_on": "2021-05-31"}, 200),  # the last day of the month
        ({"ground": "no-labour"}, "income-above", {"assessed_on": "2021-06-01"}, 409),
        ({"ground": "no-labour"}, "income-above", {"assessed_on": "2020-12-02"}, 200),  # 180 days before
        ({"ground": "no-labour"}, "income-above", {"assessed_on": "2020-12-01"}, 409),
        ({"ground": "illness"}, "income-above", {"assessed_on": "2019-05-01", "labour": "partly"}, 409),
        ({"ground": "illness"}, "income-above", {"assessed_on": "2019-05-01", "labour": "able"}, 200),
        ({"programme": "dibao-margin", "form": None, "ground": "no-labour"}, "income-above", None, 200),
    ],
)
def test_an_exit_by_hand_waits_for_its_assessment(
    house: House, terms: dict[str, Any], reason: str, assessment: dict[str, Any] | None, status: int
) -> None:
    who = person(house)
    coverage_id = entered(house, who, **terms)
    if assessment is not None:
        assess(house, who, **assessment)
    answer = does(house, coverage_id, "end", {**END, "reason": reason})
    assert answer.status_code == status, answer.text
    if status == 409:
        assert (answer.json()["code"], coverage_id in answer.json()["detail"]) == ("exit-unassessed", True)
        assert get(house, coverage_id)["end"] is None
        corrected = does(house, coverage_id, "correct", {"end": "2021-05-01", "end_reason": reason})
        assert corrected.json()["code"] == "exit-unassessed"
        assert does(house, coverage_id, "correct", {"amount_fen": 100}).status_code == 200


def test_an_end_that_was_put_too_early_is_moved_later_without_an_assessment(house: House) -> None:
    who = person(house)
    coverage_id = entered(house, who, ground="no-labour", end="2021-03-01", end_reason="income-above")
    assert does(house, coverage_id, "correct", {"end": "2021-05-01"}).status_code == 200
    assert does(house, coverage_id, "correct", {"end": "2021-04-01"}).json()["code"] == "exit-unassessed"


def test_a_whole_household_ends_only_if_each_of_it_may(house: House) -> None:
    head, wife = {**HEAD, "致困原因": "因病"}, {**WIFE, "致困原因": "无劳动能力"}
    _import(house, [head, wife])
    ids = {row["身份证号"]: _coverage(house, row["身份证号"]) for row in (HEAD, WIFE)}
    mine, hers = ids[HEAD["身份证号"]], ids[WIFE["身份证号"]]
    answer = does(house, mine, "end", {**END, "whole_household": True})
    assert (answer.json()["code"], hers in answer.json()["detail"]) == ("exit-unassessed", True)
    assert [get(house, one)["end"] for one in (mine, hers)] == [None, None]
    assert done(house, mine, "end", **END)["others"] == []


def _import(house: House, rows: list[dict[str, Any]], as_of: str = "2021-06-01") -> dict[str, Any]:
    header = sorted({name for row in rows for name in row})
    content = saved([header, *([row.get(name) for name in header] for row in rows)])
    return house.take(content, as_of=as_of)


def _coverage(house: House, number: str) -> str:
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": number}).json()
    return str(found["coverage"][0]["coverage_id"])


def unassessed(house: House, **asked: str) -> list[tuple[str, str]]:
    who = {"area": asked.pop("caller")} if "caller" in asked else {}
    path = "/exits/unassessed"
    answer = house.call("GET", path, "registry:read", "registers:read", params=asked, **who)
    assert answer.status_code == 200, answer.text
    return [(one["name"], one["ended_on"]) for one in answer.json()["items"]]


def test_an_import_that_ends_unassessed_is_warned_line_by_line_and_stands_on_the_list(house: House) -> None:
    able = person_row(户号="JY3", 户主姓名="钱能", 姓名="钱能", 身份证号=id_number("19800101", 41), 出生日期="19800101")
    lame = {**HEAD, "致困原因": "残疾"}
    old = person_row(户号="JY4", 户主姓名="孙旧", 姓名="孙旧", 身份证号=id_number("19800101", 43), 出生日期="19800101",
                     致困原因="残疾", 停保年月="202005")  # fmt: skip
    _import(house, [able, lame])
    areas(house)
    ended = _import(house, [{**able, "停保年月": "202105"}, {**lame, "停保年月": "202105"}, old])
    told = {row["line"]: [one["code"] for one in row["issues"]] for row in house.rows(ended["import_id"])}
    warned = [line for line, codes in told.items() if "exit-unassessed" in codes]
    assert warned == [3]  # the line after the header and the able: the old end is history
    assert unassessed(house) == [("马*福", "2021-05-31")]
    assert unassessed(house, **{"from": "2020-01"}) == [("马*福", "2021-05-31"), ("孙*", "2020-05-31")]
    assert unassessed(house, to="2021-04") == []
    assert unassessed(house, caller="640499101000") == []
    again = _import(house, [{**lame, "停保年月": "202105"}])
    assert all("exit-unassessed" not in str(row["issues"]) for row in house.rows(again["import_id"]))
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": HEAD["身份证号"]}).json()
    assess(house, found["person_id"], assessed_on="2020-12-01")  # 181 days before
    assert unassessed(house) == [("马*福", "2021-05-31")]
    assess(house, found["person_id"], assessed_on="2021-06-01")  # made up for: all that can still be done
    assert unassessed(house) == []


def test_who_was_assessed_or_goes_over_to_another_programme_is_not_warned_of(house: House) -> None:
    lame = {**HEAD, "致困原因": "残疾"}
    _import(house, [lame])
    found = house.call("POST", "/persons/lookup", "registry:read", json={"id_number": HEAD["身份证号"]}).json()
    entry = assess(house, found["person_id"], labour="partly")
    ended = _import(house, [{**lame, "停保年月": "202105"}])
    assert "exit-unassessed" not in str(house.rows(ended["import_id"]))
    gone = house.call(
        "POST", f"/registers/exit-assessment/entries/{entry['entry_id']}/end", *EVERYTHING,
        json={"on": "2021-06-01", "reason": "登记有误"}, headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert gone.status_code == 200, gone.text
    assert unassessed(house) == [("马*福", "2021-05-31")]
    entered(house, found["person_id"], programme="tekun-home", form=None, start="2021-06-01", household_size=None,
            covered_count=None)  # fmt: skip
    assert unassessed(house) == []


def sheet(house: House, month: str, **asked: Any) -> dict[str, Any]:
    answer = house.call("GET", "/exits", *READS, params={"month": month, **asked})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(found: dict[str, Any], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one[name] for name in names) for one in found["items"]]


def test_the_months_sheet_tells_who_stops_pauses_leaves_or_is_paid_less(house: House) -> None:
    ids = registered(house)
    areas(house)
    mine = _coverage(house, HEAD["身份证号"])
    hers = _coverage(house, WIFE["身份证号"])
    done(house, mine, "suspend", on="2021-03-01", until="2021-03-31", reason="account")
    assert told(sheet(house, "2021-03"), "kind", "name", "reason", "now_fen") == [("suspended", "马*福", "account", 0)]
    done(house, hers, "end", on="2021-04-10", reason="income-above")
    left = sheet(house, "2021-05")
    assert told(left, "kind", "name", "from_month", "reason") == [("left", "马*英", "2021-05", "income-above")]
    assert told(left, "household_number", "household_id") == [("JY0000001", ids["household_id"])]
    assert sheet(house, "2021-04")["items"] == []
    pay(house, payouts([payout(发放年月="202105")]))
    done(house, mine, "end", on="2021-04-20", reason="wrongly")
    both = sheet(house, "2021-05")
    assert told(both, "kind", "months_after", "paid_after_fen") in (
        [("ended", 1, 31900), ("ended", 0, 0)], [("ended", 0, 0), ("ended", 1, 31900)],
    )  # fmt: skip
    assert (both["lines"], both["paid_after_fen"]) == (2, 31900)
    one = sheet(house, "2021-05", limit=1)
    rest = sheet(house, "2021-05", cursor=one["cursor"])
    assert one["items"] + rest["items"] == both["items"]
    assert sheet(house, "2021-05", area=TOWN)["lines"] == 2


def test_the_sheet_tells_the_outcome_of_the_visit_that_stops_support(house: House) -> None:
    ids = registered(house)
    case = taken_over(house, kind="wrong", person_id=ids["person_id"])
    reported(house, "W1", stop_from="2021-05")
    approve(house, case)
    done(house, _coverage(house, HEAD["身份证号"]), "end", on="2021-04-10", reason="wrongly")
    assert told(sheet(house, "2021-05"), "kind", "outcomes") == [("left", ["W1 属实，停发 2021-05 起"])]


def test_who_goes_over_to_another_programme_is_on_no_sheet_of_exits(house: House) -> None:
    who = person(house)
    first = entered(house, who)
    done(house, first, "end", on="2021-04-30", reason="other-programme")
    assert sheet(house, "2021-05")["lines"] == 1
    entered(house, who, programme="dibao-urban", start="2021-05-01")
    assert sheet(house, "2021-05")["lines"] == 0


def test_an_amount_lowered_this_month_is_told_once_for_its_household(house: House) -> None:
    house.take(workbook([HEAD, WIFE]))
    done(house, _coverage(house, HEAD["身份证号"]), "correct", amount_fen=20000)
    done(house, _coverage(house, WIFE["身份证号"]), "correct", amount_fen=20000)
    recorded = datetime.fromisoformat(get(house, _coverage(house, HEAD["身份证号"]))["recorded_at"])
    month = f"{recorded.astimezone(CHINA):%Y-%m}"  # by the county's calendar: in UTC it may still be the month before
    assert told(sheet(house, month), "kind", "before_fen", "now_fen") == [("reduced", 31900, 20000)]
    done(house, _coverage(house, HEAD["身份证号"]), "correct", amount_fen=40000)
    assert sheet(house, month)["lines"] == 1  # what rose since is no reduction, and what fell stays on the sheet


def test_the_sheet_is_masked_unless_revealed_and_everybody_revealed_is_counted(house: House) -> None:
    registered(house)
    done(house, _coverage(house, HEAD["身份证号"]), "end", on="2021-04-10", reason="income-above")
    path = "/exits/export.xlsx"

    def cells(**more: Any) -> list[Any]:
        answer = house.call("GET", path, *READS, params={"month": "2021-05", **more.pop("asked", {})}, **more)
        assert answer.status_code == 200, answer.text
        page = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[0]
        return [cell.value for row in page.iter_rows() for cell in row]

    masked, reveal = cells(), {"identity": "full", "reason": "supervision"}
    assert "马有福" not in masked
    assert HEAD["身份证号"] not in masked
    assert {"马*福", "收入超标", "核减（减员）", "农村低保"} <= set(masked)
    refused = house.call("GET", path, *READS, params={"month": "2021-05", **reveal})
    assert refused.json()["code"] == "reveal-purpose-missing"
    house.told(reveals_per_client=0)
    spent = house.call("GET", path, *READS, params={"month": "2021-05", **reveal}, purpose="reveal")
    assert spent.json()["code"] == "reveal-budget-spent"
    house.told(reveals_per_client=1)
    full = cells(asked=reveal, purpose="reveal")
    assert {"马有福", HEAD["身份证号"]} <= set(full)


def recoveries(house: House, **asked: Any) -> dict[str, Any]:
    answer = house.call("GET", "/recoveries", "payments:read", "registers:read", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def overpaid(house: House) -> None:
    house.take(workbook([{**HEAD, "停保年月": "202012"}, {**WIFE, "停保年月": "202012"}]))
    areas(house)
    pay(house, payouts([payout(发放年月=month) for month in ("202012", "202101", "202103")]))


def test_what_was_overpaid_is_counted_in_months_and_yuan_and_followed_until_it_is_back(house: House) -> None:
    overpaid(house)
    (claim,) = recoveries(house)["items"]
    figures = ("first_month", "last_month", "months", "overpaid_fen", "recovered_fen", "outstanding_fen", "ground")
    assert tuple(claim[name] for name in figures) == ("2021-01", "2021-03", 2, 63800, 0, 63800, "ended")
    assert (claim["doubts"], claim["name"], claim["household_number"]) == (["not-registered"], "马*福", "JY0000001")
    said = {
        **RIGHT["recovery"], "debtor": {"name": "马有福", "id_number": HEAD["身份证号"]}, "household": "JY0000001",
        "months": 2, "overpaid": 63800, "pay_by": "2021-06-01", "recovered": 10000, "recovered_on": "2021-05-10",
    }  # fmt: skip
    made = add(house, "recovery", values=said)
    assert made["values"]["outstanding"] == 53800
    (claim,) = recoveries(house)["items"]
    assert tuple(claim[name] for name in figures[4:6]) == (10000, 53800)
    assert (claim["doubts"], claim["entries"]) == ([], [made["entry_id"]])
    house.told(as_of=house.app.state.settings.as_of.replace(day=2))
    assert recoveries(house)["items"][0]["doubts"] == ["overdue"]
    pay(house, payouts([payout(发放年月="202104")]))
    found = recoveries(house)
    assert found["items"][0]["doubts"] == ["amount-differs", "overdue"]
    assert (found["overpaid_fen"], found["recovered_fen"], found["outstanding_fen"]) == (95700, 10000, 53800)
    assert recoveries(house, area="640499100000")["items"] == found["items"]


def test_the_sheet_of_recoveries_is_filled_in_and_sent_to_the_register(house: House) -> None:
    overpaid(house)
    reveal = {"identity": "full", "reason": "supervision"}
    path, who = "/recoveries/export.xlsx", ("payments:read", "registers:read", "registers:write")
    masked = house.call("GET", path, *who)
    assert "马有福" not in str(_values(masked.content))
    content = house.call("GET", path, *who, purpose="reveal", params=reveal).content
    filled = _fill(content, {"追回编号": "Z-1", "追回期限": "2021-07-01"})
    answer = house.call("POST", "/registers/recovery/import", *who, content=filled)
    assert [one["outcome"] for one in answer.json()["rows"]] == ["created"], answer.text
    (claim,) = recoveries(house)["items"]
    assert (claim["doubts"], claim["registered_fen"], claim["pay_by"]) == ([], 63800, "2021-07-01")
    content = house.call("GET", path, *who).content  # masked: what is not altered stays
    filled = _fill(content, {"已追回金额（元）": "638", "最近追回日期": "2021-06-01"})
    answer = house.call("POST", "/registers/recovery/import", *who, content=filled)
    assert [one["outcome"] for one in answer.json()["rows"]] == ["updated"], answer.text
    (claim,) = recoveries(house)["items"]
    assert (claim["recovered_fen"], claim["outstanding_fen"]) == (63800, 0)


def _values(content: bytes) -> list[Any]:
    page = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [cell.value for row in page.iter_rows() for cell in row]


def _fill(content: bytes, cells: dict[str, str]) -> bytes:
    """The last line with these cells filled in."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    page = book.worksheets[0]
    head = next(row for row in page.iter_rows() if row[0].value == "登记编号")
    places = {str(cell.value): cell.column for cell in head}
    for name, value in cells.items():
        page.cell(page.max_row, places[name], value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_places_beside_are_told_nothing_of_exits_and_recoveries(house: House) -> None:
    overpaid(house)
    beside = {"area": "640499101000"}
    assert house.call("GET", "/exits", *READS, params={"month": "2021-01"}, **beside).json()["lines"] == 0
    assert house.call("GET", "/recoveries", "payments:read", "registers:read", **beside).json()["items"] == []
    assert sheet(house, "2021-01", area=VILLAGE)["lines"] == 2
    assert sheet(house, "2021-01", area=COUNTY)["lines"] == 2


@pytest.mark.parametrize("month", ["0000-01", "9999-12", "1899-12", "2021-13", "2021-1", "2021-05-01", "x"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/exits", "month"), ("/exits/export.xlsx", "month"), ("/exits/anomalies", "month"),
        ("/exits/unassessed", "from"), ("/exits/unassessed", "to"), ("/coverage-grounds", "from"),
        ("/coverage-grounds", "to"), ("/reserve-funds", "to"), ("/temporary-aid/timeliness", "from"),
    ],
)  # fmt: skip
def test_a_month_no_calendar_has_is_refused_with_its_place(house: House, path: str, name: str, month: str) -> None:
    answer = house.call("GET", path, *READS, "registers:read", params={name: month})
    assert answer.status_code == 422, answer.text
    assert name in str(answer.json()["errors"])


@pytest.mark.parametrize("month", ["1900-01", "2099-12"])
def test_the_first_and_the_last_month_there_are_can_be_asked_for(house: House, month: str) -> None:
    who = (*READS, "registers:read")
    for path in ("/exits", "/exits/anomalies"):
        assert house.call("GET", path, *who, params={"month": month}).status_code == 200
    for path in ("/exits/unassessed", "/coverage-grounds", "/reserve-funds"):
        assert house.call("GET", path, *who, params={"from": month, "to": month}).status_code == 200
