"""因灾因意外因疫未保: a disaster, an accident, an epidemic or a fire a short while ago, and neither 低保 nor 特困.

It befalls the household: everybody behind the door is listed, whoever of them the report named.
"""

import polars as pl

from matcher.screens.columns.events import EMERGENCY_DAYS, EVENT_CODES, EVENT_MONTHS, event_text
from matcher.screens.scene import Scene
from matcher.screens.screen import Citation, Screen, death_note, not_covered, why_not_covered


def _condition(_: Scene) -> pl.Expr:
    return pl.col("event") & not_covered()


def _reason(_: Scene) -> pl.Expr:
    whose = pl.when("own_event").then(pl.lit("本人")).otherwise(pl.lit("家庭"))
    return pl.format("{}{}，{}。{}", whose, event_text(), why_not_covered(), death_note())


def _urgency(_: Scene) -> pl.Expr:
    return pl.when("emergency").then(90).otherwise(75).cast(pl.Int32)


SCREEN = Screen(
    id="uncovered-sudden-event",
    version="1",
    title="因灾因意外因疫未保",
    citations=(
        Citation(
            "泾源县民政局 泾民发〔2021〕32号",
            "无劳动能力或弱劳动能力、持续增收能力较弱、返贫风险较高的脱贫不稳定人口、边缘易致贫人口、"
            "因病因灾因疫情因意外事故等刚性支出较大或收入大幅缩减…、其他特殊困难群体",
        ),
        Citation("民政部办公厅 民办函〔2020〕21号", "通过与相关部门开展信息比对、结合社区疫情监测开展排查"),
        Citation("民政部办公厅 民办函〔2020〕21号", "城乡低保对象、特困人员等救助对象以及新冠肺炎患者家庭生活状况"),
        Citation("吉林省民政厅 实施意见（2020-04-01）", "因疫致贫、因疫返贫人口纳入低保、特困供养、临时救助"),
    ),
    population="近期遭遇灾害、意外事故、疫情、火灾等突发事件的家庭的全部成员，没有低保、特困",
    evidence=(
        *("event_cause", "event_on", "own_event", "emergency", "covered", "dead", "death_doubted"),
        *("last_end", "paused_since", "margin"),
    ),
    basis=("event_cause", "event_on", "last_end", "paused_since"),
    moving=("emergency",),
    records=("event_records",),
    condition=_condition,
    logic="本人或同户在回溯期内遭遇灾害、事故、火灾、疫情；当日没有低保、特困，且没有死亡记录。全户逐人列出。",
    reason=_reason,
    days=5,
    urgency=_urgency,
    settings=(EVENT_CODES, EVENT_MONTHS, EMERGENCY_DAYS),
    sources=("emergencies",),
)
