"""What the whole chain promises, whatever its weights: parity, determinism, order, nulls, and who is never merged."""

import polars as pl
import pytest

from matcher.frames import CLUSTER, IDENTITY, LINK, empty
from matcher.linkage.chain import Linked, link, link_within
from matcher.linkage.model import Model
from tests.matcher.linkage.builders import frame, number, person, record, village

MODEL = Model.default()


def the_link(linked: Linked) -> dict[str, object] | None:
    taken = linked.links.filter("assigned").to_dicts()
    return taken[0] if taken else None


def reasons(linked: Linked) -> set[str]:
    return set(linked.links["reason"].drop_nulls().to_list())


def county(*more: dict[str, str | None]) -> pl.DataFrame:
    return frame(*village(), *more)


def damaged_records() -> list[dict[str, str | None]]:
    """Records of villagers, every third without number, every fifth misspelt, every seventh without address."""
    rows = []
    for n, row in enumerate(village()[::3]):
        changes: dict[str, str | None] = {"household": None}
        if n % 3 == 0:
            changes["id_number"] = None
        if n % 5 == 0:
            changes["name"] = f"{row['name']}(户主)"
        if n % 7 == 0:
            changes["address"] = None
        rows.append({**row, **changes, "id": f"R{n:04d}"})
    return rows


def test_a_record_scores_the_same_alone_as_in_a_batch() -> None:
    people, rows = county(), damaged_records()
    batch = link(people, frame(*rows), MODEL).links
    for row in rows[::9]:
        alone = link(people, frame(row), MODEL).links
        assert alone.equals(batch.filter(pl.col("record_id") == row["id"]))


def test_the_same_input_gives_the_same_bytes() -> None:
    people, records = county(), frame(*damaged_records())
    first, second = (link(people, records, MODEL).links.write_csv() for _ in range(2))
    assert first == second


def test_the_order_of_rows_changes_nothing() -> None:
    people, records = county(), frame(*damaged_records())
    keys = ["record_id", "person_id"]
    straight = link(people, records, MODEL).links.sort(keys)
    shuffled = link(people.sample(fraction=1, shuffle=True, seed=5), records.reverse(), MODEL).links.sort(keys)
    assert straight.drop("probability").equals(shuffled.drop("probability"))
    assert (straight["probability"] - shuffled["probability"]).abs().max() < 1e-12  # type: ignore[operator]  # a column of floats has a float maximum


def test_clusters_do_not_depend_on_the_order_of_records() -> None:
    rows = [*damaged_records(), *({**row, "id": f"S{n}"} for n, row in enumerate(damaged_records()[:40]))]
    straight = link_within(frame(*rows), MODEL).sort("record_id")
    turned = link_within(frame(*rows[::-1]), MODEL).sort("record_id")
    assert straight["cluster"].to_list() == turned["cluster"].to_list()


def test_links_have_the_shape_others_code_against() -> None:
    linked = link(county(), frame(*damaged_records()), MODEL)
    assert list(linked.links.columns[: len(LINK)]) == list(LINK)
    assert linked.links.filter("assigned")["record_id"].is_unique().all()
    assert linked.links["probability"].min() >= MODEL.thresholds["floor"]  # type: ignore[operator]  # a column of floats has a float minimum
    assert linked.yields["pairs"].sum() > 0
    assert linked.report["model"] == MODEL.version


def test_empty_sides_give_empty_links() -> None:
    nobody = empty(IDENTITY)
    assert link(county(), nobody, MODEL).links.is_empty()
    assert link(nobody, frame(record()), MODEL).links.is_empty()
    assert link_within(nobody, MODEL).schema == dict(CLUSTER)


@pytest.mark.parametrize("word", ["", " ", "无", "-", "/", "NULL", "0"])
def test_a_word_for_nothing_is_never_a_value(word: str) -> None:
    nothing = dict.fromkeys((name for name in IDENTITY if name != "id"), word)
    people = frame(*({**nothing, "id": f"P{n}"} for n in range(300)))
    linked = link(people, frame({**nothing, "id": "R1"}, {**nothing, "id": "R2"}), MODEL)
    assert linked.links.is_empty()
    assert linked.yields["pairs"].sum() == 0


def test_a_missing_value_is_weighed_like_nothing_and_not_like_a_contradiction() -> None:
    full = the_link(link(county(person()), frame(record()), MODEL))
    bare = the_link(link(county(person()), frame(record(sex=None, ethnic=None, phone=None)), MODEL))
    wrong = link(county(person()), frame(record(sex="男", ethnic=None, phone="13800001111", id_number=None)), MODEL)
    assert full is not None
    assert bare is not None
    assert bare["grade"] == full["grade"] == "certain"
    assert bare["sex_level"] == "missing"
    assert wrong.links["sex_level"].to_list() == ["differs"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"id_number": None, "phone": None}, "no number, but name, birthday and village"),
        ({"name": "杨贵芝"}, "another character of the same sound"),
        ({"name": "楊桂芝（户主）"}, "traditional characters and decoration"),
        ({"id_number": number("19620506", 142)[:17] + "×"}, "an X-like character where a digit stood"),
        ({"id_number": "640499620506142", "birth_date": None}, "the old number of fifteen digits"),
        ({"id_number": number("19620506", 142)[:6] + "1926" + number("19620506", 142)[10:]}, "neighbours swapped"),
        ({"birth_date": "19620508"}, "number and name agree, the day of birth is mistyped"),
        ({"id_number": number("19620506", 142) + "43B1"}, "a disability card"),
        ({"id_number": None, "birth_date": "1962.5.6", "address": "赵家庄3队"}, "the address as people say it"),
    ],
)
def test_what_clerks_do_to_a_record_does_not_lose_the_person(changes: dict[str, str | None], why: str) -> None:
    found = the_link(link(county(person()), frame(record(**changes)), MODEL))
    assert found is not None, why
    assert found["person_id"] == "P1", why


