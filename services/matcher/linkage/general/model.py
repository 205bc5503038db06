"""A general model file: which columns a file of persons may have, how each is cleaned, compared and blocked on.

Everything that is particular to a country or a kind of file stands in the file, as data; this module says what such a
file may hold and refuses, in one sentence, what does not fit together.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic import Field as Bounded

SHIPPED: Final = ("western",)
RARITY: Final = (2e-5, 1e-4, 5e-4, 2e-3, 1e-2, 5e-2)  # where the classes of a value's relative frequency end
MOST_PATTERNS: Final = 2**62  # a pattern must fit a signed 64-bit number
Cleaning = Literal[
    "name", "full-name", "text", "street", "code", "postcode", "phone", "email", "date", "number", "sex", "verbatim"
]  # fmt: skip
Derivation = Literal["first-word", "middle-words", "last-word", "date-of", "leading-number", "without-number"]
Share = Annotated[float, Bounded(gt=0, lt=1)]
TEST: Final = re.compile(
    r"((?P<view>[a-z][a-z0-9-]{0,39})/)?("
    r"equal|sound|initial|starts|token|alias|local-part|date-swapped|date-partial|date-year"
    r"|(damerau|digits-off)<=[1-9]|(number|years)<=\d{1,3}|(jaro-winkler|tokens)>=0\.\d+|(prefix|date-parts)>=\d{1,2}"
    r"|(byte-levenshtein|byte-damerau)<=\d{1,2}|(byte-jaro|byte-jaro-winkler|byte-jaccard)>=[01]?\.\d+|days<=\d{1,6})"
)
PART: Final = re.compile(
    r"(?P<column>\w+)(\|(?P<other>\w+))?"
    r"(:(?P<take>sound|year-month|year|month-day|-?\d{1,2})|/(?P<view>[a-z][a-z0-9-]{0,39}))?"
)
STEP: Final = re.compile(r"lower|upper|trim|filled|date|slice:[1-9]\d{0,2}:[1-9]\d{0,2}|extract:.+", re.DOTALL)


class GeneralModelInvalid(ValueError):
    """A model file that cannot be used; the text says what does not fit."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """A column of persons: how its text is cleaned, and the other headers it goes by."""

    clean: Cleaning
    also: tuple[str, ...] = ()


class Derived(_Part):
    """A column made of others where a file lacks it (or, for `without-number`, made better)."""

    make: str
    how: Derivation
    take: Annotated[tuple[str, ...], Bounded(alias="from", min_length=1, max_length=3)]


class Term(_Part):
    """How a level counts a value by its own frequency f in both files: `weight` times log of `base` over the greater f,
    which counts as `least` at least."""

    base: Share
    weight: Annotated[float, Bounded(gt=0)] = 1.0
    least: Annotated[float, Bounded(ge=0, lt=1)] = 0.0


class Level(_Part):
    """One degree of agreement: any of its tests holds and none of the levels before it. `same` and `stranger` are how
    often it is met in pairs of one person and of two, to start from. A test after `VIEW/` looks at that view."""

    name: str
    any: tuple[str, ...] = ()
    same: Share
    stranger: Share
    term: Term | None = None


class Field(_Part):
    """One comparison. `frequency`: an equal value counts by how rare it is. `shared`: how likely people of one
    household share it. `crossed`: the column it may have been swapped with. `known`: a view without which a value is
    missing."""

    name: str
    column: str
    levels: Annotated[tuple[Level, ...], Bounded(min_length=2, max_length=12)]
    frequency: bool = False
    shared: Annotated[float, Bounded(ge=0, lt=1)] = 0.0
    crossed: str | None = None
    known: str | None = None

    @property
    def equals(self) -> int:
        """How many codes stand for "equal": one for each class of rarity."""
        return len(RARITY) + 1 if self.frequency else 1

    @property
    def codes(self) -> tuple[str, ...]:
        """Names of the codes a pair can have: missing, equal, the levels, crossed, and the last level (differs)."""
        equal = [f"equal-{number}" for number in range(1, self.equals + 1)] if self.frequency else ["equal"]
        between = [level.name for level in self.levels[1:-1]] + (["crossed"] if self.crossed else [])
        return ("missing", *equal, *between, self.levels[-1].name)


class Thresholds(_Part):
    """From which probability on a pair has which grade; below `floor` it is not written."""

    certain: Share = 0.99
    probable: Share = 0.5
    possible: Share = 0.1
    floor: Share = 0.01


class Fitted(_Part):
    """What training found, in the order of each field's codes; a file that holds it is scored without training."""

    same: dict[str, tuple[float, ...]]
    stranger: dict[str, tuple[float, ...]]
    together: tuple[dict[str, tuple[float, ...]], ...]  # for each group, by class: factors on agreeing together
    present: Annotated[float, Bounded(gt=0)] | None = None  # persons a record is, on average
    mates: Annotated[float, Bounded(ge=0)]  # other people of one household, on average
    prior: Share | None = (
        None  # instead of `present`: how likely two random rows are one person, however many there are
    )


