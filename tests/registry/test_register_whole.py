"""Every register end to end, and what is peculiar to some: petitions, hand-overs, incomes, what is due."""

from typing import Any

import pytest

from registry.registers.catalogue import REGISTERS
from registry.registers.petitions import likeness
from tests.registry.house import TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.register_cases import PEOPLE, RIGHT
from tests.registry.test_registers import add

OTHER_TOWN = "640499101000"
EVERYTHING = ("registers:read", "registers:write", "registers:handed-over")


def areas(house: House) -> None:
    named = [{"code": TOWN, "name": "青石镇"}, {"code": VILLAGE, "name": "柳树村"}]
    assert house.call("POST", "/areas/import", "areas:write", json={"areas": named}).status_code == 200


def problem(house: House, area: str = TOWN) -> str:
    """A case of the ledger, about nobody."""
    areas(house)
    body = {"kind": "problem", "area": area, "title": "有人反映的问题"}
    answer = house.call("POST", "/cases", "cases:write", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_id"])


def due(house: House, register: str, **parameters: Any) -> list[tuple[str, str | None]]:
    answer = house.call("GET", f"/registers/{register}/due", *EVERYTHING, params={"limit": 1000, **parameters})
    assert answer.status_code == 200, answer.text
    return [(one["reason"], one["entry_id"]) for one in answer.json()["items"]]


def take(house: House, register: str, content: bytes) -> list[str]:
    answer = house.call("POST", f"/registers/{register}/import", *EVERYTHING, content=content)
    assert answer.status_code == 200, answer.text
    return [one["outcome"] for one in answer.json()["rows"]]


def test_every_register_takes_lists_exports_and_takes_back_its_entries(house: House) -> None:
    listed = house.call("GET", "/registers", "registers:read").json()["registers"]
    assert [one["register_id"] for one in listed] == list(REGISTERS)
    case_id = problem(house)
    for register, values in RIGHT.items():
        said = {**values, **({"case": case_id} if values.get("case") else {})}
        at = f"/registers/{register}"
        made = house.call("POST", f"{at}/entries", *EVERYTHING, json={"values": said, "area": TOWN})
        assert made.status_code == 201, (register, made.text)
        entry = made.json()
        found = house.call("GET", f"{at}/entries", *EVERYTHING, params={"area": TOWN}).json()["entries"]
        assert found == [entry]
        assert house.call("GET", f"{at}/template.xlsx", *EVERYTHING).status_code == 200
        masked = house.call("GET", f"{at}/export.xlsx", *EVERYTHING).content
        reveal = {"identity": "full", "reason": "visit"}
        full = house.call("GET", f"{at}/export.xlsx", *EVERYTHING, purpose="reveal", params=reveal).content
        for content in (masked, full):
            assert take(house, register, content) == ["unchanged"], register
        due(house, register)
        wrong = dict.fromkeys(said, "x" * 5000)
        answer = house.call("POST", f"{at}/entries", *EVERYTHING, json={"values": wrong})
        assert answer.status_code == 422
        assert len(answer.json()["errors"]) >= len(said)


def test_what_was_handed_over_is_seen_by_the_few_who_may(house: House) -> None:
    case_id = problem(house)
    meeting = add(house, "deliberation", values={**RIGHT["deliberation"], "case": case_id})
    at = f"/registers/deliberation/entries/{meeting['entry_id']}"
    plain, few = ("registers:read", "cases:read"), ("registers:read", "cases:read", "registers:handed-over")
    seen = [house.call("GET", path, *plain).status_code for path in (at, f"/cases/{case_id}")]
    assert seen == [200, 200]
    refused = house.call("POST", "/registers/hand-over/entries", "registers:write", json={"values": {}})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    said = {**RIGHT["hand-over"], "case": case_id}
    made = house.call("POST", "/registers/hand-over/entries", *EVERYTHING, json={"values": said})
    assert made.json()["area"] == TOWN
    assert made.json()["values"]["matter"] == "******"
    assert [one["code"] for one in made.json()["notices"]] == ["receipt-missing"]
    for path in (at, f"/cases/{case_id}"):
        assert house.call("GET", path, *plain).status_code == 404
        assert house.call("GET", path, *few).status_code == 200
    assert house.call("GET", "/registers/deliberation/entries", *plain).json()["entries"] == []
    assert house.call("GET", "/cases", *plain).json()["cases"] == []
    other = house.call("POST", "/registers/deliberation/entries", "registers:write", json={"values": {**said}})
    assert "case-unknown" in other.text or other.status_code == 422
    over = house.call(
        "POST", f"/registers/hand-over/entries/{made.json()['entry_id']}/end", *EVERYTHING,
        json={"on": "2021-06-01", "reason": "查无实据，退回"}, headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert over.status_code == 200, over.text
    assert house.call("GET", f"/cases/{case_id}", *plain).status_code == 200


def petition(number: str, **more: Any) -> dict[str, Any]:
    return {
        "number": number, "petitioner": dict(PEOPLE["A"]), "received_on": "2019-03-01", "class": "request",
        "matter": "反映本人低保2018年被村委会无故停发，要求恢复并补发", **more,
    }  # fmt: skip


def test_repeated_petitions_are_proposed_and_a_human_has_the_last_word(house: House) -> None:
    first = add(house, "petition", values=petition("1"), area=VILLAGE)
    again = {"received_on": "2020-04-01", "matter": "低保2018年被村委会无故停发，再次要求恢复、补发低保金"}
    second = add(house, "petition", values=petition("2", **again), area=VILLAGE)
    unnumbered = {"petitioner": {"name": PEOPLE["A"]["name"]}, "received_on": "2021-01-01", **again}
    third = add(house, "petition", values=petition("3", **{**unnumbered, "received_on": "2021-01-01"}), area=VILLAGE)
    add(house, "petition", values=petition("4", matter="申请加宽村道，方便农用车通行"), area=VILLAGE)
    add(house, "petition", values=petition("5", petitioner={**PEOPLE["B"], "name": PEOPLE["A"]["name"]}, **again))

    def pairs(**asked: str) -> set[tuple[str, str, str]]:
        answer = house.call("GET", "/registers/petition/repeats", "registers:read", params=asked).json()
        return {(one["first"]["number"], one["second"]["number"], one["state"]) for one in answer["repeats"]}

    # The fifth bears the same name and another number; without one, the third may be either.
    assert pairs() == {
        ("1", "2", "proposed"), ("1", "3", "proposed"), ("2", "3", "proposed"), ("5", "3", "proposed")
    }  # fmt: skip
    for decision, one, other in (("confirm", second, first), ("deny", first, third)):
        body = {"first": one["entry_id"], "second": other["entry_id"], "decision": decision, "reason": "已核对原件"}
        answer = house.call("POST", "/registers/petition/repeats", "registers:read", "registers:write", json=body)
        assert answer.status_code == 200, answer.text
    assert pairs(state="confirmed") == {("1", "2", "confirmed")}
    assert ("1", "3", "denied") in pairs()
    assert ("1", "3", "proposed") not in pairs()
    body = {"first": first["entry_id"], "second": first["entry_id"], "decision": "confirm"}
    answer = house.call("POST", "/registers/petition/repeats", "registers:write", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "repeat-unknown")


def test_townships_are_ranked_by_petitions_per_thousand_repeats_and_overdue(house: House) -> None:
    number = id_number("19640307", 21)
    there = person_row(
        户号="JY0000009", 姓名="张三", 户主姓名="张三", 身份证号=number, 区划代码="640499101203", 出生日期="19640307"
    )
    house.take(workbook([person_row(), there]))
    add(house, "petition", values=petition("1", answer_by="2019-05-01"), area=VILLAGE)
    add(house, "petition", values=petition("2"), area=VILLAGE)
    add(house, "petition", values=petition("3", petitioner={"name": "张三", "id_number": number}))
    rows = house.call("GET", "/registers/petition/ranking", "registers:read").json()["rows"]
    told = [(one["area"], one["petitions"], one["overdue"], one["beneficiaries"], one["per_thousand"]) for one in rows]
    assert told == [(TOWN, 2, 1, 1, 2000.0), (OTHER_TOWN, 1, 0, 1, 1000.0)]
    areas(house)
    inner = house.call("GET", "/registers/petition/ranking", "registers:read", params={"area": TOWN}).json()["rows"]
    assert [one["area"] for one in inner] == [VILLAGE]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("反映低保被停发，要求恢复", "反映：低保被停发!要求恢复", 1.0),
        ("反映低保被停发，要求恢复", "申请加宽村道方便通行车辆", 0.0),
        ("停发低保", "停发低保", 1.0),
    ],
)
def test_matters_are_alike_by_what_they_share(one: str, other: str, alike: float) -> None:
    assert likeness(one, other) == likeness(other, one) == alike


