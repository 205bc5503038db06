"""A model file that does not fit together is refused in one sentence that names the place."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from matcher.linkage.general.model import GeneralModel, GeneralModelInvalid, is_general

SMALL: dict[str, Any] = {
    "kind": "general",
    "id": ["id"],
    "columns": {"name": {"clean": "name"}, "born": {"clean": "date", "also": ["dob"]}},
    "fields": [
        {
            "name": "name",
            "column": "name",
            "levels": [
                {"name": "equal", "any": ["equal"], "same": 0.9, "stranger": 0.01},
                {"name": "close", "any": ["damerau<=1"], "same": 0.05, "stranger": 0.01},
                {"name": "differs", "same": 0.05, "stranger": 0.98},
            ],
        },
        {
            "name": "born",
            "column": "born",
            "levels": [
                {"name": "equal", "any": ["equal"], "same": 0.9, "stranger": 0.001},
                {"name": "differs", "same": 0.1, "stranger": 0.999},
            ],
        },
    ],
    "groups": [["name", "born"]],
    "keys": [["name"], ["born:year"]],
}


def small() -> dict[str, Any]:
    copied: dict[str, Any] = json.loads(json.dumps(SMALL))
    return copied


def test_a_small_model_is_read_and_written_back() -> None:
    model = GeneralModel.parse(json.dumps(SMALL))
    assert GeneralModel.parse(model.text()).version == model.version
    assert model.fields[0].codes == ("missing", "equal", "close", "differs")


def test_the_shipped_model_is_read_and_written_back() -> None:
    model = GeneralModel.shipped("western")
    assert GeneralModel.parse(model.text()).version == model.version


def test_the_example_of_the_documentation_is_a_model() -> None:
    page = (Path(__file__).parents[4] / "docs/linking-other-files.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", page, re.DOTALL)
    assert example is not None
    assert GeneralModel.parse(example[1]).keys


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_set("kind", to="genral"), "kind"),
        (_set("columns", "name", "clean", to="nmae"), "columns.name.clean"),
        (_set("fields", 0, "column", to="surname"), "field: surname is not defined"),
        (_set("fields", 0, "crossed", to="nobody"), "field: nobody is not defined"),
        (_set("fields", 1, "name", to="name"), "two fields have one name"),
        (_set("fields", 0, "levels", 1, "any", to=["damerau<1"]), "damerau<1 is not a test"),
        (_set("fields", 0, "levels", 1, "any", to=["damerau<=10"]), "damerau<=10 is not a test"),
        (_set("fields", 0, "levels", 1, "any", to=[]), "no test is not a test"),
        (_set("fields", 0, "levels", 0, "any", to=["sound"]), "first level tests equal alone"),
        (_set("fields", 0, "levels", 0, "same", to=0.5), "must add up to 1"),
        (_set("fields", 0, "levels", 0, "same", to=1.5), "fields.0.levels.0.same"),
        (_set("fields", 0, "shared", to=1.0), "fields.0.shared"),
        (_set("groups", to=[["name", "born"], ["born", "name"]]), "stands in two groups"),
        (_set("groups", to=[["name", "sex"]]), "group: sex is not defined"),
        (_set("keys", to=[["name:loud"]]), "key part name:loud"),
        (_set("keys", to=[["phone"]]), "key: phone is not defined"),
        (_set("keys", to=[]), "keys"),
        (_set("thresholds", to={"certain": 0.4}), "thresholds must fall"),
        (_set("assignment", to="some"), "assignment"),
        (_set("budget", to=0), "budget"),
        (_set("weights", to=3), "weights"),
    ],
)
def test_what_does_not_fit_is_named(change: Callable[[dict[str, Any]], None], says: str) -> None:
    data = small()
    change(data)
    with pytest.raises(GeneralModelInvalid) as refused:
        GeneralModel.parse(json.dumps(data))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_levels_no_likelier_for_the_same_person_are_refused() -> None:
    data = small()
    data["fields"][1]["levels"] = [
        {"name": "equal", "any": ["equal"], "same": 0.1, "stranger": 0.5},
        {"name": "differs", "same": 0.9, "stranger": 0.5},
    ]
    with pytest.raises(GeneralModelInvalid, match="likelier for the same person"):
        GeneralModel.parse(json.dumps(data))


def test_weights_of_another_size_are_refused() -> None:
    data = small()
    data["fitted"] = {
        "same": {"name": [1, 0.9, 0.1]},
        "stranger": {"name": [1, 0.1, 0.9]},
        "together": [{}],
        "present": 1,
        "mates": 1,
    }
    with pytest.raises(GeneralModelInvalid, match="field name needs 4 weights"):
        GeneralModel.parse(json.dumps(data))


def test_which_files_are_meant_to_be_general() -> None:
    assert is_general('{"kind": "genral"}')
    assert not is_general('{"weights": {}}')
    assert not is_general("[1]")
    with pytest.raises(GeneralModelInvalid, match="not JSON"):
        is_general("id,kind")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"views": {"head": ["cut:3"]}}, "cut:3 is not a step"),
        ({"views": {"head": ["extract:("]}}, "not a regular expression"),
        ({"keys": [["name/head"]]}, "view: head is not defined"),
        ({"fields": [{**SMALL["fields"][1], "known": "head"}], "groups": []}, "view: head is not defined"),
    ],
)
def test_views_must_be_there_and_be_made_of_steps(change: dict[str, Any], words: str) -> None:
    with pytest.raises(GeneralModelInvalid, match=re.escape(words)):
        GeneralModel.parse(json.dumps({**small(), **change}))


def test_a_term_needs_fitted_weights_and_a_fit_needs_one_beginning() -> None:
    model = small()
    model["fields"][0]["levels"][0]["term"] = {"base": 0.1}
    with pytest.raises(GeneralModelInvalid, match="term is for fitted weights"):
        GeneralModel.parse(json.dumps(model))
    fitted = {"same": {}, "stranger": {}, "together": [{"same": [1.0], "stranger": [1.0]}], "mates": 0}
    for beginning in ({}, {"prior": 0.1, "present": 0.5}):
        with pytest.raises(GeneralModelInvalid, match="either present or prior"):
            GeneralModel.parse(json.dumps({**small(), "fitted": {**fitted, **beginning}}))