class GeneralModel(_Part):
    """The whole file. `groups` are fields that agree or differ together (the parts of an address): they are weighed
    jointly. `views`: ways to look at a text, each a few steps. `assignment`: may two records be one person? `auto`
    looks whether certain links say so."""

    kind: Literal["general"]
    note: str = ""
    id: Annotated[tuple[str, ...], Bounded(min_length=1)]
    columns: dict[str, Column]
    derived: tuple[Derived, ...] = ()
    views: dict[str, Annotated[tuple[str, ...], Bounded(min_length=1, max_length=6)]] = {}
    fields: Annotated[tuple[Field, ...], Bounded(min_length=1, max_length=30)]
    groups: tuple[Annotated[tuple[str, ...], Bounded(min_length=2, max_length=6)], ...] = ()
    keys: Annotated[tuple[Annotated[tuple[str, ...], Bounded(min_length=1, max_length=4)], ...], Bounded(min_length=1)]
    aliases: tuple[tuple[str, ...], ...] = ()
    thresholds: Thresholds = Thresholds()
    assignment: Literal["auto", "one-to-one", "many-to-one"] = "auto"
    bucket: Annotated[int, Bounded(ge=1, le=1_000_000)] = 2_500  # pairs one value of a key may make
    budget: Annotated[int, Bounded(ge=1_000, le=100_000_000)] = 20_000_000  # pairs one key may make
    fitted: Fitted | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _known("field", (field.column for field in self.fields), self.columns)
        _known("field", (field.crossed for field in self.fields if field.crossed), self.columns)
        _known("derived", (name for made in self.derived for name in (made.make, *made.take)), self.columns)
        names = [field.name for field in self.fields]
        if len(set(names)) < len(names):
            raise ValueError("two fields have one name")
        _known("group", (name for group in self.groups for name in group), names)
        if len({name for group in self.groups for name in group}) < sum(map(len, self.groups)):
            raise ValueError("a field stands in two groups")
        _check_views(self.views)
        for field in self.fields:
            _check_levels(field, fitted=self.fitted is not None)
        seen = (TEST.fullmatch(test) for field in self.fields for level in field.levels for test in level.any)
        _known("view", (found["view"] for found in seen if found and found["view"]), self.views)
        _known("view", (field.known for field in self.fields if field.known), self.views)
        for part in (part for key in self.keys for part in key):
            found = PART.fullmatch(part)
            if not found:
                raise ValueError(f"key part {part}: not of the form column, column:sound, column:3 or one|other")
            _known("key", filter(None, (found["column"], found["other"])), self.columns)
            _known("view", filter(None, (found["view"],)), self.views)
        at = self.thresholds
        if not at.floor <= at.possible <= at.probable <= at.certain:
            raise ValueError("thresholds must fall from certain to probable, possible and floor")
        if self.fitted:
            _check_fitted(self.fields, self.fitted, len(self.groups))
        return self

    @property
    def version(self) -> str:
        """Sixteen hex digits of the content's SHA-256: two files with one version link alike."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:16]

    def text(self) -> str:
        """The model as JSON; `parse` gives back the same version."""
        content = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        if not self.views:
            del content["views"]  # a file of before keeps its version
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    @classmethod
    def parse(cls, text: str) -> "GeneralModel":
        """A model from its JSON; GeneralModelInvalid says what does not fit."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(step) for step in first["loc"])
            said = first["msg"].removeprefix("Value error, ")
            raise GeneralModelInvalid(f"model: {place + ': ' if place else ''}{said}") from None

    @classmethod
    def load(cls, path: Path) -> "GeneralModel":
        """A model from a file."""
        return cls.parse(path.read_text(encoding="utf-8"))

    @classmethod
    def shipped(cls, name: str) -> "GeneralModel":
        """One of SHIPPED."""
        return cls.parse(resources.files("matcher.linkage").joinpath(f"data/{name}.json").read_text(encoding="utf-8"))


