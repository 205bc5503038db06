"""The matrix bites: without the scope clause in any one function it turns red.

First the whole table is run under watch, so that it is known which calls ask which function; then each function in turn
loses its clause, and the calls that ask it are judged again until one of them fails. On SQLite the functions
of every fourth module are tried, on PostgreSQL and in the soak all of them.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import POSTGRES
from tests.matrix.conftest import matcher_world, registry_world
from tests.matrix.holes import Site, Watch, sites, watching
from tests.matrix.judge import Who, judge
from tests.matrix.roles import EVERYTHING
from tests.matrix.table import Ask, Row, every_ask
from tests.matrix.world import World

WHO = Who(EVERYTHING)
Calls = dict[Site, list[tuple[Row, Ask]]]
Make = Callable[[Path], AbstractContextManager[World]]
_at = count()  # a folder for every world
OF_THE_SUBSCRIBER = "no caller's: whose subscription a batch or list is news for (test_webhooks_owners.py asks)"
OF_THE_ENTRY = "no clause of the caller's: whether what was told then to somebody else held the person asked about"
OF_PAYMENTS = "people and items are the caller's; nobody of this world was paid elsewhere (test_month_figures.py asks)"
OF_THE_ASKED = "the area asked for lies in the caller's own, or the call was refused before"
OF_THE_PREFECTURE = "whoever does not stand above the counties is refused before (test_slips.py asks)"
# Functions whose clause nobody outside can see missing, each with the reason.
UNSEEN = {
    "matcher.flows.report_subject:_Judge._linked": OF_THE_ENTRY,
    "matcher.flows.report_subject:_listed": OF_THE_ENTRY,
    "registry.campaigns.store:Board._counted": OF_THE_ASKED,
    "registry.payments.accounts:people": "asks whether anybody meant is protected: more people would only hide more",
    "registry.statistics.categories:_homes": "nobody here has a household elsewhere (test_month_figures.py asks)",
    "registry.statistics.first_pay:_homes": OF_PAYMENTS,
    "registry.statistics.first_pay:_payments": OF_PAYMENTS,
    "registry.statistics.frozen:frozen": "no month of this world is signed (test_month_figures.py asks)",
    "registry.facts.moves:_recorded": "says who first brought an account in; the row it is told in is there without it",
    "registry.samples.store:_beneficiaries": OF_THE_ASKED,
    "registry.samples.store:_cases": OF_THE_ASKED,
    "registry.samples.store:_townships": OF_THE_ASKED,
    "registry.slips.find:_held": OF_THE_PREFECTURE,
    "registry.slips.find:_numbers": OF_THE_PREFECTURE,
    "registry.slips.store:_ceased": OF_THE_PREFECTURE,
    "registry.slips.store:answer": "with every side its own nobody answers: one side is answered, never two",
    "registry.oversight.subject_report:_Judge._followed": OF_THE_ENTRY,
    "registry.oversight.subject_report:_Judge._stood": OF_THE_ENTRY,
    "matcher.flows.tell_subscribers:Teller._tell_batch": OF_THE_SUBSCRIBER,
    "matcher.flows.tell_subscribers:Teller._tell_lists": OF_THE_SUBSCRIBER,
    "matcher.flows.explain_pair:_nearest": "`_within` takes what is not the caller's out of its answer again",
}


def asking(world: World, watch: Watch) -> Calls:
    """Which calls ask which function."""
    found: Calls = defaultdict(list)
    for row, ask in every_ask(world.name):
        if not ask.rule.get("once") and row.allows(EVERYTHING):
            watch.asked = set()
            assert judge(world, row, ask, WHO) == [], row.name
            for site in watch.asked:
                found[site].append((row, ask))
    return found


def unnoticed(world: World, watch: Watch, calls: Calls, tried: set[Site]) -> set[Site]:
    """Functions of those tried that lose their clause without a call of theirs turning red."""
    silent = set()
    for site in sorted(tried & set(calls)):
        watch.hole = site
        if not any(_is_red(world, row, ask) for row, ask in calls[site]):
            silent.add(site)
        watch.hole = None
    return silent


def _is_red(world: World, row: Row, ask: Ask) -> bool:
    """Whether the matrix objects; a service that breaks is an objection too."""
    try:
        return bool(judge(world, row, ask, WHO))
    except Exception:
        return True


def check(make: Make, folder: Path, service: str, part: slice) -> None:
    modules = sorted({site.module for site in sites(service)})[part]
    tried = {site for site in sites(service) if site.module in modules}
    with watching(service) as watch:
        with make(folder / "looking") as world:
            calls = asking(world, watch)
            silent = unnoticed(world, watch, calls, tried)
        missed = tried - (set(calls) - silent)
        for site, lasting in _asking_once(make, folder, watch, service).items() if missed else ():
            if site in missed and any(_turns_red(make, folder, watch, (site, *one)) for one in lasting):
                missed.discard(site)
    silent_now = {str(site) for site in missed}
    expected = {str(site) for site in tried} & set(UNSEEN)
    assert (sorted(silent_now - expected), sorted(expected - silent_now)) == ([], [])


def _asking_once(make: Make, folder: Path, watch: Watch, service: str) -> Calls:
    """Which calls that leave something behind ask which function, each in a world of its own."""
    found: Calls = defaultdict(list)
    for at, (row, ask) in enumerate(every_ask(service)):
        if ask.rule.get("once"):
            with make(folder / f"once-{at}") as world:
                watch.asked = set()
                judge(world, row, ask, WHO)
                for site in watch.asked:
                    found[site].append((row, ask))
    return found


def _turns_red(make: Make, folder: Path, watch: Watch, of: tuple[Site, Row, Ask]) -> bool:
    """Whether such a call turns red without this function's clause."""
    site, row, ask = of
    with make(folder / str(next(_at))) as world:
        watch.hole = site
        red = _is_red(world, row, ask)
        watch.hole = None
    return red


@pytest.fixture
def part(request: pytest.FixtureRequest) -> slice:
    """Which modules are tried: all in the soak, else every sixth, and on PostgreSQL others than on SQLite."""
    return slice(None) if request.config.getoption("--soak") else slice(3 if POSTGRES else 0, None, 6)


def test_a_registry_function_without_its_clause_turns_the_matrix_red(
    databases: None, tmp_path: Path, part: slice
) -> None:
    check(registry_world, tmp_path, "registry", part)


def test_a_matcher_function_without_its_clause_turns_the_matrix_red(
    databases: None, tmp_path: Path, part: slice
) -> None:
    check(matcher_world, tmp_path, "matcher", part)


def test_the_search_for_places_that_ask_finds_them() -> None:
    found = {str(site) for site in sites("registry") | sites("matcher")}
    assert len(found) > 40
    assert set(UNSEEN) <= found
    assert {
        "registry.persons.store:own",
        "registry.statistics.coverage:_coverage",
        "matcher.leads.reading:clauses",
        "matcher.batches.store:page",
        "matcher.models.jobs:recent",
    } <= found
