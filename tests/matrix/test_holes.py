"""The matrix bites: without the scope clause in any one function it turns red.

First the whole table is run under watch, so that it is known which calls ask which function; then each function in turn
loses its clause, and the calls that ask it are judged again until one of them fails.
"""

from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.matrix.conftest import matcher_world, registry_world
from tests.matrix.holes import Site, Watch, sites, watching
from tests.matrix.judge import Who, judge
from tests.matrix.roles import EVERYTHING
from tests.matrix.table import Ask, Row, every_ask
from tests.matrix.world import World

WHO = Who(EVERYTHING)
Calls = dict[Site, list[tuple[Row, Ask]]]
OF_THE_ENTRY = "no clause of the caller's: whether what was told then to somebody else held the person asked about"
# Functions whose clause nobody outside can see missing, each with the reason.
UNSEEN = {
    "matcher.flows.report_subject:_Judge._linked": OF_THE_ENTRY,
    "matcher.flows.report_subject:_listed": OF_THE_ENTRY,
    "registry.oversight.subject_report:_Judge._followed": OF_THE_ENTRY,
    "registry.oversight.subject_report:_Judge._stood": OF_THE_ENTRY,
    "matcher.flows.explain_pair:_nearest": "`_within` takes what is not the caller's out of its answer again",
}


def asking(world: World, watch: Watch, *, lasting: bool) -> Calls:
    """Which calls ask which function."""
    found: Calls = defaultdict(list)
    for row, ask in every_ask(world.name):
        if bool(ask.rule.get("once")) is lasting and row.allows(EVERYTHING):
            watch.asked = set()
            assert judge(world, row, ask, WHO) == [], row.name
            for site in watch.asked:
                found[site].append((row, ask))
    return found


def unnoticed(world: World, watch: Watch, calls: Calls) -> set[Site]:
    """Functions that lose their clause without a call of theirs turning red."""
    silent = set()
    for site in sorted(calls):
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


def check(make: Callable[[Path], AbstractContextManager[World]], folder: Path, service: str) -> None:
    with watching(service) as watch:
        with make(folder / "looking") as world:
            calls = asking(world, watch, lasting=False)
            silent = unnoticed(world, watch, calls)
        missed = sites(service) - (set(calls) - silent)
        for at, site in enumerate(sorted(missed)):
            if _noticed_by_lasting(make, folder / str(at), watch, site):
                missed.discard(site)
    silent_now = {str(site) for site in missed}
    expected = {one for one in UNSEEN if one.startswith(service)}
    assert (sorted(silent_now - expected), sorted(expected - silent_now)) == ([], [])


def _noticed_by_lasting(
    make: Callable[[Path], AbstractContextManager[World]], folder: Path, watch: Watch, site: Site
) -> bool:
    """Whether a call that leaves something behind turns red without this function's clause."""
    for at, (row, ask) in enumerate(every_ask(site.module.split(".")[0])):
        if ask.rule.get("once"):
            with make(folder / str(at)) as world:
                watch.asked, watch.hole = set(), site
                red = _is_red(world, row, ask)
                watch.hole = None
                if red:
                    return True
    return False


def test_a_registry_function_without_its_clause_turns_the_matrix_red(tmp_path: Path) -> None:
    check(registry_world, tmp_path, "registry")


def test_a_matcher_function_without_its_clause_turns_the_matrix_red(tmp_path: Path) -> None:
    check(matcher_world, tmp_path, "matcher")


def test_the_search_for_places_that_ask_finds_them() -> None:
    found = {str(site) for site in sites("registry") | sites("matcher")}
    assert len(found) > 40
    assert {
        "registry.persons.store:find",
        "registry.views.statistics_coverage:_coverage",
        "matcher.leads.reading:clauses",
        "matcher.batches.store:page",
        "matcher.models.jobs:recent",
    } <= found