def test_a_household_s_income_is_added_up_in_fen_and_imputed_income_is_marked(house: House) -> None:
    house.take(workbook([person_row()]))
    line = RIGHT["income-sheet"]
    add(house, "income-sheet", values=line)
    add(
        house, "income-sheet", values={**line, "item": "other", "amount": 50050, "imputed": True, "basis": "同村日工资"}
    )
    left = {**line, "item": "transfers", "amount": 20000, "counted": False, "why_not": "优抚金"}
    add(house, "income-sheet", values=left)
    (total,) = house.call("GET", "/registers/income-sheet/totals", "registers:read").json()["totals"]
    told = (total["lines"], total["counted_fen"], total["not_counted_fen"], total["imputed_fen"])
    assert told == (3, 170050, 20000, 50050)
    assert (total["area"], total["household_id"] is not None) == (VILLAGE, True)
    assert [reason for reason, _ in due(house, "income-sheet")] == ["income-imputed"]


def test_what_is_due_of_each_register_is_listed_with_its_reason(house: House) -> None:
    house.told(custodian_cards=1)
    a, b = PEOPLE["A"], PEOPLE["B"]
    card = RIGHT["custodian"]
    cards = [add(house, "custodian", values={**card, "card_last4": last, "post": post})
             for last, post in (("1111", "none"), ("2222", "village-cadre"))]  # fmt: skip
    assert sorted(due(house, "custodian")) == sorted(
        [("custodian-of-many", one["entry_id"]) for one in cards] + [("custodian-is-cadre", cards[1]["entry_id"])]
    )
    wish = add(house, "placement-wish", values=RIGHT["placement-wish"])
    (waiting,) = house.call("GET", "/registers/placement-wish/due", "registers:read").json()["items"]
    assert (waiting["reason"], waiting["waiting_days"], waiting["name"]) == ("placement-waiting", 92, "马*福")
    placed = {"values": {"placed_on": "2021-05-01", "institution": "敬老院"}, "on": "2021-05-01"}
    path = f"/registers/placement-wish/entries/{wish['entry_id']}/changes"
    assert house.call("POST", path, *EVERYTHING, json=placed, headers={"If-Match": '"1"'}).status_code == 200
    assert due(house, "placement-wish") == []
    changed = {"change_reported_on": "2021-05-06", "change": "骨折卧床"}
    assessed = add(house, "self-care-assessment", values={**RIGHT["self-care-assessment"], **changed})
    assert (assessed["values"]["grade"], assessed["due_on"]) == ("partial", "2021-05-20")  # ten working days
    assert due(house, "self-care-assessment") == [("reassessment-due", assessed["entry_id"])]
    filed = add(house, "staff-relative", values=RIGHT["staff-relative"])
    add(house, "staff-relative", values={**RIGHT["staff-relative"], "staff": b, "beneficiary": a})
    assert [reason for reason, _ in due(house, "relative-review")] == ["relative-not-reviewed"] * 2
    add(house, "relative-review", values=RIGHT["relative-review"])
    assert [reason for reason, _ in due(house, "relative-review")] == ["relative-not-reviewed"]
    assert filed["values"]["beneficiary"]["name"] == "马*福"
    paper = {**RIGHT["document-checklist"], "decided_on": None, "told_on": None}
    add(house, "document-checklist", values=paper)
    assert [reason for reason, _ in due(house, "document-checklist")] == ["paper-missing-decided", "paper-missing-told"]
    applied = add(house, "application", values=RIGHT["application"])
    assert [one["code"] for one in applied["notices"]] == ["aid-first"]
    aided = {"aid_on": "2021-05-02", "aid_amount": 50000, "aid_number": "L-1"}
    path = f"/registers/application/entries/{applied['entry_id']}"
    fixed = house.call("PATCH", path, *EVERYTHING, json={"values": aided}, headers={"If-Match": '"1"'})
    assert fixed.json()["notices"] == []


