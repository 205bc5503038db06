"""`doudi model import-splink`: a model trained with Splink, as a general model file that scores pairs alike.

Texts are compared as they stand, by bytes as DuckDB does; the weights, the prior and the adjustments for frequent
values are Splink's own. Whatever has no like here ends the import, with its place in the file and the way out.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from doudi.defects import Stop
from doudi.splink_sql import Seen, Test, Unmapped, key_of, missing, tests_of
from matcher.linkage.general.model import GeneralModel, GeneralModelInvalid

LINK_TYPES: Final = {"link_only": "auto", "dedupe_only": "auto"}
SETTINGS: Final = frozenset(
    {
        "link_type", "comparisons", "probability_two_random_records_match", "sql_dialect", "unique_id_column_name",
        "blocking_rules_to_generate_predictions",
    }
)  # fmt: skip
# What Splink needs to train, to name its own output columns, or to run faster: nothing of it alters a score.
WITHOUT_EFFECT: Final = frozenset(
    {
        "retain_matching_columns", "retain_intermediate_calculation_columns", "additional_columns_to_retain",
        "linker_uid", "em_convergence", "max_iterations", "source_dataset_column_name", "bayes_factor_column_prefix",
        "match_weight_column_prefix", "term_frequency_adjustment_column_prefix",
        "comparison_vector_value_column_prefix",
    }
)  # fmt: skip
LEVEL: Final = frozenset(
    {
        "sql_condition", "label_for_charts", "is_null_level", "m_probability", "u_probability", "tf_adjustment_column",
        "tf_adjustment_weight", "tf_minimum_u_value", "fix_m_probability", "fix_u_probability",
        "disable_tf_exact_match_detection",
    }
)  # fmt: skip
COMPARISON: Final = frozenset({"output_column_name", "comparison_levels", "comparison_description"})
RULE: Final = frozenset({"blocking_rule", "sql_dialect", "salting_partitions"})
ALL_PAIRS: Final = 1_000_000, 100_000_000  # Splink leaves no pair of a blocking rule out; these are the most there are


def import_splink(file: Path, out: Path) -> GeneralModel:
    """Write the general model of a Splink model's JSON. Raises Stop, naming the place."""
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Stop(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError:
        raise Stop(f"{file.name}: not JSON; save it in Splink by linker.misc.save_model_to_json") from None
    model = model_of(settings, file.name)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(model.text(), encoding="utf-8")
    return model


def model_of(settings: Any, name: str) -> GeneralModel:
    """The general model of a Splink model's settings. Raises Stop, naming the place."""
    _check_settings(settings, name)
    taken = _Taken()
    fields = []
    for place, comparison in enumerate(settings["comparisons"]):
        at = f"{name}: comparisons[{place}] ({comparison.get('output_column_name')})"
        _only(comparison, COMPARISON, at)
        fields.append(_field(comparison, taken, at))
    keys = [_key(rule, taken, f"{name}: blocking_rules[{place}]") for place, rule in enumerate(_rules(settings, name))]
    prior = settings["probability_two_random_records_match"]
    content = {
        "kind": "general",
        "note": f"imported from the Splink model {name}",
        "id": [settings.get("unique_id_column_name", "unique_id")],
        "columns": {column: {"clean": "verbatim"} for column in taken.columns},
        "views": taken.views,
        "fields": [one.told for one in fields],
        "keys": keys,
        "bucket": ALL_PAIRS[0],
        "budget": ALL_PAIRS[1],
        "fitted": {
            "same": {one.told["name"]: [1.0, *one.m] for one in fields},
            "stranger": {one.told["name"]: [1.0, *one.u] for one in fields},
            "together": [], "mates": 0, "prior": prior,
        },
    }  # fmt: skip
    try:
        return GeneralModel.parse(json.dumps(content))
    except GeneralModelInvalid as error:
        raise Stop(f"{name}: {error}") from None


@dataclass
class _Taken:
    """Columns and views used so far; a view is named once however many levels look through it."""

    columns: list[str] = field(default_factory=list)
    views: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def column(self, seen: Seen) -> str:
        if seen.column not in self.columns:
            self.columns.append(seen.column)
        return seen.column

    def view(self, steps: tuple[str, ...]) -> str:
        for name, known in self.views.items():
            if known == steps:
                return name
        name = f"{'-'.join(step.partition(':')[0] for step in steps)[:30]}-{len(self.views) + 1}"
        self.views[name] = steps
        return name


@dataclass
class _Field:
    told: dict[str, Any]
    m: list[float]
    u: list[float]


def _check_settings(settings: Any, name: str) -> None:
    if not isinstance(settings, dict) or "comparisons" not in settings:
        raise Stop(f"{name}: no Splink model; save it in Splink by linker.misc.save_model_to_json")
    _only(settings, SETTINGS | WITHOUT_EFFECT, name)
    if settings.get("sql_dialect", "duckdb") != "duckdb":
        raise Stop(f"{name}: sql_dialect {settings['sql_dialect']}: save the model from a DuckDB linker")
    if settings.get("link_type") not in LINK_TYPES:
        told = "write all rows into one file, set link_type to dedupe_only, and hold the file against itself"
        raise Stop(f"{name}: link_type {settings.get('link_type')}: two files or one; {told}")
    prior = settings.get("probability_two_random_records_match")
    if not isinstance(prior, int | float) or not 0 < prior < 1:
        raise Stop(f"{name}: probability_two_random_records_match must lie between 0 and 1")


def _only(there: Any, known: frozenset[str], at: str) -> None:
    """Raise Stop for what we do not know: it may alter scores."""
    unknown = sorted(there.keys() - known) if isinstance(there, dict) else ["(no object)"]
    if unknown:
        raise Stop(f"{at}: {', '.join(unknown)} is not known here; without it scores might differ. Take it out if not")


def _rules(settings: dict[str, Any], name: str) -> list[Any]:
    rules = settings.get("blocking_rules_to_generate_predictions") or []
    if not rules:
        raise Stop(f"{name}: blocking_rules_to_generate_predictions is empty; a model needs one rule at least")
    return list(rules)


def _key(rule: Any, taken: _Taken, at: str) -> list[str]:
    if isinstance(rule, dict):
        _only(rule, RULE, at)
        rule = rule["blocking_rule"]
    with _placed(at):
        parts = key_of(rule)
    return [taken.column(part) + (f"/{taken.view(part.steps)}" if part.steps else "") for part in parts]


@contextmanager
def _placed(at: str) -> Iterator[None]:
    """What cannot be mapped, with its place."""
    try:
        yield
    except Unmapped as error:
        raise Stop(f"{at}: {error}") from None


def _field(comparison: dict[str, Any], taken: _Taken, at: str) -> _Field:
    levels = comparison["comparison_levels"]
    for place, level in enumerate(levels):
        _only(level, LEVEL, f"{at}, level {place}")
    void = [level for level in levels if level.get("is_null_level")]
    rest = [level for level in levels if not level.get("is_null_level")]
    if len(void) != 1 or levels[0] is not void[0]:
        raise Stop(f"{at}: needs one null level, before all others; what is missing says nothing here")
    if len(rest) < 2 or rest[-1]["sql_condition"].strip().upper() != "ELSE":
        raise Stop(f"{at}: the last level must be ELSE, after one at least that tests something")
    with _placed(f"{at}, level 0"):
        known = missing(void[0]["sql_condition"])
    seen = []
    for place, level in enumerate(rest[:-1], 1):
        with _placed(f"{at}, level {place}"):
            seen.append(tests_of(level["sql_condition"]))
    columns = {known.column, *(test.seen.column for tests in seen for test in tests)}
    if len(columns) > 1:
        raise Stop(f"{at}: looks at {', '.join(sorted(columns))}; a field is one column: make a comparison of each")
    for level in rest[:-1]:
        if level.get("tf_adjustment_column") not in (None, known.column):
            other = f"term frequencies of {level['tf_adjustment_column']}, which is not the column compared"
            raise Stop(f"{at}: {other}; take them out or make a comparison of that column")
    told = _levels(rest, [tuple(_said(test, taken) for test in tests) for tests in seen], at)
    content = {"name": comparison["output_column_name"], "column": taken.column(known), "levels": told.told["levels"]}
    if known.steps:
        content["known"] = taken.view(known.steps)
    return _Field(content, told.m, told.u)


def _said(test: Test, taken: _Taken) -> str:
    return f"{taken.view(test.seen.steps)}/{test.how}" if test.seen.steps else test.how


def _levels(rest: list[dict[str, Any]], tests: list[tuple[str, ...]], at: str) -> _Field:
    """Levels with their weights. Where the first is no plain equality, equal values stand before it with its weights:
    they hold there too."""
    m, u = ([_weight(level, kind, at) for level in rest] for kind in ("m_probability", "u_probability"))
    said = [*tests, ()]
    terms = [_term(level, rest, tests, at) for level in rest]
    names = [str(level.get("label_for_charts") or f"level {place}") for place, level in enumerate(rest, 1)]
    if tests[0] != ("equal",):
        if any("equal" in one for one in tests):
            raise Stop(f"{at}: the level of plain equality comes after others, and is never reached; take it out")
        if any(test.startswith(("filled", "date", "extract", "days")) for test in tests[0]):
            raise Stop(f"{at}: the first level may fail for equal texts; put a level of plain equality before it")
        m, u, terms = [m[0], *m], [u[0], *u], [terms[0], *terms]
        said, names = [("equal",), *said], ["equal", *names]
    starts = [[weight / sum(row) for weight in row] for row in (m, u)]
    levels = [
        {"name": name, "any": list(any_of), "same": same, "stranger": stranger, **({"term": term} if term else {})}
        for name, any_of, same, stranger, term in zip(names, said, *starts, terms, strict=True)
    ]
    return _Field({"levels": levels}, m, u)


def _weight(level: dict[str, Any], kind: str, at: str) -> float:
    found = level.get(kind)
    if not isinstance(found, int | float) or not 0 < found <= 1:
        named = level.get("label_for_charts") or level["sql_condition"]
        raise Stop(f"{at}, {named}: {kind} is {found}; train it in Splink, or set it there, so that it lies above 0")
    return float(found)


def _term(
    level: dict[str, Any], rest: list[dict[str, Any]], tests: list[tuple[str, ...]], at: str
) -> dict[str, float] | None:
    """How a level counts frequent values; its base is the u of exact equality, as Splink has it."""
    column = level.get("tf_adjustment_column")
    if column is None or level is rest[-1]:  # of the last level Splink makes none either
        return None
    weight, least = level.get("tf_adjustment_weight", 1.0), level.get("tf_minimum_u_value", 0.0)
    if not weight:
        return None
    if level.get("disable_tf_exact_match_detection"):
        base = level
    else:
        exact = [one for one, any_of in zip(rest, tests, strict=False) if any_of == ("equal",)]
        if not exact:
            raise Stop(f"{at}: term frequencies of {column} without a level of plain equality; add it")
        base = exact[0]
    return {"base": _weight(base, "u_probability", at), "weight": float(weight), "least": float(least)}