def test_an_equal_number_under_another_name_is_for_a_human() -> None:
    linked = link(county(person()), frame(record(name="李国平", sex="男", birth_date="19850101")), MODEL)
    assert the_link(linked) is None
    assert reasons(linked) <= {"id-name-mismatch"}


def test_an_equal_number_under_another_name_is_a_link_to_look_at_where_more_than_the_number_speaks_for_it() -> None:
    found = the_link(link(county(person()), frame(record(name="杨美玲")), MODEL))
    assert found is not None
    assert (found["grade"], found["reason"]) == ("probable", "other-name")
    lone = link(county(person()), frame(record(name="杨美玲", birth_date=None, phone=None)), MODEL)
    assert the_link(lone) is None
    assert reasons(lone) == {"id-name-mismatch"}


def test_a_borrowed_number_leads_to_the_person_whose_name_and_birthday_stand_beside_it() -> None:
    wife = person()
    husband = person("P2", name="赵德林", id_number=number("19600101", 115), sex="男", birth_date="19600101")
    borrowed = record(name="赵德林", id_number=wife["id_number"], sex="男", birth_date="19600101")
    found = the_link(link(county(wife, husband), frame(borrowed), MODEL))
    assert found is not None
    assert found["person_id"] == "P2"


def test_relatives_of_one_phone_and_house_are_not_each_other() -> None:
    sister = record(name="杨桂花", id_number=None, birth_date="19650709")
    assert the_link(link(county(person()), frame(sister), MODEL)) is None


def test_twins_are_told_apart_by_their_names_and_left_to_a_human_without_them() -> None:
    twins = [
        person("P1", name="杨志强", id_number=number("20100303", 11), sex="男", birth_date="20100303"),
        person("P2", name="杨志刚", id_number=number("20100303", 13), sex="男", birth_date="20100303"),
    ]
    named = record(name="杨志刚", id_number=None, sex="男", birth_date="20100303")
    unnamed = record(name="杨志?", id_number=None, sex="男", birth_date="20100303")
    found = the_link(link(county(*twins), frame(named), MODEL))
    assert found is not None
    assert found["person_id"] == "P2"
    doubt = link(county(*twins), frame(unnamed), MODEL)
    assert the_link(doubt) is None
    assert reasons(doubt) == {"twin"}


def test_a_name_alone_is_not_a_link() -> None:
    alone = dict.fromkeys((name for name in IDENTITY if name not in ("id", "name")), None)
    linked = link(county(person()), frame({**alone, "id": "R1", "name": "杨桂芝"}), MODEL)
    assert the_link(linked) is None


def test_two_sound_numbers_keep_namesakes_of_one_village_apart() -> None:
    namesake = record(id_number=number("19710203", 166), birth_date=None, phone=None, address="赵家庄村3组")
    assert the_link(link(county(person()), frame(namesake), MODEL)) is None


def test_the_best_spelling_of_a_person_with_several_rows_counts() -> None:
    people = county(person(), person(name="杨丑女", id_number=None, birth_date=None))
    found = link(people, frame(record(name="杨丑女", id_number=None)), MODEL).links
    assert found.filter(pl.col("person_id") == "P1").height == 1
    assert found.filter("assigned")["name_level"].str.starts_with("equal").all()


def test_the_household_raises_the_person_and_never_makes_a_relative_a_match() -> None:
    home = [
        person("P1", name="杨桂芝"),
        person("P2", name="赵德林", id_number=number("19600101", 115), sex="男", birth_date="19600101"),
        person("P3", name="赵小燕", id_number=number("19900808", 128), sex="女", birth_date="19900808"),
    ]
    roster = [{**row, "id": f"R{n}", "household": "A7"} for n, row in enumerate(home[:2])]
    bare = {"id_number": None, "birth_date": None, "phone": None, "address": "龙泉镇赵家庄村"}
    daughter = {**home[2], **bare, "id": "R9", "name": "赵晓燕", "household": "A7"}
    stranger = {**home[2], **bare, "id": "R8", "name": "赵月娥", "household": "A7"}
    taken = link(county(*home), frame(*roster, daughter), MODEL).links.filter("assigned")
    assert taken.filter(pl.col("record_id") == "R9")["person_id"].to_list() == ["P3"]
    assert taken.filter(pl.col("record_id") == "R9")["household_level"].to_list() == ["supported"]
    without = link(county(*home), frame(*roster, stranger), MODEL).links.filter("assigned")
    assert without.filter(pl.col("record_id") == "R8").is_empty()


def test_one_person_in_three_feeds_is_one_cluster() -> None:
    rows = [
        record("health:2", id_number=None),
        record("cards:9", birth_date=None, phone=None),
        record("rural:30", name="杨桂芝(户主)", birth_date=None, household="rural:7"),
    ]
    clusters = link_within(frame(*rows, *damaged_records()), MODEL)
    mine = clusters.filter(pl.col("record_id").is_in(["health:2", "cards:9", "rural:30"]))
    assert mine["cluster"].n_unique() == 1
    assert clusters.height == len(rows) + len(damaged_records())


def test_members_of_one_roster_are_never_chained_into_one() -> None:
    number_of_wife = number("19620506", 142)
    rows = [
        record("a", household="rural:7"),
        record("b", name="杨桂花", id_number=number_of_wife, household="rural:7"),
        record("c", name="杨桂花", id_number=None, birth_date="19620506"),
    ]
    clusters = dict(link_within(frame(*rows), MODEL).select("record_id", "cluster").iter_rows())
    assert clusters["a"] != clusters["b"]
