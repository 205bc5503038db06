"""A batch's journey from an agency's push to a township's list and the registry's ledger."""

from datetime import date

from sqlmodel import select

from kit.database import reading
from matcher.links.tables import Link
from matcher.people.tables import Subject
from tests.matcher import county
from tests.matcher.conftest import Matcher

MA = ("马建国", county.number("19600101", 11))
LI = ("李秀英", county.number("19700202", 22))


def test_a_severe_card_of_somebody_in_no_registry_becomes_a_lead(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*LI, coverage=[county.covered()]))
    batch = matcher.deliver("disability-cards", [county.card(*MA), county.card(*LI)])
    matcher.work()
    assert matcher.get(f"/batches/{batch}")["state"] == "published"
    (lead,) = matcher.leads()
    assert lead["name"] == "马建国"
    assert lead["id_number"] == MA[1]
    assert lead["area"] == "640499100201"
    assert lead["screens"] == ["uncovered-severe-disability"]
    assert lead["sources"] == [f"{batch}:2"]
    assert (lead["person_id"], lead["grade"]) == (None, "certain")
    (case,) = matcher.registry.cases.values()
    assert case["snapshot"] == {"name": "马建国", "id_number": MA[1], "phone": None, "address": "青石镇柳树村3组8号"}
    assert (case["state"], case["screens"], case["subject_id"]) == ("open", lead["screens"], lead["subject_id"])


def test_one_person_reported_by_three_agencies_is_one_lead_with_three_findings(matcher: Matcher) -> None:
    card = matcher.deliver("disability-cards", [county.card(*MA)])
    ill = matcher.deliver("health-illness", [county.illness(*MA)])
    rural = matcher.deliver("rural-monitoring", [county.monitored(*MA)])
    matcher.work()
    (lead,) = matcher.leads()
    assert {"uncovered-severe-disability", "uncovered-serious-illness"} < set(lead["screens"])
    assert {source.rpartition(":")[0] for source in lead["sources"]} == {card, ill, rural}
    assert lead["tier"] == "必访"
    assert len(matcher.registry.cases) == 1


def test_deliveries_weeks_apart_add_to_the_same_lead(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*MA)])
    matcher.work()
    (first,) = matcher.leads()
    matcher.deliver("health-illness", [county.illness(*MA)])
    matcher.work()
    (second,) = matcher.leads()
    assert second["lead_id"] == first["lead_id"]
    assert second["version"] == first["version"] + 1
    assert second["screens"] == ["uncovered-serious-illness", "uncovered-severe-disability"]
    assert matcher.registry.cases[first["lead_id"]]["lead_version"] == second["version"]


def test_screening_again_without_news_changes_and_sends_nothing(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*MA)])
    matcher.work()
    before, sent = matcher.leads(), list(matcher.registry.puts)
    matcher.registry.put_person(county.person(*LI))
    matcher.work()
    assert matcher.leads() == before
    assert matcher.registry.puts == sent


def test_a_household_on_the_list_is_one_card(matcher: Matcher) -> None:
    rows = [county.monitored(*MA), county.monitored(*LI), county.monitored(*county.numbered(1)[0], household="7")]
    matcher.deliver("rural-monitoring", rows)
    matcher.work()
    cards = matcher.get("/leads/cards")["cards"]
    assert sorted(len(card["leads"]) for card in cards) == [1, 2]
    (pair,) = [card for card in cards if len(card["leads"]) == 2]
    assert {lead["household"] for lead in pair["leads"]} == {"640000000004"}


def test_members_of_a_registered_household_share_the_registrys_household(matcher: Matcher) -> None:
    home = {"household_id": "H1", "household_number": "AN0001"}
    matcher.registry.put_person(county.person(*MA, **home))
    matcher.registry.put_person(county.person(*LI, **home))
    matcher.deliver("disability-cards", [county.card(*MA), county.card(*LI)])
    matcher.work()
    leads = matcher.leads()
    assert {(lead["household_key"], lead["household"]) for lead in leads} == {("H1", "AN0001")}
    assert len(matcher.get("/leads/cards")["cards"]) == 1


def test_who_becomes_covered_is_withdrawn_and_who_loses_it_comes_back_as_the_same_lead(matcher: Matcher) -> None:
    person = county.person(*MA)
    matcher.registry.put_person(person)
    matcher.deliver("disability-cards", [county.card(*MA)])
    matcher.work()
    (lead,) = matcher.leads()
    assert lead["person_id"] == person["person_id"]
    matcher.registry.put_person({**person, "coverage": [county.covered()]})
    matcher.work()
    assert matcher.leads() == []
    assert matcher.registry.cases[lead["lead_id"]]["state"] == "withdrawn"
    (gone,) = matcher.leads(state="withdrawn")
    matcher.registry.put_person(person)
    matcher.work()
    (back,) = matcher.leads()
    assert (back["lead_id"], back["version"]) == (lead["lead_id"], gone["version"] + 1)
    assert matcher.registry.cases[lead["lead_id"]]["state"] == "open"


def test_an_older_snapshot_counts_no_more_and_its_people_keep_their_subject(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*MA), county.card(*LI)])
    matcher.work()
    before = {lead["name"]: lead for lead in matcher.leads()}
    matcher.deliver("disability-cards", [county.card(*LI), county.card(*county.numbered(1)[0])])
    matcher.work()
    after = {lead["name"]: lead for lead in matcher.leads()}
    assert set(after) == {"李秀英", county.numbered(1)[0][0]}
    assert after["李秀英"]["subject_id"] == before["李秀英"]["subject_id"]
    assert after["李秀英"]["lead_id"] == before["李秀英"]["lead_id"]


