"""A register of the real registry becomes a fact of the real matcher, and is none any more once the entry ended."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from matcher.flows import screen_people
from matcher.screens import again
from tests.journeys.stage import COUNTY, XLSX, Stage
from tests.registry.house import id_number, person_row, workbook
from tests.registry.payouts import HEAD, WIFE, payout, payouts
from tests.registry.register_cases import RIGHT
from tests.workbooks import workbook as saved

PATH = "/registry/v1"
ME = {"name": HEAD["姓名"], "id_number": HEAD["身份证号"]}
KEEPER = {"name": "王五", "id_number": id_number("19800101", 71)}


@pytest.fixture(autouse=True)
def household(stage: Stage) -> None:
    """One household and its payouts are in the registry."""
    headers = {"Content-Type": XLSX}
    says(stage, "POST", "/imports", "imports:write", content=workbook([HEAD, WIFE]), headers=headers)
    says(stage, "POST", "/payments/imports", "payments:write", content=payouts([payout(), payout(发放年月="202103")]))


def says(stage: Stage, method: str, path: str, *scopes: str, **more: Any) -> dict[str, Any]:
    token = stage.token("civil-affairs", *scopes)
    answer = stage.call(method, f"{PATH}{path}", token, **more)
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


def known(stage: Stage) -> pl.DataFrame:
    """The registry's facts as the screens get them."""
    stage.work()
    desk, found = stage.worker.desk, list[pl.DataFrame]()
    scene_of = again.scene_of
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(again, "scene_of", lambda *args: (found.append(args[2]), scene_of(*args))[1])
        screen_people.seen_in(desk, screen_people.view_of(desk), desk.today())
    return found[0].filter(pl.col("feed") == "registry")


def custodians(stage: Stage) -> pl.DataFrame:
    return known(stage).filter(pl.col("kind") == "custodian")


def test_an_entry_is_a_fact_until_it_ends(stage: Stage) -> None:
    assert custodians(stage).is_empty()
    body = {"values": {**RIGHT["custodian"], "beneficiary": ME, "custodian": KEEPER}, "area": COUNTY}
    made = says(stage, "POST", "/registers/custodian/entries", "registers:read", "registers:write", json=body)
    (row,) = custodians(stage).iter_rows(named=True)
    assert (row["subject_id"], row["text"], row["code"]) == (made["person_id"], "王五", "relative")
    assert (row["batch_id"], row["line"], row["grade"]) == (made["entry_id"], 0, "certain")
    says(
        stage, "POST", f"/registers/custodian/entries/{made['entry_id']}/end", "registers:read", "registers:write",
        json={"on": "2021-05-01", "reason": "取回"}, headers={"If-Match": f'"{made["version"]}"'},
    )  # fmt: skip
    assert custodians(stage).is_empty()


def test_payouts_are_facts_of_the_people_the_screens_look_at(stage: Stage) -> None:
    facts = known(stage)
    subject = says(stage, "POST", "/persons/lookup", "registry:read", json={"id_number": ME["id_number"]})["person_id"]
    rows = (
        facts.filter(pl.col("kind") == "payout").select("subject_id", "code", "number", "valid_from").sort("valid_from")
    )
    assert rows.rows() == [
        (subject, "same", 319.0, date(2021, 1, 1)), (subject, "same", 319.0, date(2021, 3, 1)),
    ]  # fmt: skip
    assert ME["id_number"] not in str(facts.to_dicts())
    assert "6229000000000001" not in str(facts.to_dicts())
    # A list more, and they are told anew.
    says(stage, "POST", "/payments/imports", "payments:write", content=payouts([payout(发放年月="202102")]))
    (row,) = known(stage).filter(pl.col("kind") == "payout").iter_rows(named=True)
    assert (row["number"], row["count"], row["valid_to"]) == (957.0, 3, date(2021, 3, 31))


WIDOW = person_row(
    户号="JY0000002", 家庭人口="1", 保障人数="1", 户主姓名="欧阳墨", 姓名="欧阳墨", 身份证号=id_number("19450102", 31),
    出生日期="19450102", 联系电话=None, 开户姓名="欧阳墨", 银行账号="6229000000000002",
)  # fmt: skip
ALONE = "tekun-among-single-households"


def sheet(*rows: list[str | None]) -> bytes:
    """A register's list as a township keeps it."""
    return saved([list(row) for row in rows])


def taken(stage: Stage, register: str, content: bytes) -> None:
    """A list of a register, each row of which becomes an entry."""
    path = f"/registers/{register}/import"
    told = says(stage, "POST", path, "registers:read", "registers:write", content=content)
    assert {row["outcome"] for row in told["rows"]} == {"created"}, told


def found(stage: Stage, screen: str) -> dict[str, str]:
    """Name → tier of whom that screen lists."""
    stage.work()
    desk = stage.worker.desk
    wanted = screen_people.seen_in(desk, screen_people.view_of(desk), desk.today())
    return {one.snapshot["name"]: hit.tier for one in wanted for hit in one.hits if hit.screen == screen}


def test_a_township_s_lists_of_obligors_and_agreements_decide_the_test_for_tekun(stage: Stage) -> None:
    headers = {"Content-Type": XLSX}
    says(stage, "POST", "/imports", "imports:write", content=workbook([HEAD, WIFE, WIDOW]), headers=headers)
    assert found(stage, ALONE) == {"欧阳墨": "电话核实"}, "nobody told of obligors: to be asked by telephone"
    head = ["对象姓名", "对象身份证号", "义务人姓名", "履行能力", "关系", "情形", "核查日期", "核查人"]
    widow = [WIDOW["姓名"], WIDOW["身份证号"]]
    taken(stage, "obligor", sheet(head, [*widow, "欧阳甲", "无履行能力", "子女", "在监狱服刑", "2021-03-01", "李"]))
    assert found(stage, ALONE) == {"欧阳墨": "必访"}
    taken(stage, "obligor", sheet(head, [*widow, "欧阳乙", "有履行能力", "子女", None, "2021-02-01", "李"]))
    assert found(stage, ALONE) == {"欧阳墨": "观察"}, "one who is able is enough"
    head = ["低保对象姓名", "低保对象身份证号", "签订日期", "协议终止日期", "签字人", "民政部门签字人", "协议档案号"]
    taken(stage, "voluntary-dibao", sheet(head, [*widow, "2020-06-02", "2021-05-31", "本人", "李", "X-1"]))
    assert found(stage, ALONE) == {"欧阳墨": "观察"}, "the agreement ended yesterday"
    taken(stage, "voluntary-dibao", sheet(head, [*widow, "2021-06-01", "2021-06-01", "本人", "李", "X-2"]))
    assert found(stage, ALONE) == {}, "who chose 低保 is left alone while the agreement lasts"
