"""Lists, exports and sums in both times: what came later is neither in them nor missing from them."""

from kit.columns import now
from kit.tables_in import read_table
from registry.imports.headers import COLUMNS
from tests.registry.house import COUNTY, TOWN, VILLAGE, House, id_number, person_row, workbook
from tests.registry.payouts import listed, pay, payout, payouts, registered
from tests.registry.register_cases import RIGHT
from tests.registry.test_households import send, who

HEAD, OTHER = id_number("19700102", 11), id_number("19800304", 13)
SINGLE = {"户号": "JY2", "户主姓名": "王五", "姓名": "王五", "身份证号": OTHER, "出生日期": "19800304"}


def told(house: House, **asked: str) -> dict[str, tuple[str | None, str | None, str | None]]:
    """户号, 救助类别 and 停保年月 of each line of the coverage export, by the end of the number."""
    asked |= {"identity": "full", "reason": "supervision"}
    answer = house.call("GET", "/coverage/export.xlsx", "registry:read", params=asked, purpose="reveal")
    assert answer.status_code == 200, answer.text
    rows = read_table(answer.content, COLUMNS.knows).frame.iter_rows(named=True)
    return {str(row["身份证号"])[-4:]: (row["户号"], row["救助类别"], row.get("停保年月")) for row in rows}


def test_the_coverage_export_is_of_a_day_as_known_at_a_moment(house: House) -> None:
    house.take(workbook([person_row(身份证号=HEAD)]), as_of="2021-02-01")
    first = now().isoformat()
    changed = [person_row(身份证号=HEAD, 停保年月="202103"), person_row(**SINGLE, 起保年月="202104")]
    house.take(workbook(changed), as_of="2021-04-01")
    home = house.call("GET", f"/persons/{who(house, HEAD)}", "registry:read").json()["household_id"]
    moved = {"number": "JY77", "on": "2021-05-01"}
    assert send(house, "POST", f"/households/{home}/changes", moved).status_code == 200
    head, other = HEAD[-4:], OTHER[-4:]
    assert told(house) == {head: ("JY77", "农村低保", "202103"), other: ("JY2", "农村低保", None)}
    assert told(house, known_at=first) == {head: ("JY0000001", "农村低保", None)}
    assert told(house, as_of="2021-03-31") == {head: ("JY0000001", "农村低保", "202103")}
    # A member who is not supported on the day stands on the list as that.
    assert told(house, as_of="2021-04-15") == {head: ("JY0000001", None, None), other: ("JY2", "农村低保", None)}
    assert told(house, as_of="2021-04-15", known_at=first) == {head: ("JY0000001", "农村低保", None)}
    assert told(house, known_at="2020-01-01T00:00:00Z") == {}


def test_a_merged_person_is_one_on_the_export_since_it_was_known(house: House) -> None:
    house.take(workbook([person_row(身份证号=HEAD), person_row(**SINGLE)]), as_of="2021-02-01")
    first, kept, gone = now().isoformat(), who(house, HEAD), who(house, OTHER)
    seen = house.call("GET", f"/persons/{gone}", "registry:read").headers["ETag"]
    body = {"into": kept}
    done = house.call("POST", f"/persons/{gone}/merge", "registry:write", json=body, headers={"If-Match": seen})
    assert done.status_code == 200, done.text
    second = now().isoformat()
    assert set(told(house, known_at=first)) == {HEAD[-4:], OTHER[-4:]}
    assert set(told(house, known_at=second)) == set(told(house)) == {HEAD[-4:]}


def test_payments_accounts_and_exports_are_as_known_at_a_moment(house: House) -> None:
    ids = registered(house)
    pay(house, payouts([payout(发放年月="202001")]))
    first = now().isoformat()
    pay(house, payouts([payout(发放年月="202002", 银行账号="6229000000000777")]))

    def accounts(**asked: str) -> set[str]:
        answer = house.call("GET", "/payment-accounts", "payments:read", params=asked)
        return {one["account"] for one in answer.json()["accounts"]}

    def months(**asked: str) -> list[str]:
        answer = house.call("GET", "/payment-accounts/history", "payments:read", params={**ids_of(ids), **asked})
        return [one["first_month"] for one in answer.json()["paid"]]

    def lines(kind: str, **asked: str) -> int:
        answer = house.call("GET", f"/payments/export.{kind}", "payments:read", params=asked)
        assert answer.status_code == 200, answer.text
        return len(answer.content)

    assert accounts() == {"****0001", "****0777"}
    assert accounts(known_at=first) == {"****0001"}
    assert months() == ["2020-01", "2020-02"]
    assert months(known_at=first) == ["2020-01"]
    assert len(listed(house, area=COUNTY, known_at=first)) == 1
    assert lines("csv", known_at=first) < lines("csv")
    assert lines("xlsx", known_at=first) < lines("xlsx")


def ids_of(ids: dict[str, str]) -> dict[str, str]:
    return {"person_id": ids["person_id"]}


def test_a_register_is_exported_as_it_was(house: House) -> None:
    values = RIGHT["interview"]
    first = now().isoformat()
    path = "/registers/interview/entries"
    scopes = ("registers:read", "registers:write")
    made = house.call("POST", path, *scopes, json={"values": values})
    assert made.status_code == 201, made.text

    def rows(**asked: str) -> int:
        answer = house.call("GET", "/registers/interview/export.xlsx", "registers:read", params=asked)
        assert answer.status_code == 200, answer.text
        return read_table(answer.content, lambda name: "约谈" in name or "对象" in name).frame.height

    assert rows() == rows(known_at=now().isoformat()) > rows(known_at=first)


def test_standards_are_exported_as_known_at_a_moment(house: House) -> None:
    body = {"areas": [{"code": code, "name": code} for code in (COUNTY, TOWN, VILLAGE)]}
    assert house.call("POST", "/areas/import", "areas:write", json=body).status_code == 200
    first = now().isoformat()
    said = {"mode": "change", "value": 40000, "valid_from": "2021-01-01"}
    assert house.call("PUT", f"/standards/{COUNTY}/dibao-rural", "standards:write", json=said).status_code == 200

    def rows(**asked: str) -> int:
        answer = house.call("GET", "/standards.xlsx", params={"area": COUNTY, **asked})
        assert answer.status_code == 200, answer.text
        return read_table(answer.content, {"区划代码", "项目代码", "数值"}.__contains__).frame.height

    assert rows() == rows(known_at=first) + 1
