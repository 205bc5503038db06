"""Every read of what is kept in two times takes both, or says why not: else what is known now leaks into the past."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "contracts" / "openapi" / "registry.json"
# Whose facts have days and moments. Divisions are dated but not in recorded time; the ledger's past is its snapshots.
BITEMPORAL = {
    "persons", "households", "coverage", "categories", "standards", "registers", "payments", "statistics",
    "publication", "imports", "follow",
}  # fmt: skip
DAY = {"as_of", "on"}
MOMENT = "known_at"
HISTORY = "tells everything ever believed, each with its days and moments"
OF_DAYS = "tells every day on record, as known at the moment"
BY_MONTH = "a payment is of a month, which `month`, `from` and `to` name; as known at the moment"
FOLLOWED = "followers are told the present; what changed is in the feed"
OF_FILES = "what a file said and what became of it happened once and is never restated"
TO_DO = "what is to be done today; what was to be done is no longer"
CATALOGUE = "says what there is to ask"
# operation → why it takes less than both
LESS = {
    "get_coverage_history": HISTORY,
    "get_household_history": HISTORY,
    "get_register_entry_history": HISTORY,
    "get_category": OF_DAYS,
    "get_standard": OF_DAYS,
    "export_standards": OF_DAYS,
    "list_payments": BY_MONTH,
    "get_payment_summary": BY_MONTH,
    "list_payment_accounts": BY_MONTH,
    "get_account_history": BY_MONTH,
    "export_payments": BY_MONTH,
    "export_payments_text": BY_MONTH,
    "list_payment_imports": OF_FILES,
    "get_payment_import": OF_FILES,
    "list_payment_import_rows": OF_FILES,
    "list_imports": OF_FILES,
    "get_import": OF_FILES,
    "list_import_rows": OF_FILES,
    "export_registry": FOLLOWED,
    "list_changes": FOLLOWED,
    "list_facts": FOLLOWED,
    "get_facts": FOLLOWED,
    "list_disclosure": FOLLOWED,
    "get_protection": "a protection holds for every day from the moment it is said, or it would not protect",
    "get_publication": "what may be put up today; a list of another day must not be put up",
    "get_publication_workbook": "what may be put up today; a list of another day must not be put up",
    "get_bulletin": "counted of cases, whose past is the frozen months",
    "list_registers": CATALOGUE,
    "get_register": CATALOGUE,
    "get_register_template": CATALOGUE,
    "list_statistics": CATALOGUE,
    "list_register_due": TO_DO,
    "list_unassessed_exits": TO_DO,
    "list_petition_repeats": TO_DO,
    "get_petition_ranking": "complaints of a stretch of days against those paid now: an order to look into today",
    "list_income_totals": "sums of lines that each name their month; the lines themselves are read in both times",
}
# As known at a moment these must still be asked: only the day has another name, or none.
MOMENT_ALL_THE_SAME = {name for name, why in LESS.items() if why in {OF_DAYS, BY_MONTH}}


def reads() -> Iterator[tuple[str, set[str]]]:
    """Every reading operation of those nouns, with the parameters of its query."""
    for methods in json.loads(DOCUMENT.read_text())["paths"].values():
        operation = methods.get("get")
        if operation is not None and BITEMPORAL & set(operation.get("tags", [])):
            asked = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
            yield operation["operationId"], asked


READS = dict(reads())


@pytest.mark.parametrize("operation", sorted(READS))
def test_a_read_takes_both_times_or_says_why_not(operation: str) -> None:
    both = bool(DAY & READS[operation]) and MOMENT in READS[operation]
    assert both != (operation in LESS), "takes both and is excused, or takes less and is not"
    if operation in MOMENT_ALL_THE_SAME:
        assert MOMENT in READS[operation]


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(LESS) <= set(READS)
    assert len(READS) > 40
