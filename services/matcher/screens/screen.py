"""What a screen is, and how one runs over a scene: a condition per person, a reason in plain Chinese, the evidence.

A screen may only open a task: it never decides. Each finding keeps the version, the values and the parameters it
was made with, so that it can be explained years later (Personal Information Protection Law, article 24).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from matcher.frames import FINDING, PERSON, conform, empty
from matcher.screens.columns.settings import ILLNESS_LINE_YUAN, SCREEN_DAYS, SCREEN_TIERS, SCREEN_URGENCIES
from matcher.screens.parameters import Parameters, Setting, WhereSet
from matcher.screens.scene import CLASS_NAMES, GRADE_NAMES, PROGRAMME_NAMES, Scene

# What a finding is about: it says which outcomes fit and what it is counted as.
KINDS = {
    "uncovered": "疑似漏保",
    "wrongly-covered": "疑似错保",
    "payment": "发放疑点",
    "review": "到期复核",
    "exit": "退出把关",
    "entitled": "疑似应享未享",
    "care": "供养照料",
    "subsidy": "补贴核对",
    "conduct": "作风风险",
    "reminder": "到期提醒",
    "data": "数据核对",
}
_URGENCY = {"必访": 70, "电话核实": 40, "观察": 20}  # where a screen says none: by tier
_AMOUNTS = ("self_paid", "self_paid_12m")
_MOST_BANDS = 20
_SAME = {"listed_diagnosis": "diagnosis"}


@dataclass(frozen=True)
class Citation:
    """The duty a screen serves: the document and its sentence, word for word."""

    document: str
    sentence: str


@dataclass(frozen=True, eq=False)
class Screen:
    """A named rule. The callables give expressions over `Scene.people`; `evidence` are its columns kept as inputs,
    `records` its list columns that name the rows a finding rests on. `tier` overrides the parameters' where not null.

    The expressions are made once for a day and parameters: the scene they are asked of has no people.
    """

    id: str
    version: str
    title: str
    citations: tuple[Citation, ...]
    population: str
    evidence: tuple[str, ...]
    records: tuple[str, ...]
    condition: Callable[[Scene], pl.Expr]
    reason: Callable[[Scene], pl.Expr]
    logic: str = ""  # how it is worked out, in Chinese, for whoever reads the catalogue and not the code
    kind: str = "uncovered"  # of KINDS
    usual_tier: str = "必访"  # where neither the area nor `tier` says another
    # Working days the township has, where it is not what the county gives for every case; an area may set another.
    days: int | None = None
    settings: tuple[Setting, ...] = ()  # its own, declared in its file; values stand in profiles
    needs: tuple[WhereSet, ...] = ()  # of `settings`: without a value of each the screen says nothing at all
    # Of the facts it looks at: feeds of any of which it needs a delivery. Without it the screen says nothing at all.
    sources: tuple[str, ...] = ()
    # 0 to 100 per row, where it is known better than by the tier alone; a mapping of the area makes colours of it.
    urgency: Callable[[Scene], pl.Expr] = lambda _: pl.lit(None, dtype=pl.Int32)
    tier: Callable[[Scene], pl.Expr] = lambda _: pl.lit(None, dtype=pl.String)
    # Working days per row, where one cannot wait as long as the others: what an area sets does not lengthen it.
    due: Callable[[Scene], pl.Expr] = lambda _: pl.lit(None, dtype=pl.Int32)
    # Of `evidence`: the facts about the person. Who settled a lead knew of those it had; another one is news.
    basis: tuple[str, ...] = ()
    # Of `evidence`: what moves by itself with time. Neither it nor the reason told with it makes a lead another one.
    moving: tuple[str, ...] = ()

    def finding(self, scene: Scene) -> dict[str, pl.Expr]:
        """What a finding says, by column of FINDING: expressions over those for whom the condition holds."""
        default = SCREEN_TIERS.of(scene.parameters).get(self.id, self.usual_tier)
        tier = pl.coalesce(self.tier(scene), pl.lit(default))
        fixed = SCREEN_URGENCIES.of(scene.parameters).get(self.id)
        lists = [pl.col(name).fill_null(pl.lit([], dtype=pl.List(pl.String))) for name in self.records]
        due = SCREEN_DAYS.of(scene.parameters).get(self.id, self.days)
        return {
            "subject_id": pl.col("subject_id"),
            "screen": pl.lit(self.id),
            "version": pl.lit(self.version),
            "kind": pl.lit(self.kind),
            "tier": tier,
            "urgency": pl.coalesce(pl.lit(fixed, dtype=pl.Int32), self.urgency(scene), _by_tier(tier)),
            "due_days": pl.min_horizontal(self.due(scene), pl.lit(due, dtype=pl.Int32)),
            "reason": self.reason(scene),
            "inputs": self._inputs(scene),
            "records": pl.concat_list(lists).list.unique(maintain_order=True),
        }

    def silent(self, p: Parameters) -> str | None:
        """Why the screen says nothing where these parameters hold, in Chinese; None where it speaks."""
        missing = [setting.title for setting in self.needs if setting.of(p) is None]
        return f"本地尚未设定{'、'.join(missing)}，本项不出线索" if missing else None

    def facts_of(self, inputs: Mapping[str, Any]) -> tuple[str, ...]:
        """The facts behind one finding, as words that screens share: a card is the same fact for all of them.

        Amounts count by multiples of the line, each with those below it: a lower amount is no news.
        """
        words: list[str] = []
        for name in self.basis:
            value, word = inputs.get(name), _SAME.get(name, name)
            if name in _AMOUNTS and value is not None:
                times = int(min(value // inputs["illness_line_yuan"], _MOST_BANDS))
                words += [f"{word}>={band}" for band in range(1, times + 1)]
            elif value is True:
                words.append(word)
            elif value is not None and value is not False:
                words.append(f"{word}={value}")
        return tuple(words)

    def lasting(self, inputs: Mapping[str, Any], reason: str) -> list[Any]:
        """What of a finding somebody at the door would care for: its values, and its reason unless that moves."""
        passing = {"as_of", "parameters", *self.moving}
        return [
            # What nobody knows of the person is no value: a column a screen has only now makes no lead another one.
            {name: value for name, value in inputs.items() if name not in passing and value is not None},
            None if any(inputs.get(name) is not None for name in self.moving) else reason,
        ]

    def _inputs(self, scene: Scene) -> pl.Expr:
        """The values the condition was decided on, the day and the parameters, as JSON."""
        p = scene.parameters
        # Who is listed although a source has them dead: what the sources say stays with the finding.
        told = ("death_conflict",) if "death_doubted" in self.evidence else ()
        names = dict.fromkeys((*self.evidence, *told))
        return pl.struct(
            pl.lit(scene.as_of.isoformat()).alias("as_of"),
            pl.lit(p.version).alias("parameters"),
            pl.lit(ILLNESS_LINE_YUAN.of(p)).alias("illness_line_yuan"),
            *(pl.col(name) for name in names),
        ).struct.json_encode()


def findings_of(screens: Sequence[Screen], scene: Scene) -> pl.DataFrame:
    """The findings (FINDING) of these screens, one after the other. Whom they find is asked of all people at once."""
    asked = [screen for screen in screens if not screen.silent(scene.parameters)]
    if not asked:
        return empty(FINDING)
    rules = {screen.id: _rule(screen, scene.as_of, scene.parameters) for screen in asked}
    holds = scene.people.select("subject_id", **{name: rule.condition for name, rule in rules.items()})
    met = holds.select(pl.col(pl.Boolean).any()).row(0, named=True)
    found = [
        conform(scene.people[rule.reads][holds[name].arg_true()].select(**rule.finding), FINDING)
        for name, rule in rules.items()
        if met[name]
    ]
    return pl.concat([empty(FINDING), *found])


@dataclass(frozen=True)
class _Rule:
    """A screen on a day by parameters: whom it finds, what it says of them, and which columns it reads for that."""

    condition: pl.Expr
    finding: Mapping[str, pl.Expr]
    reads: list[str]  # a scene is wide


@lru_cache(maxsize=1024)
def _rule(screen: Screen, as_of: date, parameters: Parameters) -> _Rule:
    scene = Scene(empty(PERSON), as_of, parameters)
    finding = screen.finding(scene)
    reads = {name for each in finding.values() for name in each.meta.root_names()}
    return _Rule(screen.condition(scene), finding, sorted(reads))


def _by_tier(tier: pl.Expr) -> pl.Expr:
    return tier.replace_strict(_URGENCY, return_dtype=pl.Int32)


def not_covered() -> pl.Expr:
    """Alive and without 低保 or 特困 on the day."""
    return ~pl.col("covered") & ~pl.col("dead")


def why_not_covered() -> pl.Expr:
    """Why a person is taken for uncovered: what a visitor wants to know first."""
    end = pl.col("last_end").dt.strftime("%Y年%-m月")
    since = pl.col("paused_since").dt.strftime("%Y年%-m月%-d日")
    return (
        pl.when(pl.col("paused_since").is_not_null())
        .then(pl.format("原有保障自{}起停发，至今没有恢复", since))
        .when(pl.col("last_end").is_not_null())
        .then(pl.format("原有保障已于{}停止", end))
        .when("margin")
        .then(pl.lit("所在家庭为低保边缘，不属于低保、特困"))
        .when("housemate_covered")
        .then(pl.lit("同户有人在保，本人不在保障名单"))
        .when("registered")
        .then(pl.lit("登记库中有此人，无低保、特困"))
        .otherwise(pl.lit("低收入人口登记库中没有找到此人"))
    )


def death_note() -> pl.Expr:
    """A death record in review excludes nobody, but the visitor should know of it."""
    return (
        pl.when("disputed_before")
        .then(pl.format("各部门对此人是否在世说法不一（{}），请一并核对。", "death_conflict"))
        .when("death_doubted")
        .then(pl.lit("另有一条死亡记录疑似本人，请一并核对。"))
        .otherwise(pl.lit(""))
    )


def card_text(kind_name: str = "card_class", grade_name: str = "card_grade") -> pl.Expr:
    """`肢体一级`."""
    kind = pl.col(kind_name).replace_strict(CLASS_NAMES, default="", return_dtype=pl.String)
    grade = pl.col(grade_name).cast(pl.String).replace_strict(GRADE_NAMES, default="", return_dtype=pl.String)
    return pl.concat_str(kind.fill_null(""), grade.fill_null(""))


def illness_text(line: float) -> pl.Expr:
    """`食管恶性肿瘤，个人自付 21263 元（线 10000 元）`, or that twelve months, the list or a benefit decided."""
    name = pl.col("diagnosis").fill_null("重大疾病")

    def cost(paid: str, words: str) -> pl.Expr:
        return pl.format(words, name, pl.col(paid).floor().cast(pl.Int64), pl.lit(int(line)))

    return (
        pl.when(pl.col("self_paid") >= line)
        .then(cost("self_paid", "{}，个人自付{}元（达到{}元线）"))
        .when(pl.col("self_paid_12m") >= line)
        .then(cost("self_paid_12m", "{}，医保结算近12个月个人自付合计{}元（达到{}元线）"))
        .when(pl.col("benefit").is_not_null() & ~pl.col("listed"))
        .then(pl.format("{}，近12个月享受过{}待遇", name, "benefit"))
        .when(pl.col("self_paid").is_null() & pl.col("self_paid_12m").is_null())
        .then(pl.format("{}（属于重大疾病病种目录，来源没有自付金额）", name))
        .otherwise(pl.format("{}（属于重大疾病病种目录）", name))
    )


def yuan(name: str) -> pl.Expr:
    """An amount in whole yuan, as told to staff."""
    return pl.col(name).round(0).cast(pl.Int64)


def month_text(name: str) -> pl.Expr:
    """`2021年3月`."""
    return pl.col(name).dt.strftime("%Y年%-m月")


def day_text(name: str) -> pl.Expr:
    """`2021年3月5日`."""
    return pl.col(name).dt.strftime("%Y年%-m月%-d日")


def programme_text() -> pl.Expr:
    return pl.col("programme").replace_strict(PROGRAMME_NAMES, default="救助", return_dtype=pl.String)
