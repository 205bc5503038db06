"""What holds a snapshot back, each guard with its figures, and that a held one ends nobody's record."""

from collections.abc import Sequence
from typing import Any

from tests.matcher import county
from tests.matcher.conftest import Matcher
from tests.matcher.life import FEED, RURAL, cards, member, monitored, problem, step

PEOPLE = county.numbered(40)
OTHERS = [(name, county.number(f"1980{1 + n % 12:02d}{1 + n % 28:02d}", 400 + n)) for n, (name, _) in enumerate(PEOPLE)]
FIRST = [member(name, number, f"{n:08d}") for n, (name, number) in enumerate(PEOPLE)]


def push(matcher: Matcher, rows: Sequence[list[str]], **options: Any) -> dict[str, Any]:
    answer = matcher.push(RURAL, monitored(list(rows)), **options)
    assert answer.status_code == 202, answer.text
    matcher.work()
    found: dict[str, Any] = matcher.get(f"/batches/{answer.json()['batch_id']}")
    return found


def held(row: dict[str, Any]) -> dict[str, Any]:
    """Which guards hold it, with their figures; none hold what counts."""
    assert (row["state"] == "needs_confirmation") == bool(row["held_for"]), row["state"]
    assert set(row["held_for"]) == set(row["held_figures"])
    figures: dict[str, Any] = row["held_figures"]
    return figures


def test_rows_lost_rejected_an_older_extract_and_a_number_of_rows_nobody_expected(matcher: Matcher) -> None:
    assert held(push(matcher, FIRST, extracted_at="2021-05-01", expected_rows=40)) == {}
    nobody = member("", "", "")
    rows = [*FIRST[:28], nobody, [*nobody[:2], "640000000002", *nobody[3:]]]  # another household: no repetition
    found = held(push(matcher, rows, extracted_at="2021-04-01", expected_rows=40))
    assert found == {
        "rows-unexpected": {"expected": 40, "rows": 30},
        "rows-lost": {"rows": 30, "before": 40},
        "rows-rejected": {"rejected": 2, "rows": 30},
        "extract-older": {"extracted_at": "2021-04-01", "before": "2021-05-01"},
    }
    assert len(matcher.leads()) == 40


def test_numbers_that_changed_under_the_same_key_hold_a_snapshot_back(matcher: Matcher) -> None:
    push(matcher, FIRST)
    slipped = [member(name, OTHERS[n][1] if n < 3 else number, f"{n:08d}") for n, (name, number) in enumerate(PEOPLE)]
    assert held(push(matcher, slipped)) == {"identifiers-changed": {"changed": 3, "compared": 40}}
    few = [member(name, OTHERS[n][1] if n < 2 else number, f"{n:08d}") for n, (name, number) in enumerate(PEOPLE)]
    assert held(push(matcher, few)) == {}, "a twentieth may be corrected"


def test_without_a_key_the_same_name_and_birth_with_another_number(matcher: Matcher) -> None:
    matcher.push(FEED, cards(PEOPLE))
    matcher.work()
    other = [(name, county.number(number[6:14], 998 - n)) for n, (name, number) in enumerate(PEOPLE[:4])]
    batch = matcher.push(FEED, cards([*other, *PEOPLE[4:]])).json()["batch_id"]
    matcher.work()
    row = matcher.get(f"/batches/{batch}")
    assert row["held_figures"] == {"identifiers-changed": {"changed": 4, "compared": 40}}


def test_an_important_column_that_came_empty(matcher: Matcher) -> None:
    push(matcher, FIRST)
    emptied = [[*row[:4], "" if n % 2 else row[4], *row[5:]] for n, row in enumerate(FIRST)]
    (figures,) = held(push(matcher, emptied)).values()
    assert figures["columns"]["id_number"] == {"empty_share": 0.5, "before": 0.0}


def test_a_snapshot_that_links_otherwise_is_held_before_anybody_is_screened_by_it(matcher: Matcher) -> None:
    for name, number in PEOPLE:
        matcher.registry.put_person(county.person(name, number))
    push(matcher, FIRST)
    before = {lead["lead_id"] for lead in matcher.leads()}
    assert len(before) == 40
    strangers = [member(name[::-1] + "某", number, f"{n + 500:08d}") for n, (name, number) in enumerate(OTHERS)]
    row = push(matcher, strangers)
    assert held(row) == {"match-rate": {"share": 0.0, "before": 1.0}}
    assert {lead["lead_id"] for lead in matcher.leads()} == before
    assert row["superseded_by"] is None
    assert step(matcher, row["batch_id"], "confirm", feed=RURAL, who="second").status_code == 200
    matcher.work()
    assert matcher.state_of(row["batch_id"]) == "published"
    assert before.isdisjoint({lead["lead_id"] for lead in matcher.leads()})


def test_a_held_snapshot_says_first_what_the_file_tells_and_then_what_its_links_tell(matcher: Matcher) -> None:
    for name, number in PEOPLE:
        matcher.registry.put_person(county.person(name, number))
    push(matcher, FIRST)
    strangers = [member(name[::-1] + "某", number, f"{n + 500:08d}") for n, (name, number) in enumerate(OTHERS[:24])]
    row = push(matcher, strangers)
    assert row["held_for"] == ["rows-lost"]
    confirmed = step(matcher, row["batch_id"], "confirm", feed=RURAL, who="second")
    assert confirmed.status_code == 200
    matcher.work()
    row = matcher.get(f"/batches/{row['batch_id']}")
    assert (row["state"], row["held_for"]) == ("needs_confirmation", ["rows-lost", "match-rate"])
    problem(step(matcher, row["batch_id"], "confirm", feed=RURAL), 403, "confirmer-same")
    assert len(matcher.leads()) == 40


def test_a_file_cut_off_by_a_fifth_ends_nobody_until_a_second_account_says_so(matcher: Matcher) -> None:
    whole = monitored(FIRST)
    matcher.push(RURAL, whole)
    matcher.work()
    cases = set(matcher.registry.cases)
    content = whole[: int(len(whole) * 0.75)]
    content = content[: content.rindex(b"\r\n")]
    batch = matcher.push(RURAL, content).json()["batch_id"]
    for _ in range(3):
        matcher.work()
    row = matcher.get(f"/batches/{batch}")
    assert (row["state"], row["held_for"]) == ("needs_confirmation", ["rows-lost"])
    assert {lead["name"] for lead in matcher.leads()} == {name for name, _ in PEOPLE}
    assert set(matcher.registry.cases) == cases
    assert step(matcher, batch, "cancel", feed=RURAL).json()["state"] == "cancelled"
    matcher.work()
    assert len(matcher.leads()) == 40
