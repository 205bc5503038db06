"""The lists against the truth, level by level: what the product is accepted by.

Small: one county per level, held to what so few people can show. With --soak: five counties of 20 000 people per
level, pooled, held to the stated figures. Seeds from 500 on: nothing is ever tuned on them.
"""

import csv
from pathlib import Path

import orjson
import pytest

from doudi.county import make_county
from doudi.evaluation import TrialScore, evaluate_screens, evaluate_trial, pooled
from doudi.township_lists import COLUMNS, lead_row
from tests.conftest import fresh_database
from tests.journeys.conftest import COUNTY_SCOPES, FEEDS, take_in
from tests.journeys.stage import raised

# level: recall, precision at least; listed twice per thousand at most (None: stated for typical only)
STATED = {"typical": (0.995, 0.99, 3.0), "dirty": (0.985, 0.985, None), "brutal": (0.95, 0.95, None)}
SMALL = (2500, 1)
SOAK = (20_000, 5)
SCREENS_SEEDS, SCREENS_SOAK = (511, 512, 513), 30_000


pytestmark = pytest.mark.usefixtures("databases")


def lists_of(folder: Path, level: str, people: int, seed: int) -> TrialScore:
    """The main job on one county in this process, scored."""
    county = listed(folder, level, people, seed)
    return evaluate_trial(county / "leads.csv", county)


def listed(folder: Path, level: str, people: int, seed: int) -> Path:
    """A county with the leads.csv the main job made of it in this process."""
    county = folder / f"{level}-{seed}"
    make_county(county, people, level, seed)
    with fresh_database(county) as first, fresh_database(county) as second, raised(county, first, second) as stage:
        import_id, batches = take_in(stage, county)
        staff = stage.token("civil-affairs", *COUNTY_SCOPES)
        answer = stage.call(
            "GET", "/matcher/v1/leads/export.ndjson", staff, params={"identity": "full", "reason": "identity"}
        )
    names = {batch: FEEDS[feed][0] for feed, batch in batches.items()} | {import_id: "registry.xlsx"}
    path = county / "leads.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for line in answer.content.splitlines()[1:-1]:
            writer.writerow(lead_row(orjson.loads(line)["lead"], names))
    return county


@pytest.mark.parametrize("level", list(STATED))
def test_the_lists_are_as_good_as_stated(
    level: str, databases: None, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    soak = pytestconfig.getoption("--soak")
    people, counties = SOAK if soak else SMALL
    scores = [lists_of(tmp_path, level, people, 500 + number) for number in range(counties)]
    found, office = pooled([score.uncovered for score in scores]), pooled([score.baseline for score in scores])
    recall, precision, twice = STATED[level]
    listed, doubled = sum(score.people for score in scores), sum(score.listed_twice for score in scores)
    print(
        f"\n{level}: {found.expected} expected, recall {found.recall:.4f}, precision {found.precision:.4f} "
        f"(number alone: {office.recall:.4f}, {office.precision:.4f}), listed twice {doubled} of {listed}"
    )
    assert found.expected >= (2000 if soak else 30)
    # One person of the few in a small county weighs more than the allowance: it may be missed, or wrongly there.
    assert found.recall >= recall or (not soak and found.expected - found.found <= 1)
    assert found.precision >= precision or (not soak and found.entries - found.right <= 1)
    assert all(score.dead_sound.recall == 1 for score in scores)
    if twice is not None:
        assert 1000 * doubled / listed <= twice or (not soak and doubled <= 1)


@pytest.mark.parametrize("seed", SCREENS_SEEDS)
def test_each_of_the_four_screens_of_the_truth_is_as_good_on_other_counties(
    seed: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    soak = pytestconfig.getoption("--soak")
    county = listed(tmp_path, "typical", SCREENS_SOAK if soak else SMALL[0], seed)
    recall, precision, _ = STATED["typical"]
    scores = evaluate_screens(county / "leads.csv", county)
    for screen, score in scores.items():
        print(
            f"\n{seed} {screen}: {score.expected} expected, recall {score.recall:.4f}, precision {score.precision:.4f}"
        )
    for screen, score in scores.items():
        assert score.expected >= (20 if soak else 1), screen
        # As above: of few people one may be missed or wrongly there, in a screen of a large county too.
        assert score.recall >= recall or score.expected - score.found <= 1, screen
        assert score.precision >= precision or score.entries - score.right <= 1, screen