def test_somebody_the_registry_enters_later_keeps_the_lead_and_the_subject_is_redirected(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*MA)])
    matcher.work()
    (before,) = matcher.leads()
    person_id = matcher.registry.put_person(county.person(*MA))
    matcher.work()
    (after,) = matcher.leads()
    assert (after["lead_id"], after["person_id"]) == (before["lead_id"], person_id)
    with reading(matcher.database) as session:
        subject = session.get_one(Subject, before["subject_id"])
        assert (subject.survivor_id, subject.survivor_registered) == (person_id, True)


def test_the_registrys_word_on_who_a_subject_is_outranks_the_score(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*MA)])
    matcher.work()
    (before,) = matcher.leads()
    # Entered under the name and number of her papers, quite other ones, with the subject it was opened for.
    entered = county.person("丁彩霞", county.number("19610305", 48), subject_id=before["subject_id"])
    matcher.registry.put_person({**entered, "division": "640499200201", "address": "白杨乡杏花村1组"})
    matcher.work()
    (after,) = matcher.leads()
    assert (after["lead_id"], after["person_id"]) == (before["lead_id"], entered["person_id"])


def test_two_subjects_a_later_delivery_shows_to_be_one_become_one_lead(matcher: Matcher) -> None:
    # The same man by number in one feed and by name, village and birth date without number in another …
    matcher.deliver("disability-cards", [county.card(*MA)])
    matcher.deliver(
        "health-illness", [["马建国", "", "男", MA[1][6:14], "", "", "肺恶性肿瘤", "C34.9", "2020-05-15", "1", "20000"]]
    )
    matcher.work()
    subjects = {lead["subject_id"] for lead in matcher.leads(state="any")}
    # … and the rural office has all of it.
    matcher.deliver("rural-monitoring", [county.monitored(*MA)])
    matcher.work()
    (lead,) = matcher.leads()
    assert lead["subject_id"] in subjects
    assert len(lead["screens"]) >= 3


def test_the_dead_are_on_no_list_of_the_uncovered_and_the_covered_dead_are_found(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*LI, coverage=[county.covered()]))
    matcher.deliver("disability-cards", [county.card(*MA), county.card(*LI)])
    matcher.deliver("health-deaths", [county.death(*MA), county.death(*LI)])
    matcher.work()
    (lead,) = matcher.leads()
    assert (lead["name"], lead["screens"]) == ("李秀英", ["covered-but-dead"])
    assert "registry:3" in lead["sources"]


def test_a_borrowed_number_is_a_doubt_for_a_human_and_loses_nobody(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*LI, coverage=[county.covered()]))
    row = county.card("张万林", LI[1], address="白杨乡杏花村2组5号")
    matcher.deliver("disability-cards", [row])
    matcher.work()
    (lead,) = matcher.leads()
    assert (lead["name"], lead["person_id"], lead["grade"]) == ("张万林", None, "possible")
    (review,) = matcher.get("/reviews")["reviews"]
    assert lead["doubts"] == [{"reason": review["reason"], "record": review["record"], "other": review["candidate_id"]}]
    assert review["levels"]["身份证号"] == "身份证号相同"


def test_every_record_has_exactly_one_link_with_its_model_version(matcher: Matcher) -> None:
    people = county.numbered(60)
    for name, id_number in people[:20]:
        matcher.registry.put_person(county.person(name, id_number))
    batch = matcher.deliver("disability-cards", [county.card(*one) for one in people])
    matcher.work()
    with reading(matcher.database) as session:
        links = session.exec(select(Link).where(Link.batch_id == batch)).all()
    assert sorted(link.line for link in links) == list(range(2, 62))
    assert sum(link.registered for link in links) == 20
    (model,) = matcher.get("/models")["models"]
    assert {link.model_version for link in links} == {model["version"]}


def test_the_township_is_the_registers_and_where_somebody_lives_only_assists(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*MA, address="白杨乡杏花村1组")])
    matcher.deliver("health-illness", [county.illness(*MA, address="青石镇柳树村3组")])
    matcher.deliver("rural-monitoring", [county.monitored(*LI, town="", village="")])
    matcher.work()
    leads = {lead["name"]: lead for lead in matcher.leads()}
    assert leads["马建国"]["area"] == "640499200201"
    assert leads["马建国"]["residence"] == "640499100201"
    assert leads["李秀英"]["area"] == "640499000000"


def test_a_blank_village_is_the_one_of_the_rest_of_the_household(matcher: Matcher) -> None:
    rows = [county.monitored(*one) for one in county.numbered(3)]
    rows[1][0] = rows[1][1] = ""
    matcher.deliver("rural-monitoring", rows)
    matcher.work()
    assert {lead["area"] for lead in matcher.leads()} == {"640499100201"}


def test_coverage_that_ends_makes_a_lead_on_the_day_after(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person(*MA, coverage=[county.covered(end="2021-05-31")]))
    matcher.registry.put_person(county.person(*LI, coverage=[county.covered(end="2021-06-30")]))
    matcher.deliver("disability-cards", [county.card(*MA), county.card(*LI)])
    matcher.work()
    assert [lead["name"] for lead in matcher.leads()] == ["马建国"]
    # July has come.
    later = matcher.settings.model_copy(update={"as_of": date(2021, 7, 1)})
    matcher.settings = later
    matcher.new_worker("july").run_until_idle(50)
    assert sorted(lead["name"] for lead in matcher.leads()) == ["李秀英", "马建国"]
