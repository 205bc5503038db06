"""A model trained with Splink scores pairs here as it does there, and what cannot be taken over is refused by name."""

import copy
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from doudi.command_line import app
from doudi.defects import Stop
from doudi.import_splink import import_splink, model_of
from matcher.linkage.general.chain import link
from matcher.linkage.general.explain import explain_pattern
from matcher.linkage.general.model import GeneralModel

SPLINK = Path(__file__).parent / "splink"


def settings() -> Any:
    return json.loads((SPLINK / "model.json").read_text())


def everything(model: GeneralModel) -> GeneralModel:
    """So that no pair, however unlikely, is left out."""
    return model.model_copy(update={"thresholds": model.thresholds.model_copy(update={"floor": 1e-300})})


def sides() -> tuple[pl.DataFrame, pl.DataFrame]:
    return pl.read_ndjson(SPLINK / "left.ndjson"), pl.read_ndjson(SPLINK / "right.ndjson")


def test_every_pair_weighs_what_splink_says() -> None:
    found = link(*sides(), everything(model_of(settings(), "model.json")))
    theirs = pl.read_csv(SPLINK / "weights.csv")
    both = theirs.join(
        found.links, left_on=["unique_id_l", "unique_id_r"], right_on=["person_id", "record_id"], how="left"
    )
    assert both.height == 3600 == found.links.height
    assert both["weight"].null_count() == 0
    assert (both["match_weight"] - both["weight"]).abs().max() < 1e-6
    met = {name: set(found.links[f"{name}_level"].to_list()) for name in found.fields}
    assert all(len(seen) >= 3 for seen in met.values()), met  # the fixture is not all one level
    assert found.links.filter(pl.col("term").abs() > 0.1).height > 100


def test_the_explanation_adds_up_to_the_weight() -> None:
    found = link(*sides(), everything(model_of(settings(), "model.json")))
    row = found.links.filter(pl.col("term") != 0).row(0, named=True)
    told = explain_pattern(row["pattern"], found, row["term"])
    assert told.prior + sum(part.weight for part in told.fields) + told.term == pytest.approx(row["weight"], abs=1e-9)
    assert told.probability == pytest.approx(row["probability"])


def test_blocking_rules_become_keys(tmp_path: Path) -> None:
    model = import_splink(SPLINK / "model.json", tmp_path / "model.json")
    assert model.keys[0] == ("given", "born")
    assert model.keys[1] == ("mail",)
    column, _, view = model.keys[2][0].partition("/")
    assert (column, model.views[view], model.keys[2][1]) == ("family", ("slice:1:3",), "post")


def test_the_command_writes_a_model_link_takes(tmp_path: Path) -> None:
    model, links = tmp_path / "model.json", tmp_path / "links.csv"
    done = CliRunner().invoke(app, ["model", "import-splink", str(SPLINK / "model.json"), "--out", str(model)])
    assert done.exit_code == 0, done.output
    files = [str(SPLINK / "left.ndjson"), str(SPLINK / "right.ndjson")]
    linked = CliRunner().invoke(app, ["link", *files, "--model", str(model), "--out", str(links)])
    assert linked.exit_code == 0, linked.output
    told = pl.read_csv(links)
    right = told.filter(pl.col("assigned"), pl.col("feed_id").str.tail(-1) == pl.col("person_id").str.tail(-1))
    assert right.height >= 40


def changed(*path: str | int, to: Any) -> Any:
    made = copy.deepcopy(settings())
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return made


LEVELS = ("comparisons", 0, "comparison_levels")


@pytest.mark.parametrize(
    ("wrong", "place", "words"),
    [
        (changed("link_type", to="link_and_dedupe"), "link_type", "dedupe_only"),
        (changed("sql_dialect", to="spark"), "sql_dialect", "DuckDB"),
        (changed("surprise", to=1), "surprise", "scores might differ"),
        (changed("probability_two_random_records_match", to=None), "probability_two", "between 0 and 1"),
        (changed(*LEVELS, 2, "sql_condition", to="soundex(given_l) = soundex(given_r)"), "(given), level 2", "SOUNDEX"),
        (changed(*LEVELS, 2, "sql_condition", to="given_l = family_r"), "(given), level 2", "one column"),
        (changed(*LEVELS, 2, "sql_condition", to="family_l = family_r"), "(given)", "family, given"),
        (changed(*LEVELS, 2, "sql_condition", to="given_l = given_r AND 1 = 1"), "(given), level 2", "cannot be said"),
        (changed(*LEVELS, 0, "sql_condition", to="given_l IS NULL"), "(given), level 0", "on the right"),
        (changed(*LEVELS, 2, "m_probability", to=None), "m_probability is None", "train it"),
        (changed(*LEVELS, 2, "u_probability", to=0), "u_probability is 0", "above 0"),
        (changed(*LEVELS, 1, "tf_adjustment_column", to="mail"), "(given)", "mail"),
        (changed(*LEVELS, 2, "exotic", to=True), "level 2", "exotic"),
        (changed("blocking_rules_to_generate_predictions", to=[]), "blocking_rules", "one rule at least"),
        (
            changed("blocking_rules_to_generate_predictions", 0, to="levenshtein(l.given, r.given) < 2"),
            "blocking_rules[0]",
            "cannot be said",
        ),
        (
            changed("blocking_rules_to_generate_predictions", 0, to="l.given = r.given OR l.born = r.born"),
            "blocking_rules[0]",
            "cannot be said",
        ),
        ({"kind": "other"}, "model.json", "save_model_to_json"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_its_place(wrong: Any, place: str, words: str) -> None:
    with pytest.raises(Stop) as told:
        model_of(wrong, "model.json")
    assert place in str(told.value)
    assert words.lower() in str(told.value).lower()


def test_a_first_level_that_is_no_equality_counts_for_equal_texts_too() -> None:
    made = settings()
    del made["comparisons"][0]["comparison_levels"][1]
    field = model_of(made, "model.json").fields[0]
    assert field.levels[0].any == ("equal",)
    assert field.levels[1].any == ("byte-jaro-winkler>=0.92",)
    fitted = model_of(made, "model.json").fitted
    assert fitted is not None
    assert fitted.same["given"][1] == fitted.same["given"][2]


def test_files_that_are_no_model_end_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    for name, words in (("broken.json", "not JSON"), ("absent.json", "cannot be read")):
        with pytest.raises(Stop, match=words):
            import_splink(tmp_path / name, tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()