def is_general(text: str) -> bool:
    """Whether a model file is meant to be of this kind. Raises GeneralModelInvalid for what is no JSON at all."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise GeneralModelInvalid(f"model: not JSON ({error})") from None
    return isinstance(data, dict) and bool({"kind", "fields", "keys"} & data.keys())


def _known(what: str, names: Iterable[str], there: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(there))
    if unknown:
        raise ValueError(f"{what}: {', '.join(unknown)} is not defined in this file")


def _check_views(views: Mapping[str, tuple[str, ...]]) -> None:
    for name, steps in views.items():
        wrong = [step for step in steps if not STEP.fullmatch(step)]
        if wrong:
            raise ValueError(f"view {name}: {wrong[0]} is not a step")
        for pattern in (step.removeprefix("extract:") for step in steps if step.startswith("extract:")):
            try:
                pl.select(pl.lit("").str.extract(pattern, 0))
            except pl.exceptions.ComputeError:
                raise ValueError(f"view {name}: {pattern} is not a regular expression") from None


def _check_levels(field: Field, *, fitted: bool) -> None:
    first, *between, last = field.levels
    if first.any != ("equal",) or last.any:
        raise ValueError(f"field {field.name}: the first level tests equal alone, the last one tests nothing")
    for level in between:
        wrong = [test for test in level.any if not TEST.fullmatch(test)]
        if wrong or not level.any:
            raise ValueError(f"field {field.name}, level {level.name}: {', '.join(wrong) or 'no test'} is not a test")
    for kind in ("same", "stranger"):
        total = sum(getattr(level, kind) for level in field.levels)
        if not math.isclose(total, 1, abs_tol=0.02):
            raise ValueError(f"field {field.name}: the levels' {kind} must add up to 1, they make {total:.3f}")
    if any(level.term for level in field.levels) and (field.frequency or not fitted or last.term):
        told = "term is for fitted weights, beside no frequency, and not for the last level"
        raise ValueError(f"field {field.name}: {told}")
    if not fitted and first.same <= first.stranger:
        raise ValueError(f"field {field.name}: equal must be likelier for the same person than for strangers")


def _check_fitted(fields: tuple[Field, ...], fitted: Fitted, groups: int) -> None:
    sizes = {field.name: len(field.codes) for field in fields}
    for weights in (fitted.same, fitted.stranger):
        _known("fitted", weights, sizes)
        for name, row in weights.items():
            if len(row) != sizes[name] or not all(0 < weight <= 1 for weight in row):
                raise ValueError(f"fitted: field {name} needs {sizes[name]} weights above 0, at most 1")
    if (fitted.present is None) == (fitted.prior is None):
        raise ValueError("fitted: either present or prior, one of them")
    if fitted.same.keys() != fitted.stranger.keys() or len(fitted.together) != groups:
        raise ValueError("fitted: same, stranger and the groups do not belong together")
