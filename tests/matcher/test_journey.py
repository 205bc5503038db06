"""A batch's journey from an agency's push to a township's list and the registry's ledger."""

from tests.matcher import county
from tests.matcher.conftest import Matcher

MA = ("马建国", county.number("19600101", 11))


def test_a_severe_card_of_somebody_in_no_registry_becomes_a_lead(matcher: Matcher) -> None:
    matcher.registry.put_person(county.person("李秀英", county.number("19700202", 22), coverage=[county.covered()]))
    batch = matcher.deliver(
        "disability-cards", [county.card(*MA), county.card("李秀英", county.number("19700202", 22))]
    )
    matcher.work()
    assert matcher.get(f"/batches/{batch}")["state"] == "published"
    (lead,) = matcher.leads()
    assert lead["name"] == "马建国"
    assert lead["id_number"] == MA[1]
    assert lead["area"] == "640499100201"
    assert lead["screens"] == ["uncovered-severe-disability"]
    assert lead["sources"] == [f"{batch}:2"]
    (case,) = matcher.registry.cases.values()
    assert case["snapshot"]["name"] == "马建国"
    assert case["state"] == "open"