def test_a_new_assessment_in_a_sheet_is_a_change_and_no_correction(house: House) -> None:
    entry = add(house, "self-care-assessment", values=RIGHT["self-care-assessment"])
    head = ["特困人员姓名", "特困人员身份证号", "自主吃饭", "评估日期"]
    content = workbook_of([head, [PEOPLE["A"]["name"], PEOPLE["A"]["id_number"], "否", "2021-05-01"]])
    answer = house.call("POST", "/registers/self-care-assessment/import", *EVERYTHING, content=content)
    assert answer.json()["code"] == "register-columns-wrong"
    items = ["自主穿衣", "自主上下床", "自主如厕", "室内自主行走", "自主洗澡", "评估机构"]
    row = [PEOPLE["A"]["name"], PEOPLE["A"]["id_number"], "否", "2021-05-01", *["是"] * 2, *["否"] * 3, "另一机构"]
    assert take(house, "self-care-assessment", workbook_of([[*head, *items], row])) == ["updated"]
    path = f"/registers/self-care-assessment/entries/{entry['entry_id']}"
    grades = [house.call("GET", path, *EVERYTHING, params={"as_of": day}).json()["values"]["grade"]
              for day in ("2021-04-01", "2021-05-01")]  # fmt: skip
    assert grades == ["partial", "none"]


def workbook_of(lines: list[list[Any]]) -> bytes:
    from tests.workbooks import workbook as saved  # noqa: PLC0415 - beside the house's own of the same name

    return saved(lines)
