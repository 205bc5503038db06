"""Everything the screens look at, one row per person, as of one day.

People, coverage and facts are brought together once; a screen is then a condition over these columns. Only facts
carried by a trusted link count. A death whose link is still in review excludes nobody; it is only shown.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from matcher.frames import COVERAGE, FACT, PERSON, conform
from matcher.screens.parameters import Parameters

CLASS_NAMES = {"1": "视力", "2": "听力", "3": "言语", "4": "肢体", "5": "智力", "6": "精神", "7": "多重"}
GRADE_NAMES = {"1": "一级", "2": "二级", "3": "三级", "4": "四级"}
PROGRAMME_NAMES = {
    "dibao-rural": "农村低保",
    "dibao-urban": "城市低保",
    "tekun-institution": "特困集中供养",
    "tekun-home": "特困分散供养",
    "dibao-margin": "低保边缘",
    "rigid-expenditure": "刚性支出困难",
    "temporary-aid": "临时救助",
}


@dataclass(frozen=True)
class Scene:
    """`people`: one row per subject with the columns below; `as_of` the day; `parameters` what is decided by.

    PERSON columns and: covered, programme, form, household_size, coverage_sources, last_end,
    paused_since, margin, margin_sources,
    beside_single, single_sources, housemate_covered, dead, died, died_month, months_since, died_before,
    death_doubted, doubted_before, death_records,
    card_class, card_grade, severe, card_records, diagnosis, icd, self_paid, serious, listed, illness_records,
    listed_records, category, monitored, monitored_records, labour, incapable, labour_records.
    Booleans are never null, lists may be.
    """

    people: pl.DataFrame
    as_of: date
    parameters: Parameters


def scene_of(
    people: pl.DataFrame, coverage: pl.DataFrame, facts: pl.DataFrame, as_of: date, parameters: Parameters
) -> Scene:
    """Frames of shape PERSON, COVERAGE, FACT → one row per person."""
    base = conform(people, PERSON).unique("subject_id", keep="first", maintain_order=True)
    covered = conform(coverage, COVERAGE)
    known = (
        conform(facts, FACT)
        .filter(pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of))
        .with_columns(record=pl.col("batch_id") + ":" + pl.col("line").cast(pl.String))
    )
    trusted = known.filter(pl.col("grade").is_in(list(parameters.trusted_grades)))
    frame = base
    for part in (
        _coverage(covered, as_of, parameters),
        _deaths(known, as_of, parameters),
        _cards(trusted, parameters),
        _illness(trusted, parameters),
        _monitoring(trusted, parameters),
        _labour(trusted, parameters),
    ):
        frame = frame.join(part, on="subject_id", how="left", maintain_order="left")
    frame = _households(frame, covered, as_of, parameters)
    # Months from the one after the death to that of the day: as many payments may have gone out.
    since = (as_of.year - pl.col("died").dt.year()) * 12 + as_of.month - pl.col("died").dt.month().cast(pl.Int32)
    frame = frame.with_columns(months_since=since, died_month=pl.col("died").dt.strftime("%Y-%m"))
    return Scene(frame.with_columns(_flags(frame)), as_of, parameters)


def _flags(frame: pl.DataFrame) -> list[pl.Expr]:
    return [pl.col(name).fill_null(False) for name, kind in frame.schema.items() if kind == pl.Boolean]


def on_day(coverage: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Coverage that holds on the day: from its start to the end of the month in which it ends."""
    last = pl.col("end").dt.month_end()
    return coverage.filter(
        (pl.col("start").is_null() | (pl.col("start") <= as_of)) & (last.is_null() | (as_of <= last))
    )


def paused(as_of: date) -> pl.Expr:
    """Of COVERAGE the suspensions that hold on the day; null where there is none."""
    one = pl.element().struct
    holds = (one.field("start") <= as_of) & (one.field("end").is_null() | (as_of <= one.field("end")))
    since = pl.col("suspensions").list.eval(pl.when(holds).then(one.field("start")))
    return since.list.max()


def _coverage(coverage: pl.DataFrame, as_of: date, p: Parameters) -> pl.DataFrame:
    now = on_day(coverage, as_of)
    counts = pl.col("programme").is_in(list(p.covered_programmes))
    since = paused(as_of)
    counting = now.filter(counts & since.is_null())
    stopped = now.filter(counts & since.is_not_null()).group_by("subject_id").agg(paused_since=since.max())
    current = counting.group_by("subject_id", maintain_order=True).agg(
        covered=pl.lit(True),
        programme=pl.col("programme").first(),
        form=pl.col("form").first(),
        household_size=pl.col("household_size").first(),
        coverage_sources=pl.col("source").drop_nulls().unique(maintain_order=True),
    )
    margin = now.filter(pl.col("programme").is_in(list(p.margin_programmes)))
    margin = margin.group_by("subject_id", maintain_order=True).agg(
        own_margin=pl.lit(True), own_margin_sources=pl.col("source").drop_nulls().unique(maintain_order=True)
    )
    past = coverage.filter(pl.col("programme").is_in(list(p.covered_programmes)) & (pl.col("end") < as_of))
    past = past.group_by("subject_id").agg(last_end=pl.col("end").max())
    for part in (margin, past, stopped):
        current = current.join(part, on="subject_id", how="full", coalesce=True)
    return current


