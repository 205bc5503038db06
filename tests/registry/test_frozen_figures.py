"""The ledger of a past month is its signed snapshot: it does not move, and everybody sees their own part of it."""

from datetime import date, timedelta

from kit.scope import NATION
from tests.registry.house import COUNTY, OTHER_COUNTY, OTHER_VILLAGE, TOWN, VILLAGE, House
from tests.registry.test_registry_statistics import EMPTY_TOWN, OPENED, OTHER_TOWN, asked, by_area, case, divisions

PREFECTURE = "640400000000"
MAY = {"as_of": "2021-05-31"}


def test_a_past_ledger_is_its_signed_snapshot_and_does_not_move(house: House) -> None:
    divisions(house)
    case(house, VILLAGE, "verifying", due_on=date(2021, 5, 20))
    case(house, OTHER_VILLAGE, "closed", closed_at=OPENED + timedelta(days=3))
    row = house.call("POST", "/ledger/snapshots", "cases:write", json={"area": COUNTY, "month": "2021-05"}).json()
    refused = house.call("GET", "/statistics/ledger", "statistics:read", params=MAY)
    assert (refused.status_code, refused.json()["code"]) == (422, "ledger-not-frozen")
    signed = house.call("POST", f"/ledger/snapshots/{row['snapshot_id']}/sign", "cases:approve")
    assert signed.status_code == 200, signed.text
    before = asked(house, "ledger", **MAY)
    case(house, VILLAGE, "verifying")
    body = asked(house, "ledger", **MAY)
    assert body == before
    assert body["frozen"]["numbers"] == [row["number"]]
    assert body["frozen"]["digests"] == [row["digest"]]
    assert by_area(body, "opened", "closed", "open", "verifying", "overdue", "flagged")["香山镇"] == (
        1, 0, 1, 1, 1, None,
    )  # fmt: skip
    assert asked(house, "ledger", area=OTHER_TOWN, **MAY)["total"]["opened"] == 1, "of the county's own snapshot"
    assert asked(house, "ledger")["frozen"] is None
    middle = house.call("GET", "/statistics/ledger", "statistics:read", params={"as_of": "2021-05-15"})
    assert middle.json()["code"] == "ledger-not-frozen"
    whole = asked(house, "ledger", caller=PREFECTURE, area=COUNTY, **MAY)
    assert whole["total"] == body["total"]
    house.told(small_cell=1)  # so that there is something to compare
    mine = asked(house, "ledger", caller=TOWN, area=COUNTY, **MAY)
    assert ({row["area"] for row in mine["rows"]}, mine["total"]["opened"]) == ({TOWN}, 1)


def test_a_prefecture_has_a_past_once_every_county_has_signed_and_townships_do_not_make_a_county(house: House) -> None:
    divisions(house)
    names = [{"code": code, "name": code} for code in (PREFECTURE, COUNTY, OTHER_COUNTY)]
    told = house.call("POST", "/areas/import", "areas:write", json={"areas": names}, area=NATION)
    assert told.status_code == 200, told.text
    case(house, VILLAGE, "verifying")
    case(house, COUNTY, "verifying")  # nobody knows its township
    case(house, "640498100201", "verifying")

    def sign(area: str) -> None:
        body = {"area": area, "month": "2021-05"}
        row = house.call("POST", "/ledger/snapshots", "cases:write", json=body, area=NATION).json()
        done = house.call("POST", f"/ledger/snapshots/{row['snapshot_id']}/sign", "cases:approve", area=NATION)
        assert done.status_code == 200, done.text

    def opened(area: str) -> int | str:
        who = {"area": NATION, "params": {"area": area, **MAY}}
        answer = house.call("GET", "/statistics/ledger", "statistics:read", **who)
        return answer.json()["code"] if answer.status_code == 422 else int(answer.json()["total"]["opened"])

    for town in (TOWN, OTHER_TOWN, EMPTY_TOWN):
        sign(town)
    assert (opened(TOWN), opened(COUNTY)) == (1, "ledger-not-frozen")
    sign(COUNTY)
    assert (opened(COUNTY), opened(PREFECTURE)) == (2, "ledger-not-frozen")
    sign(OTHER_COUNTY)
    assert opened(PREFECTURE) == 3
