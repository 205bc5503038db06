"""“哪一位已故？”: a death that may be several covered people's is one question, on one lead, with its candidates."""

import io
from datetime import date
from typing import Any

import orjson
import polars as pl
import pytest
from openpyxl import load_workbook

from matcher.facts import store as facts
from matcher.feeds.facts import STATED
from matcher.flows.write_leads import Background, listing_of, wanted_leads
from matcher.frames import COVERAGE, PERSON, conform
from matcher.leads.store import Wanted
from matcher.links import store as links
from matcher.people.snapshot import PEOPLE
from matcher.reviews import store as reviews
from matcher.screens.catalogue import parameters_for, run
from tests.matcher import county
from tests.matcher.conftest import Matcher

DAY = date(2021, 6, 1)
VILLAGE, OTHER_VILLAGE, OTHER_TOWN, COUNTY = "640499100201", "640499100202", "640499200201", "640499000000"
PLACES = {VILLAGE: "柳树村", OTHER_VILLAGE: "石桥村", OTHER_TOWN: "杏花村", "640499100000": "青石镇", COUNTY: "安宁县"}


class Scene:
    """Covered people and death records in review; `leads()` is what would be listed."""

    def __init__(self) -> None:
        self.persons: list[dict[str, Any]] = []
        self.registry: list[dict[str, Any]] = []
        self.coverage: list[dict[str, Any]] = []
        self.said: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []
        self.reviews: list[dict[str, Any]] = []

    def person(self, one: str, area: str = VILLAGE, *, covered: bool = True, **more: Any) -> "Scene":
        self.persons.append({"subject_id": one, "registered": True, "area": area, "household_key": more.get("home")})
        told = {"person_id": one, "name": "马建国", "birth_date": more.get("born", "1950-01-01")}
        self.registry.append({**told, "household_number": f"AN-{one}"})
        if covered:
            self.coverage.append(
                {
                    "subject_id": one,
                    "programme": more.get("programme", "dibao-rural"),
                    "form": "household",
                    "household_size": 2,
                    "start": date(2019, 1, 1),
                    "source": f"import:{one[-1]}",
                }
            )
        return self

    def death(self, line: int, *candidates: str, of: str = "stranger", **more: Any) -> "Scene":
        """A death record: `of` is the subject it counts as meanwhile, registered if `taken` names a grade."""
        taken, area = more.get("taken"), more.get("area", COUNTY)
        if taken is None and of not in {one["subject_id"] for one in self.persons}:
            self.persons.append({"subject_id": of, "registered": False, "area": area})
        said = {
            "batch_id": "deaths",
            "line": line,
            "record_id": f"deaths:{line}",
            "kind": "death",
            "feed": "health-deaths",
        }
        self.said.append({**said, "valid_from": more.get("died", date(2021, 2, 11))})
        link = {"batch_id": "deaths", "line": line, "subject_id": of, "registered": taken is not None}
        self.links.append({**link, "grade": taken or "certain", "model_version": "m"})
        self.reviews += [
            {"batch_id": "deaths", "line": line, "candidate_id": one, "subject_id": of, "reason": "two-candidates"}
            for one in candidates
        ]
        return self

    def leads(self) -> dict[str, Wanted]:
        shaped = pl.DataFrame(self.links, schema=links.FRAME)
        doubts = pl.DataFrame(self.reviews, schema=reviews.FRAME)
        said = [conform(pl.DataFrame(self.said), STATED)]
        known = pl.concat([facts.of_subjects(said, shaped), facts.of_candidates(said, doubts, shaped)])
        persons = conform(pl.DataFrame(self.persons, infer_schema_length=None), PERSON)
        covered = conform(pl.DataFrame(self.coverage, infer_schema_length=None), COVERAGE)
        found = run(persons, covered, known, DAY, parameters_for(COUNTY, DAY))
        told = dict.fromkeys(("subject_id", "name", "id_number", "phone", "address", "household"), pl.String)
        background = Background(
            persons=persons,
            registry=pl.DataFrame(self.registry, schema=PEOPLE),
            snapshots=pl.DataFrame([{"subject_id": "stranger", "name": "马建国"}], schema=told),
            residences=pl.DataFrame(schema={"subject_id": pl.String, "residence": pl.String}),
            links=shaped,
            reviews=doubts,
            feeds={"deaths": "health-deaths"},
            deaths=known,
            places=PLACES,
        )
        return {one.subject_id: one for one in wanted_leads(listing_of(found, background))}


