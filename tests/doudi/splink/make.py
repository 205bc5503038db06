"""Made once by the peers' own Python (`.venv-peers/bin/python tests/doudi/splink/make.py`), and committed: invented
people written twice, a model Splink 5 trained on 600 of them, and what it says of every pair of the first 60.

A level it never met while training gets the smallest weight, as a user would have to set it.
"""

import json
import logging
import random
from pathlib import Path

import pandas as pd
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

HERE = Path(__file__).parent
GIVEN = ["Anne", "José", "Zoë", "Henry", "Mary", "Øyvind", "Paul", "Ruth", "张伟", "Li", "Al", "Martha", "Hendrik"]
FAMILY = ["Harrow", "Pendle", "Ashby", "Fenwick", "Müller", "O'Neil", "Smith", "Smyth", "欧阳", "Wragg", "Le"]


def person(draw: random.Random) -> dict[str, str | None]:
    given, family = draw.choice(GIVEN), draw.choice(FAMILY)
    born = f"{draw.randrange(1940, 1990)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
    mail = f"{given}.{family}{draw.randrange(40)}@{draw.choice(['a.org', 'b.net'])}".lower()
    post = f"{draw.choice(['AB', 'N', 'SW'])}{draw.randrange(1, 4)} {draw.randrange(1, 9)}{draw.choice('ABC')}Q"
    return {"given": given, "family": family, "born": born, "mail": mail, "post": post, "town": draw.choice("UVWXYZ")}


def slip(told: dict[str, str | None], draw: random.Random) -> dict[str, str | None]:
    again = dict(told)
    for name, value in told.items():
        chance = draw.random()
        if value and chance < 0.2:
            at = draw.randrange(len(value))
            again[name] = value[:at] + draw.choice(["", "e", "1"]) + value[at + draw.randrange(2) :]
        elif chance > 0.94:
            again[name] = draw.choice([None, "unknown", ""])
    return again


def settings(**more: object) -> SettingsCreator:
    trimmed = cl.CustomComparison(
        output_column_name="town",
        comparison_levels=[
            cll.NullLevel("town"),
            {"sql_condition": "lower(trim(town_l)) = lower(trim(town_r))", "label_for_charts": "the same town"},
            cll.ElseLevel(),
        ],
    )
    damerau = cl.CustomComparison(
        output_column_name="family",
        comparison_levels=[
            cll.NullLevel("family"),
            cll.ExactMatchLevel("family").configure(
                tf_adjustment_column="family", tf_adjustment_weight=0.8, tf_minimum_u_value=0.03
            ),
            cll.DamerauLevenshteinLevel("family", 1).configure(tf_adjustment_column="family", tf_adjustment_weight=0.5),
            cll.JaroLevel("family", 0.8),
            cll.JaccardLevel("family", 0.5),
            cll.ElseLevel(),
        ],
    )
    return SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.NameComparison("given").configure(term_frequency_adjustments=True),
            damerau,
            cl.DateOfBirthComparison("born", input_is_string=True),
            cl.EmailComparison("mail"),
            cl.PostcodeComparison("post"),
            trimmed,
        ],
        **more,
    )


def linker(ours: pd.DataFrame, theirs: pd.DataFrame, given: object) -> Linker:
    api = DuckDBAPI()
    sides = [api.register(ours, dataset_display_name="a_left"), api.register(theirs, dataset_display_name="b_right")]
    return Linker(sides, given, log_level=logging.ERROR)


def main() -> None:
    draw = random.Random(139)
    ours = [person(draw) for _ in range(600)]
    theirs = [slip(one, draw) for one in ours]
    left, right = (
        pd.DataFrame([{"unique_id": f"{side}{place}", **row} for place, row in enumerate(rows)])
        for side, rows in (("L", ours), ("R", theirs))
    )
    right["family"] = right["family"].replace("", None)  # DuckDB's jaccard refuses empty texts
    rules = [block_on("given", "born"), block_on("mail"), block_on("substr(family, 1, 3)", "post")]
    training = linker(left, right, settings(blocking_rules_to_generate_predictions=rules))
    training.training.estimate_probability_two_random_records_match([block_on("mail")], recall=0.7)
    training.training.estimate_u_using_random_sampling(max_pairs=1e5, seed=1)
    for rule in (block_on("born"), block_on("mail")):
        training.training.estimate_parameters_using_expectation_maximisation(rule)
    model = training.misc.save_model_to_json()
    for comparison in model["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                level["m_probability"] = float(level.get("m_probability") or 1e-4)
                level["u_probability"] = float(level.get("u_probability") or 1e-4)
    (HERE / "model.json").write_text(json.dumps(model, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    left, right = left.head(60), right.head(60)
    every = json.loads(json.dumps(model))
    every["blocking_rules_to_generate_predictions"] = [{"blocking_rule": "1=1", "sql_dialect": "duckdb"}]
    told = linker(left, right, every).inference.predict().as_pandas_dataframe()
    told = told[["unique_id_l", "unique_id_r", "match_weight"]].sort_values(["unique_id_l", "unique_id_r"])
    told.to_csv(HERE / "weights.csv", index=False)
    for name, side in (("left", left), ("right", right)):  # lines of JSON: a CSV cannot tell empty from missing
        side.to_json(HERE / f"{name}.ndjson", orient="records", lines=True, force_ascii=False)


if __name__ == "__main__":
    main()
