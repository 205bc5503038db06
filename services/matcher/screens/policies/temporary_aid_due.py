"""应给予临时救助: struck by an event, waiting for an application, jobless uninsured, or at risk, and no aid.

One aid is for one cause: aid before an event does not answer it. A fresh event is an emergency (急难): aid is due
within 24 hours, papers follow. Where nobody ever told of any temporary aid, it cannot be said of the merely endangered
that they had none; of the others it is said, with a word that the records are missing.
"""

import polars as pl

from matcher.screens.columns.aid import AID_COVERED, AID_MONTHS, AID_RISKS
from matcher.screens.columns.days import months_before, told_day
from matcher.screens.columns.events import EMERGENCY_DAYS, EVENT_CODES, EVENT_MONTHS, event_text
from matcher.screens.scene import PROGRAMME_NAMES, Scene
from matcher.screens.screen import Citation, Screen, death_note

_RISKS = {"severe": "重度残疾", "serious": "患重大疾病", "monitored": "属防止返贫监测对象，风险未消除"}


def _lately(scene: Scene) -> pl.Expr:
    since = months_before(scene.as_of, AID_MONTHS.of(scene.parameters))
    return (pl.col("aid_on") >= since).fill_null(False)


def _struck(scene: Scene) -> pl.Expr:
    answered = (
        pl.when(pl.col("event_on").is_null()).then(_lately(scene)).otherwise(pl.col("aid_on") >= pl.col("event_on"))
    )
    return pl.col("event") & ~answered.fill_null(False)


def _waits(scene: Scene) -> pl.Expr:
    return pl.col("applying") & ~_lately(scene)


def _jobless(_: Scene) -> pl.Expr:
    paid = pl.col("household_one_off_on")
    answered = pl.when(pl.col("jobless_on").is_null()).then(paid.is_not_null()).otherwise(paid >= pl.col("jobless_on"))
    return pl.col("jobless") & ~answered.fill_null(False)


def _endangered(scene: Scene) -> pl.Expr:
    risk = pl.any_horizontal(pl.lit(False), *AID_RISKS.of(scene.parameters))
    whom = pl.lit(True) if AID_COVERED.of(scene.parameters) else ~pl.col("covered")
    return risk & whom & pl.col("aid_told") & ~_lately(scene)


def _urgent(scene: Scene) -> pl.Expr:
    return _struck(scene) & pl.col("emergency")


def _condition(scene: Scene) -> pl.Expr:
    return (_struck(scene) | _waits(scene) | _jobless(scene) | _endangered(scene)) & ~pl.col("dead")


def _reason(scene: Scene) -> pl.Expr:
    programme = pl.col("applied_for").replace(PROGRAMME_NAMES).fill_null("救助")
    risks = pl.concat_str(
        pl.lit(None, dtype=pl.String),
        *(pl.when(name).then(pl.lit(_RISKS[name])) for name in AID_RISKS.of(scene.parameters)),
        separator="、",
        ignore_nulls=True,
    )
    months = AID_MONTHS.of(scene.parameters)
    told = (
        pl.when(_urgent(scene))
        .then(pl.format("家庭{}，属急难情形，应当在24小时内先行救助，随后补办手续", event_text()))
        .when(_struck(scene))
        .then(pl.format("家庭{}，此后没有临时救助", event_text()))
        .when(_waits(scene))
        .then(
            pl.format(
                "{}申请{}还没有办结，近{}个月没有临时救助，可视情先行救助",
                told_day("applied_on").fill_null("已"),
                programme,
                pl.lit(months),
            )
        )
        .when(_jobless(scene))
        .then(pl.lit("未参加失业保险或没有领取失业保险金的失业人员，没有领过一次性临时救助金"))
        .otherwise(pl.format("{}，近{}个月没有临时救助", risks, pl.lit(months)))
    )
    unknown = pl.when("aid_told").then(pl.lit("")).otherwise(pl.lit("登记库没有任何临时救助记录，请先核对是否已给予。"))
    return pl.format("{}。{}{}", told, unknown, death_note())


def _tier(scene: Scene) -> pl.Expr:
    called = _waits(scene) | _jobless(scene)
    return pl.when(_struck(scene)).then(pl.lit("必访")).when(called).then(pl.lit("电话核实")).otherwise(pl.lit("观察"))


SCREEN = Screen(
    id="temporary-aid-due",
    version="1",
    title="应给予临时救助",
    citations=(
        Citation("民政部办公厅 民办函〔2020〕21号", "按规定将返贫人口和存在致贫、返贫风险人口纳入临时救助范围"),
        Citation("泾源县民政局 泾民发〔2021〕32号", "符合条件的未参保失业人员发放一次性临时救助金"),
        Citation("烟台市民政局 转发 鲁民函〔2020〕34号", "严格落实急难对象24小时先行救助制度"),
        Citation(
            "烟台市民政局 转发 鲁民函〔2020〕34号",
            "对申请低保、特困…的脱贫享受政策人口、即时帮扶人口…可以视情先给予临时救助…再按照规定程序审核",
        ),
    ),
    population="遭遇突发事件的家庭成员、申请待批人员、未参保失业人员，以及没有低保、特困的重残、重病、监测人员",
    evidence=(
        *("event_cause", "event_on", "emergency", "applied_for", "applied_on", "jobless_code", "jobless_on"),
        *("severe", "serious", "monitored", "aid_on", "household_one_off_on", "aid_told", "covered", "dead"),
        "death_doubted",
    ),
    basis=("event_cause", "event_on", "applied_for", "applied_on", "jobless_code", "jobless_on", *_RISKS),
    moving=("emergency",),
    records=(
        *("event_records", "application_records", "jobless_records"),
        *("card_records", "illness_records", "monitored_records"),
    ),
    condition=_condition,
    logic=(
        "近期突发事件后没有临时救助，或申请低保特困未办结，或未参保失业没有一次性临时救助金，或有风险而在回溯"
        "期内没有临时救助。新发生的突发事件按急难 24 小时办理。"
    ),
    reason=_reason,
    usual_tier="电话核实",
    tier=_tier,
    days=10,
    due=lambda scene: pl.when(_urgent(scene)).then(pl.lit(1, dtype=pl.Int32)),
    urgency=lambda scene: pl.when(_urgent(scene)).then(pl.lit(100, dtype=pl.Int32)),
    settings=(AID_MONTHS, AID_RISKS, AID_COVERED, EVENT_CODES, EVENT_MONTHS, EMERGENCY_DAYS),
    sources=("registry", "emergencies", "unemployment"),
)