def test_two_namesakes_in_one_village_are_one_question_on_the_records_own_subject() -> None:
    (lead,) = Scene().person("p1").person("p2", programme="tekun-home").death(2, "p1", "p2").leads().values()
    assert (lead.subject_id, lead.registered, lead.tier, lead.area) == ("stranger", False, "电话核实", VILLAGE)
    assert lead.candidates == ({"person_id": "p1", "name": "马建国"}, {"person_id": "p2", "name": "马建国"})
    assert lead.snapshot["name"] == "马建国"
    assert lead.grade == "possible"
    (hit,) = lead.hits
    assert hit.screen == "covered-but-dead"
    assert [record["record"] for record in hit.content["records"]] == ["deaths:2", "import:1", "import:2"]
    assert sorted(doubt["other"] for doubt in lead.doubts) == ["p1", "p2"]
    assert lead.sources == ["deaths:2", "import:1", "import:2"]


def test_the_question_says_what_the_record_states_and_how_each_candidate_is_covered_and_names_nobody() -> None:
    scene = Scene().person("p1").person("p2", OTHER_VILLAGE, programme="tekun-home", born="1952-03-04")
    (lead,) = scene.death(2, "p1", "p2", area=VILLAGE).leads().values()
    reason = lead.hits[0].content["reason"]
    assert reason == (
        "死亡登记记载2021年2月11日，柳树村有一人死亡，在保人员中有2位都可能是本人："
        "（1）1950年生，柳树村，户号AN-p1，农村低保整户保（2人户）；"
        "（2）1952年生，石桥村，户号AN-p2，特困分散供养整户保（2人户）。"
        "请电话问清哪一位已故？未核实前不得停发。"
    )
    assert "马建国" not in reason, "reasons are read in masked lists too"
    assert len(reason) <= 500, "the ledger takes no longer one"


def test_an_unknown_date_and_place_are_said_or_left_out() -> None:
    (lead,) = Scene().person("p1").person("p2", OTHER_TOWN).death(2, "p1", "p2", died=None).leads().values()
    assert lead.hits[0].content["reason"].startswith("死亡登记记载日期不详有一人死亡")


@pytest.mark.parametrize(
    ("first", "second", "own", "expected"),
    [
        (VILLAGE, VILLAGE, COUNTY, VILLAGE),
        (VILLAGE, OTHER_VILLAGE, OTHER_TOWN, "640499100000"),
        (VILLAGE, OTHER_TOWN, OTHER_VILLAGE, OTHER_VILLAGE),
        (VILLAGE, OTHER_TOWN, COUNTY, COUNTY),
        (COUNTY, COUNTY, OTHER_TOWN, OTHER_TOWN),
    ],
)
def test_the_question_goes_where_the_candidates_are_else_where_the_record_points(
    first: str, second: str, own: str, expected: str
) -> None:
    scene = Scene().person("p1", first).person("p2", second).death(2, "p1", "p2", area=own)
    assert scene.leads()["stranger"].area == expected


def test_brothers_of_one_household_are_asked_about_on_that_households_card() -> None:
    scene = Scene().person("p1", home="H").person("p2", home="H").death(2, "p1", "p2")
    assert scene.leads()["stranger"].household_key == "H"
    scene = Scene().person("p1", home="H").person("p2", home="K").death(2, "p1", "p2")
    assert scene.leads()["stranger"].household_key is None


def test_a_doubt_about_one_covered_person_stays_on_that_person() -> None:
    leads = Scene().person("p1").person("p2", covered=False).death(2, "p1", "p2").leads()
    assert set(leads) == {"p1"}
    assert leads["p1"].candidates == ()
    assert "哪一位已故" in leads["p1"].hits[0].content["reason"]


def test_who_has_another_doubt_of_their_own_keeps_it_without_the_shared_record() -> None:
    scene = Scene().person("p1").person("p2").death(2, "p1", "p2").death(3, "p1", of="other")
    leads = scene.leads()
    assert set(leads) == {"stranger", "p1"}
    assert [record["record"] for record in leads["p1"].hits[0].content["records"]] == ["deaths:3", "import:1"]
    assert [one["person_id"] for one in leads["stranger"].candidates] == ["p1", "p2"]


def test_a_death_that_is_surely_one_persons_leaves_the_other_as_now() -> None:
    scene = Scene().person("p1").person("p2").death(2, "p2", of="p1", taken="certain")
    leads = scene.leads()
    assert set(leads) == {"p1"}
    scene = Scene().person("p1").person("p2").death(2, "p2", of="p1", taken="probable")
    assert set(scene.leads()) == {"p1", "p2"}


def test_who_is_known_to_be_dead_by_another_record_is_no_candidate_any_more() -> None:
    scene = Scene().person("p1").person("p2").person("p3").death(2, "p1", "p2", "p3")
    scene.death(3, of="p1", taken="certain")
    leads = scene.leads()
    assert set(leads) == {"p1", "stranger"}
    assert [one["person_id"] for one in leads["stranger"].candidates] == ["p2", "p3"]


