"""Splink's SQL (DuckDB's dialect) read as what a general model can say: tests of one column, missing values, keys.

What has no like here is refused with its words, never left out: a condition dropped would make another model.
"""

from dataclasses import dataclass
from typing import Final

import sqlglot
from sqlglot import exp

DAY: Final = 86_400  # seconds
WITHIN: Final = {"levenshtein": "byte-levenshtein<=", "damerau_levenshtein": "byte-damerau<="}
ALIKE: Final = {
    "jaro_similarity": "byte-jaro>=",
    "jaro_winkler_similarity": "byte-jaro-winkler>=",
    "jaccard": "byte-jaccard>=",
}
SAYS: Final = (
    "it can be: a column of both sides equal, levenshtein, damerau_levenshtein, jaro_similarity, "
    "jaro_winkler_similarity, jaccard, a difference of dates, each of one column, also through lower, upper, trim, "
    "substr, regexp_extract, nullif(…, '') or try_strptime(…, '%Y-%m-%d')"
)


class Unmapped(ValueError):
    """SQL that a general model cannot say; the text names it and what can be said."""

    def __init__(self, sql: str, instead: str = SAYS) -> None:
        super().__init__(f"`{sql}` cannot be said by a general model; {instead}")


@dataclass(frozen=True)
class Seen:
    """A column, and the steps it is looked at through."""

    column: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Test:
    """One test of a level: what is looked at, and how alike both sides must be there."""

    seen: Seen
    how: str


def tests_of(sql: str) -> tuple[Test, ...]:
    """The tests of a level, any of which may hold. Raises Unmapped."""
    return tuple(_test(part) for part in _split(_parsed(sql), exp.Or))


def missing(sql: str) -> Seen:
    """What must be there on both sides, of a null level. Raises Unmapped."""
    instead = "a null level says of one column that it IS NULL on the left OR on the right"
    sides = {}
    for part in _split(_parsed(sql), exp.Or):
        if not isinstance(part, exp.Is) or not isinstance(part.expression, exp.Null):
            raise Unmapped(sql, instead)
        side, seen = _side(part.this)
        sides[side] = seen
    if sides.keys() != {"l", "r"} or sides["l"] != sides["r"]:
        raise Unmapped(sql, instead)
    return sides["l"]


def key_of(sql: str) -> tuple[Seen, ...]:
    """The parts of a blocking rule, all of which must be equal. Raises Unmapped."""
    parts = []
    for part in _split(_parsed(sql), exp.And):
        test = _test(part)
        if test.how != "equal":
            raise Unmapped(part.sql("duckdb"), "a blocking rule is made of columns that are equal, joined by AND")
        parts.append(test.seen)
    return tuple(parts)


def _parsed(sql: str) -> exp.Expr:
    try:
        return sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        raise Unmapped(sql) from None


def _split(node: exp.Expr, by: type[exp.Connector]) -> list[exp.Expr]:
    """The parts a chain of AND or OR is made of, without brackets."""
    bare = node.unnest()
    if isinstance(bare, by):
        return [*_split(bare.left, by), *_split(bare.right, by)]
    return [bare]


def _test(node: exp.Expr) -> Test:
    if isinstance(node, exp.EQ):
        return Test(_both(node, node.left, node.right), "equal")
    if isinstance(node, exp.LTE | exp.GTE) and isinstance(node.right, exp.Literal) and not node.right.is_string:
        bound, left = node.right.this, node.left.unnest()
        if isinstance(node, exp.LTE) and isinstance(left, exp.Abs):
            return _days(node, left.this.unnest(), float(bound))
        name, arguments = _call(left)
        told = (WITHIN if isinstance(node, exp.LTE) else ALIKE).get(name)
        if told is not None and len(arguments) == 2:
            return Test(_both(node, *arguments), told + _number(bound, whole=isinstance(node, exp.LTE)))
    raise Unmapped(node.sql("duckdb"))


def _number(text: str, *, whole: bool) -> str:
    """A bound as a test writes it."""
    return str(int(float(text))) if whole else repr(float(text))


def _days(node: exp.Expr, difference: exp.Expr, seconds: float) -> Test:
    """Dates so many seconds apart: of whole days only whole days count."""
    if isinstance(difference, exp.Sub):
        sides = difference.left.unnest(), difference.right.unnest()
        if all(isinstance(side, exp.TimeToUnix) for side in sides):
            return Test(_both(node, sides[0].this, sides[1].this), f"days<={int(seconds // DAY)}")
    raise Unmapped(node.sql("duckdb"))


def _call(node: exp.Expr) -> tuple[str, list[exp.Expr]]:
    """A function's name and its arguments, whether the parser knows it or not."""
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower(), node.expressions
    if isinstance(node, exp.JarowinklerSimilarity):
        return "jaro_winkler_similarity", [node.this, node.expression]
    if isinstance(node, exp.Levenshtein):
        return "levenshtein", [node.this, node.expression]
    return "", []


def _both(node: exp.Expr, one: exp.Expr, other: exp.Expr) -> Seen:
    """The same thing on both sides."""
    (side, seen), (far, likewise) = _side(one), _side(other)
    if {side, far} != {"l", "r"} or seen != likewise:
        raise Unmapped(node.sql("duckdb"), "both sides must look at one column in one way")
    return seen


def _side(node: exp.Expr) -> tuple[str, Seen]:
    """Which side, and what is looked at there."""
    node = node.unnest()
    if isinstance(node, exp.Column):
        if node.table in ("l", "r"):
            return node.table, Seen(node.name)
        if not node.table and node.name[-2:] in ("_l", "_r"):
            return node.name[-1], Seen(node.name[:-2])
        raise Unmapped(
            node.sql("duckdb"), "a column is of the left or of the right side: NAME_l, NAME_r, l.NAME, r.NAME"
        )
    step = _step(node)
    if step is None:
        raise Unmapped(node.sql("duckdb"))
    side, seen = _side(node.this if not isinstance(node, exp.Anonymous) else node.expressions[0])
    return side, Seen(seen.column, (*seen.steps, *step))


def _step(node: exp.Expr) -> tuple[str, ...] | None:  # noqa: PLR0911 - a ladder of functions
    """The step a function is; none for what has no like."""
    match node:
        case exp.Lower():
            return ("lower",)
        case exp.Upper():
            return ("upper",)
        case exp.Trim() if not node.expression:
            return ("trim",)
        case exp.Cast() if node.to.this == exp.DataType.Type.TEXT:
            return ()
        case exp.Nullif() if node.expression == exp.Literal.string(""):
            return ("filled",)
        case exp.Substring() if _whole(node.args.get("start")) and _whole(node.args.get("length")):
            return (f"slice:{node.args['start'].this}:{node.args['length'].this}",)
        case exp.Left() if _whole(node.expression):
            return (f"slice:1:{node.expression.this}",)
        case exp.RegexpExtract() if isinstance(node.expression, exp.Literal) and _group(node) == "0":
            return (f"extract:{node.expression.this}",)
        case exp.Anonymous() if node.name.lower() == "try_strptime" and node.expressions[1].name == "%Y-%m-%d":
            return ("date",)
    return None


def _whole(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and int(node.this) > 0


def _group(node: exp.RegexpExtract) -> str:
    group = node.args.get("group")
    return "0" if group is None else group.name
