"""Which tests are long, and which of those `./run test` leaves to `.ci/run` and the soak (decision 0145).

A run that names files or folders runs all of theirs; so do `--thorough`, the soak and the stack.
"""

from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# Files, folders and tests that take most of the suite's time and look at the whole once more from another side: attacks
# on every endpoint, blows to every process, mutated files, browsers, installations. What they protect is tested piece
# by piece, too: of workers killed at any commit those of the first month stay, of screening in turns those with given
# turns.
LEFT_TO_CI = (
    "accuracy/test_febrl.py",
    "accuracy/test_lists.py",
    "architecture/test_abuse.py",
    "china/test_characters.py::test_characters_drawn_alike_are_those_of_the_rule",
    "console/test_board_browser.py",
    "console/test_browser.py",
    "console/test_deliver_browser.py",
    "contracts/test_generated_clients.py",
    "contracts/test_schemathesis.py",
    "deploy/test_backup_image.py",
    "deploy/test_bundle.py",
    "deploy/test_images.py",
    "deploy/test_installation.py",
    "deploy/test_point_in_time.py",
    "deploy/test_releases.py",
    "doudi/test_command_line.py",
    "doudi/test_demo.py",
    "doudi/test_embedded.py",
    "doudi/test_planted.py",
    "faults/",
    "journeys/test_api_examples.py",
    "journeys/test_drill.py",
    "journeys/test_the_loop.py",
    "kit/test_byte_fuzz.py",
    "matcher/screens/test_again.py::test_any_turns_give_what_a_whole_run_gives",
    "matcher/test_damage.py",
    "matcher/test_deltas.py::test_killed_at_any_commit_a_delta_ends_what_it_ends_once",
    "matcher/test_life_model.py",
    "matcher/test_outsiders.py",
    "matcher/test_screened_in_part.py",
    "matcher/test_warm_index_orders.py",
    "matcher/test_worker.py::test_killed_at_any_commit_after_people_answered_the_next_worker_comes_to_the_same_end",
    "matrix/",
    "registry/test_changes_many_writers.py",
    "registry/test_ledger_invariants.py",
)
# What takes twenty seconds of a core and more is begun first, so that all processes end together: files as they were
# measured (decision 0129), among them those of older lists that were not measured again.
LONGEST = (
    "doudi/test_command_line.py",
    "deploy/test_installation.py",
    "registry/test_ledger_imports.py",
    "contracts/test_schemathesis.py",
    "journeys/test_the_loop.py",
    "matrix/test_matrix.py",
    "faults/test_kill.py",
    "faults/test_stack.py",
    "matcher/test_worker.py",
    "doudi/test_demo.py",
    "journeys/test_drill.py",
    "faults/test_backup.py",
    "matrix/test_holes.py",
    "journeys/test_api_examples.py",
    "doudi/test_embedded.py",
    "console/test_browser.py",
    "contracts/test_generated_clients.py",
    "accuracy/test_bad_input.py",
    "matcher/test_deltas.py",
    "matcher/test_settlements.py",
    "matcher/test_corrections.py",
    "matcher/test_decisions.py",
    "registry/test_imports.py",
    "registry/test_ledger_invariants.py",
    "matcher/test_screened_in_part.py",
    "accuracy/test_lists.py",
    "matcher/screens/test_cases.py",
    "matcher/test_damage.py",
    "matcher/feeds/test_read.py",
    "matcher/test_journey.py",
    "accuracy/test_febrl.py",
    "accuracy/test_counties.py",
    "matcher/test_outsiders.py",
    "matcher/test_batches.py",
    "architecture/test_abuse.py",
    "faults/test_rotation.py",
    "doudi/test_push.py",
)
_LONGEST_FIRST = {name: place for place, name in enumerate(LONGEST)}


def place(item: pytest.Item) -> int:
    """Where a test's file stands among those begun first."""
    return _LONGEST_FIRST.get(_name(item).partition("::")[0], len(_LONGEST_FIRST))


def leaves_out(config: pytest.Config) -> bool:
    """Whether this run leaves anything to others."""
    named = {(config.rootpath / word).resolve() for word in config.args} != {HERE}
    return not named and not any(map(config.getoption, ("--thorough", "--soak", "--stack", "--bench")))


def left_out(config: pytest.Config, items: list[pytest.Item]) -> set[pytest.Item]:
    """The tests of this run that are left to others."""
    if not leaves_out(config):
        return set()
    return {item for item in items if _name(item).startswith(LEFT_TO_CI)}


def _name(item: pytest.Item) -> str:
    """As LEFT_TO_CI writes it."""
    return item.nodeid.removeprefix("tests/")