def test_two_records_of_one_death_are_one_question() -> None:
    scene = Scene().person("p1").person("p2").death(2, "p1", "p2").death(3, "p1", "p2", died=date(2021, 2, 12))
    (lead,) = scene.leads().values()
    assert [source for source in lead.sources if source.startswith("deaths")] == ["deaths:2", "deaths:3"]


def test_the_order_of_rows_changes_nothing() -> None:
    scene = Scene().person("p1").person("p2").person("p3").death(2, "p1", "p2").death(3, "p2", "p3", of="other")
    once = scene.leads()
    for rows in (scene.persons, scene.registry, scene.coverage, scene.reviews, scene.links):
        rows.reverse()
    assert scene.leads() == once
    assert set(once) == {"stranger", "other"}, "p2 is a candidate of both and on the list of neither alone"


def test_the_inputs_hold_what_the_screens_other_findings_hold() -> None:
    (lead,) = Scene().person("p1").person("p2").death(2, "p1", "p2").leads().values()
    inputs = lead.hits[0].content["inputs"]
    assert (inputs["doubted_before"], inputs["died_month"], inputs["as_of"]) == (True, "2021-02", "2021-06-01")
    assert [one["programme"] for one in inputs["candidates"]] == ["dibao-rural", "dibao-rural"]
    assert orjson.loads(orjson.dumps(inputs)) == inputs


# ---- over the whole chain


def namesakes(matcher: Matcher) -> list[str]:
    """Two covered namesakes of one village and one birth date, told apart by their numbers alone."""
    people = [county.person("丁万林", county.number("19480406", serial)) for serial in (11, 33)]
    for one in people:
        matcher.registry.put_person({**one, "household_id": one["person_id"], "coverage": [county.covered()]})
    return sorted(str(one["person_id"]) for one in people)


def died(matcher: Matcher) -> str:
    row = ["丁万林", "", "男", "19480406", "青石镇柳树村3组8号", "2021-02-11"]
    return matcher.deliver("health-deaths", [row])


def test_a_death_without_a_number_between_two_namesakes_is_listed_once_with_both(matcher: Matcher) -> None:
    both = namesakes(matcher)
    batch = died(matcher)
    matcher.work()
    (lead,) = matcher.leads()
    assert [one["person_id"] for one in lead["candidates"]] == both
    assert {one["name"] for one in lead["candidates"]} == {"丁万林"}
    assert (lead["person_id"], lead["area"], lead["tier"]) == (None, "640499100201", "电话核实")
    assert f"{batch}:2" in lead["sources"]
    (case,) = matcher.registry.cases.values()
    assert [one["person_id"] for one in case["candidates"]] == both
    assert case["kind"] == "wrong"


def test_a_township_sees_the_candidates_in_its_list_masked_like_names(matcher: Matcher) -> None:
    namesakes(matcher)
    died(matcher)
    matcher.work()
    township = matcher.headers("leads:read leads:reveal", area="640499100000")
    for identity, name in (("masked", "丁*林"), ("full", "丁万林")):
        answer = matcher.http.get(
            "/leads/export.xlsx", headers=township, params={"identity": identity, "reason": "visit"}
        )
        rows = list(load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
        table = dict(zip(rows[2], rows[3], strict=True))
        assert table["候选人员"] == f"（1）{name}；（2）{name}"
        assert table["台账状态"] == "待签收"
        assert table["事项编号"]
    (masked,) = matcher.get("/leads", township)["leads"]
    assert {one["name"] for one in masked["candidates"]} == {"丁*林"}


def test_the_answer_names_one_and_the_question_becomes_a_finding_of_that_one(matcher: Matcher) -> None:
    _, second = namesakes(matcher)
    died(matcher)
    matcher.work()
    (question,) = matcher.leads()
    matcher.registry.answer(question["lead_id"], "W1", named=second, standing="in-progress", case_state="in-progress")
    matcher.work()
    leads = {lead["lead_id"]: lead for lead in matcher.leads(state="any")}
    assert set(leads) == {question["lead_id"]}, "the same lead, not another one"
    assert leads[question["lead_id"]]["person_id"] == second
    assert leads[question["lead_id"]]["candidates"] == []


def test_answered_alive_for_both_the_question_is_not_asked_again(matcher: Matcher) -> None:
    namesakes(matcher)
    died(matcher)
    matcher.work()
    (question,) = matcher.leads()
    matcher.registry.answer(question["lead_id"], "W4")
    matcher.work()
    assert matcher.leads() == []
    died_again = ["丁万林", "", "男", "19480406", "青石镇柳树村3组8号", "2021-02-11"]
    matcher.deliver("health-deaths", [died_again, ["马彩霞", "", "女", "19510305", "白杨乡杏花村", "2021-03-01"]])
    matcher.work()
    assert matcher.leads() == []