def _households(frame: pl.DataFrame, coverage: pl.DataFrame, as_of: date, p: Parameters) -> pl.DataFrame:
    """What holds of a person's household: margin, somebody's single-person cover, somebody else covered."""
    now = on_day(coverage, as_of).filter(pl.col("household_key").is_not_null())
    is_margin = pl.col("programme").is_in(list(p.margin_programmes))
    paid = paused(as_of).is_null()
    is_covered = pl.col("programme").is_in(list(p.covered_programmes)) & paid
    is_single = pl.col("programme").is_in(list(p.dibao_programmes)) & (pl.col("form") == "single") & paid
    about = now.group_by("household_key").agg(
        household_margin=is_margin.any(),
        household_margin_sources=pl.col("source").filter(is_margin).drop_nulls().unique(maintain_order=True),
        household_single=is_single.any(),
        single_sources=pl.col("source").filter(is_single).drop_nulls().unique(maintain_order=True),
        housemate_covered=is_covered.any(),
    )
    joined = frame.join(about, on="household_key", how="left", maintain_order="left")
    covered = pl.col("covered").fill_null(False)
    return joined.with_columns(
        margin=pl.col("own_margin").fill_null(False) | pl.col("household_margin").fill_null(False),
        margin_sources=pl.coalesce("own_margin_sources", "household_margin_sources"),
        beside_single=pl.col("household_single").fill_null(False) & ~covered,
        housemate_covered=pl.col("housemate_covered").fill_null(False) & ~covered,
    )


def _deaths(known: pl.DataFrame, as_of: date, p: Parameters) -> pl.DataFrame:
    """The dead by a trusted link, and those of whom a death record may speak but a human has not yet said so."""
    trusted = pl.col("grade").is_in(list(p.trusted_grades))
    early = pl.col("valid_from").is_null() | (pl.col("valid_from") < as_of)
    doubted = (pl.col("grade") == "possible") & ~trusted
    deaths = known.filter((pl.col("kind") == "death") & (trusted | doubted))
    return deaths.group_by("subject_id", maintain_order=True).agg(
        dead=trusted.any(),
        died=pl.col("valid_from").filter(trusted).min(),
        died_before=(trusted & early).any(),
        death_doubted=~trusted.any(),
        doubted_before=~trusted.any() & (doubted & early).any(),
        death_records=_distinct(pl.col("record")),
    )


def _cards(trusted: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    grade = pl.col("number").cast(pl.Int64)
    severe = [f"{kind}-{value}" for kind, values in p.severe_grades.items() for value in values]
    # A card without a readable class counts where its grade is severe in every class.
    everywhere = set.intersection(*(set(values) for values in p.severe_grades.values()))
    key = pl.col("text").fill_null("") + "-" + grade.cast(pl.String)
    cards = (
        trusted.filter((pl.col("kind") == "disability-card") & pl.col("code").is_in(list(p.card_statuses)))
        .with_columns(severe=key.is_in([*severe, *(f"-{value}" for value in sorted(everywhere))]).fill_null(False))
        .sort("severe", "number", descending=[True, False], nulls_last=True, maintain_order=True)
    )
    return cards.group_by("subject_id", maintain_order=True).agg(
        card_class=pl.col("text").first(),
        card_grade=grade.first(),
        severe=pl.col("severe").any(),
        card_records=_distinct(pl.col("record").filter(pl.col("severe"))),
    )


def listed_expr(p: Parameters) -> pl.Expr:
    """Whether an illness (diagnosis in `text`, ICD-10 in `code`) is on the list; never null."""
    words = [word for disease in p.diseases for word in disease.words]
    icd = [prefix for disease in p.diseases for prefix in disease.icd]
    by_code = pl.any_horizontal(pl.col("code").str.to_uppercase().str.starts_with(prefix) for prefix in icd)
    return pl.col("text").str.contains_any(words).fill_null(False) | by_code.fill_null(False)


def _illness(trusted: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    costly = (pl.col("number") >= p.illness_line_yuan).fill_null(False)
    ill = (
        trusted.filter(pl.col("kind") == "illness")
        .with_columns(listed=listed_expr(p))
        .with_columns(serious=costly | (pl.col("number").is_null() & pl.col("listed")))
        .sort("serious", "number", "listed", descending=True, nulls_last=True, maintain_order=True)
    )
    return ill.group_by("subject_id", maintain_order=True).agg(
        diagnosis=pl.col("text").first(),
        icd=pl.col("code").first(),
        self_paid=pl.col("number").first(),
        serious=pl.col("serious").any(),
        listed=pl.col("listed").any(),
        listed_diagnosis=pl.col("text").filter(pl.col("listed")).first(),
        illness_records=_distinct(pl.col("record").filter(pl.col("serious"))),
        listed_records=_distinct(pl.col("record").filter(pl.col("listed"))),
    )


def _monitoring(trusted: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    active = trusted.filter((pl.col("kind") == "monitored") & pl.col("code").is_in(list(p.monitored_states)))
    return active.group_by("subject_id", maintain_order=True).agg(
        monitored=pl.lit(True),
        category=pl.col("text").first(),
        monitored_records=_distinct(pl.col("record")),
    )


def _labour(trusted: pl.DataFrame, p: Parameters) -> pl.DataFrame:
    weak = trusted.filter((pl.col("kind") == "labour") & pl.col("code").is_in(list(p.weak_labour)))
    return weak.group_by("subject_id", maintain_order=True).agg(
        incapable=pl.lit(True), labour=pl.col("text").first(), labour_records=_distinct(pl.col("record"))
    )


def _distinct(records: pl.Expr) -> pl.Expr:
    return records.drop_nulls().unique(maintain_order=True)
