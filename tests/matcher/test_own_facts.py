"""Whose number a row bears: it decides how surely somebody is dead, and what goes back to the sender."""

import polars as pl

from china.id_numbers import read_column
from matcher.flows.own_facts import identity_facts, with_own_numbers
from matcher.frames import FACT, conform
from tests.matcher import county
from tests.matcher.conftest import Matcher

ONE, OTHER = county.number("19500101", 1), county.number("19500101", 3)
REGISTRY = pl.DataFrame({"person_id": ["p1", "p2", "p3"], "id_number": [ONE, OTHER, None]})
ROWS = {1: ONE, 2: OTHER, 3: None, 4: ONE[:-1] + "0", 5: OTHER[:17] + OTHER[17].lower(), 6: ONE}
SEEN = pl.DataFrame(
    {"batch_id": ["b"] * 6, "line": list(ROWS), "feed": ["cremations"] * 6, "id_number": list(ROWS.values())},
    schema_overrides={"line": pl.Int32},
)
NUMBERS = read_column(SEEN["id_number"])


def facts(*rows: tuple[str, str, int], kind: str = "death") -> pl.DataFrame:
    """(subject, batch, line)."""
    told = [{"subject_id": s, "batch_id": b, "line": n, "kind": kind, "grade": "certain"} for s, b, n in rows]
    return conform(pl.DataFrame(told), FACT)


def test_a_row_bears_the_persons_number_or_not_and_where_nobody_can_know_nothing_is_said() -> None:
    known = facts(("p1", "b", 1), ("p1", "b", 2), ("p1", "b", 3), ("p2", "b", 5), ("p3", "b", 1), ("u", "b", 1))
    told = facts(("p1", "outcome", 0))
    found = with_own_numbers(pl.concat([known, told]), SEEN, NUMBERS, REGISTRY)
    assert found["own_number"].to_list() == [True, False, False, True, None, None, None]
    others = facts(("p1", "b", 2), kind="illness")
    assert with_own_numbers(others, SEEN, NUMBERS, REGISTRY)["own_number"].to_list() == [None]


def test_a_linked_row_with_another_number_is_told_without_the_number() -> None:
    links = pl.DataFrame(
        {
            "batch_id": ["b"] * 6,
            "line": list(ROWS),
            "subject_id": ["p1", "p1", "p1", "p1", "p2", "p3"],
            "registered": [True] * 6,
            "grade": ["certain", "probable", "certain", "certain", "certain", "certain"],
        },
        schema_overrides={"line": pl.Int32},
    )
    found = identity_facts(links, SEEN, NUMBERS, REGISTRY)
    assert found.select("subject_id", "line", "kind", "grade").rows() == [
        ("p1", 2, "identity-differs", "probable"),
        ("p1", 4, "identity-differs", "certain"),
    ], "a blank number is no mistake of this kind, and a person without one has none to differ from"
    assert found["text"].str.contains("不是有效号码").to_list() == [False, True]
    assert not any(number in str(found.to_dicts()) for number in (ONE, OTHER))
    doubtful = links.with_columns(grade=pl.lit("possible"))
    assert identity_facts(doubtful, SEEN, NUMBERS, REGISTRY).height == 0


def test_a_death_by_two_agencies_with_the_number_is_told_as_such_and_a_register_that_says_alive_is_asked(
    matcher: Matcher,
) -> None:
    first, second = county.numbered(2)
    for who in (first, second):
        matcher.registry.put_person(county.person(*who, coverage=[county.covered()]))
    matcher.deliver("health-deaths", [county.death(*first), county.death(*second)])
    cremated = county.csv(("姓名", "证件号码", "死亡日期", "火化证编号"), [(*first, "2021-02-12", "H1")])
    answers = county.csv(
        ("姓名", "身份证号", "户籍状态", "查询日期"), [(*who, "在册", "2021-05-20") for who in (first, second)]
    )
    for feed, content in (("cremations", cremated), ("police-answers", answers)):
        assert matcher.push(feed, content).status_code == 202
    matcher.work()
    found = {}
    for lead in matcher.leads():
        whole = matcher.get(f"/leads/{lead['lead_id']}")
        found[lead["name"]] = next(one for one in whole["findings"] if one["screen"] == "covered-but-dead")
    by_two, disputed = found[first[0]], found[second[0]]
    assert by_two["inputs"]["death_confidence"] == "several-sources"
    assert by_two["inputs"]["disputed_before"] is False
    assert by_two["inputs"]["death_conflict"] == "公安：在册；卫生健康、殡葬：已死亡", "the losing word stays in sight"
    assert (disputed["inputs"]["death_confidence"], disputed["inputs"]["disputed_before"]) == ("doubtful", True)
    assert disputed["inputs"]["death_conflict"] == "公安：在册；卫生健康：已死亡"
    assert (by_two["tier"], disputed["tier"]) == ("必访", "电话核实")
