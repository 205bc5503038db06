"""Splink 5 on the two files of `doudi link`, configured as somebody who knows both Splink and these lists would.

Run by the peers' own Python: `peer_splink.py PEOPLE FEED --out LINKS --report JSON [--truth TRUTH] [--way WAY]`. LINKS
has the best candidate of every record (feed_id, person_id, probability, weight, assigned). With a truth, `assigned`
stands above the threshold that makes the fewest errors against that very truth, which no user could know; without,
above .5.
"""

import argparse
import json
import logging
import resource
import time
from pathlib import Path

import duckdb
from peer_clean import cleaned
from peer_splink_ways import WAYS, Way
from splink import DuckDBAPI, Linker, SettingsCreator

FLOOR = 0.001
U_PAIRS = 2e6  # ten times as many took ten times as long and gained nothing
SEED = 11
GUESSED_RECALL = 0.85  # of the deterministic rules below: what a user would say of such lists


def link(connection: duckdb.DuckDBPyConnection, way: Way) -> tuple[str, dict[str, float]]:
    """Train and predict; the name of the table of scored pairs and the seconds of both."""
    begun = time.perf_counter()
    api = DuckDBAPI(connection)
    sides = [
        api.register(name, dataset_display_name=f"{order}_{name}") for order, name in (("a", "people"), ("b", "feed"))
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=way.comparisons(),
        blocking_rules_to_generate_predictions=list(way.blocking),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(sides, settings, log_level=logging.ERROR)
    linker.training.estimate_probability_two_random_records_match(list(way.certain), recall=GUESSED_RECALL)
    linker.training.estimate_u_using_random_sampling(max_pairs=U_PAIRS, seed=SEED)
    for rule in way.training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    trained = time.perf_counter()
    table = linker.inference.predict(threshold_match_probability=FLOOR).physical_name
    return table, {"train": trained - begun, "predict": time.perf_counter() - trained}


def best_of(connection: duckdb.DuckDBPyConnection, pairs: str) -> None:
    """Table `best`: for every record its best candidate."""
    connection.execute(
        f"""create table best as
        select unique_id_r as feed_id, unique_id_l as person_id, match_probability as probability,
            match_weight as weight
        from {pairs} qualify row_number() over (partition by unique_id_r order by match_weight desc, unique_id_l) = 1"""
    )


def errors_above(connection: duckdb.DuckDBPyConnection, truth: Path) -> list[tuple[float, int, int]]:
    """(weight, false, missed) if everything of at least that weight were taken, for every weight there is."""
    return connection.execute(
        f"""with told as (
            select best.weight, coalesce(best.person_id = truth.person_id, false) as hit
            from best join '{truth}' as truth using (feed_id)
        ), tally as (select weight, count(*) as linked, sum(hit::int) as correct from told group by weight),
        above as (select weight, sum(linked) over up as linked, sum(correct) over up as correct from tally
            window up as (order by weight desc))
        select weight, (linked - correct)::bigint,
            ((select count(person_id) from '{truth}') - correct)::bigint from above order by weight desc"""
    ).fetchall()


def judged(connection: duckdb.DuckDBPyConnection, truth: Path) -> dict[str, object]:
    """False and missed at probabilities of .5 and .9, and at the best threshold with that threshold."""
    every = errors_above(connection, truth)
    total = int(connection.execute(f"select count(person_id) from '{truth}'").fetchall()[0][0])
    found: dict[str, object] = {}
    for name, bound in (("at .5", 0.0), ("at .9", 3.169925)):
        above = [row for row in every if row[0] >= bound]
        found[name] = {"false": above[-1][1], "missed": above[-1][2]} if above else {"false": 0, "missed": total}
    best = min(every, key=lambda row: (row[1] + row[2], -row[0]), default=(0.0, 0, total))
    return found | {"best": {"false": best[1], "missed": best[2]}, "threshold_weight": best[0]}


def main() -> None:
    """Read, train, predict, choose, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=Path)
    parser.add_argument("feed", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--way", choices=sorted(WAYS), default="thorough")
    words = parser.parse_args()
    begun = time.perf_counter()
    connection = cleaned(words.people, words.feed)
    report: dict[str, object] = {"read": time.perf_counter() - begun}
    pairs, seconds = link(connection, WAYS[words.way])
    best_of(connection, pairs)
    report |= seconds
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report["pairs"] = connection.execute(f"select count(*) from {pairs}").fetchall()[0][0]
    report |= judged(connection, words.truth) if words.truth else {"threshold_weight": 0.0}
    connection.execute(
        f"copy (select *, weight >= {report['threshold_weight']!r} as assigned from best order by feed_id)"
        f" to '{words.out}' (format parquet)"
    )
    words.report.write_text(json.dumps(report, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
