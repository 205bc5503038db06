"""重复信访: the same person has brought the same matter again and again."""

import polars as pl

from matcher.screens.columns.conduct import PETITION_MONTHS, PETITION_TIMES
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, day_text


def _condition(_: Scene) -> pl.Expr:
    return pl.col("petitions").is_not_null() & ~pl.col("dead")


def _reason(_: Scene) -> pl.Expr:
    matter = pl.col("petition_matter").fill_null("同一事项")
    return pl.format(
        "就“{}”已信访{}次，最近一次{}，请分类处置、当面答复并对账销号。",
        matter,
        pl.col("petitions"),
        day_text("petition_last"),
    )


SCREEN = Screen(
    id="repeat-petition",
    version="1",
    title="重复信访",
    citations=(
        Citation(
            "泾源县民政局 泾民发〔2021〕32号",
            "全面梳理2018年以来社会救助领域信访件，对其中的重复信访事项建立专门工作台账…分类处置，对账销号",
        ),
        Citation(
            "泾源县民政局 泾民发〔2021〕32号",
            "群众反映问题较多、信访矛盾较为突出的乡镇…专题调研、重点督办、直查直办、重点约谈",
        ),
    ),
    population="社会救助领域的信访人",
    evidence=("petitions", "petition_matter", "petition_last", "dead"),
    basis=("petition_matter", "petitions"),
    records=("petition_records",),
    condition=_condition,
    logic="同一人就基本相同的事项两次以上信访（由系统提出、由人认定）。",
    reason=_reason,
    kind="conduct",
    settings=(PETITION_TIMES, PETITION_MONTHS),
    sources=("registry",),
)
