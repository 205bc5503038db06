"""Leaving support: campaigns that ended, phasing out, exits nobody assessed, exits by the dozen in one township."""

from doudi.county.planting.bed import CASES, Bed, Sown

CAMPAIGN = "疫情期间免核对"  # 单人保 granted in its days was not checked
CAMPAIGN_FROM, CAMPAIGN_TO = "2020-03-01", "2021-04-30"
STANDARD = 319  # 农村低保标准, yuan a month and head
MULTIPLE = 2.0  # of it, up to which 渐退 is for
MASS = 12  # exits of one village on one day; ten are many


def plant(bed: Bed) -> None:
    """Every screen of this family."""
    _exempt(bed)
    _due(bed)
    _overdue(bed)
    _unassessed(bed)
    _mass(bed)


def _exempt(bed: Bed) -> None:
    screen = "campaign-exempt-due"
    for month in ("202003", "202004", "202010", "202101", "202104"):
        one = bed.somebody(40)
        bed.supported(one, 保障方式="单人保", 保障人数="1", 起保年月=month)
        bed.expect(screen, one, f"{month}按免核对政策纳入单人保")
    for form, month, why in (("单人保", "202105", "政策到期以后纳入"), ("单人保", "202002", "政策以前纳入"),
                             ("整户保", "202010", "整户保不在免核对之列")):  # fmt: skip
        one = bed.somebody(40)
        bed.supported(one, 保障方式=form, 起保年月=month)
        bed.near(screen, one, why)


def _due(bed: Bed) -> None:
    screen = "phase-out-due"
    for earned in (STANDARD + 1, 400, 480, 560, int(STANDARD * MULTIPLE) - 1):
        one = bed.somebody(40)
        bed.supported(one)
        _earns(bed, one, earned * 2)
        bed.expect(screen, one, f"人均月收入{earned}元，标准{STANDARD}元")
    for earned in (STANDARD, int(STANDARD * MULTIPLE)):
        one = bed.somebody(40)
        bed.supported(one)
        _earns(bed, one, earned * 2)
        bed.near(screen, one, f"人均月收入正好{earned}元")
    old = bed.somebody(40)
    bed.supported(old)
    _earns(bed, old, 960, "2020-05")
    bed.near(screen, old, "核算已满一年")


def _earns(bed: Bed, who: Sown, yuan: int, month: str = "2021-04") -> None:
    """`yuan`: of the whole household, which is of two."""
    told = {"户号": f"YQ9{who.home:06d}", "核算年月": month, "收入项目": "工资性收入", "收入来源": "务工"}
    bed.enter("income-sheet", who, "家庭成员", **told, **{"金额（元）": str(yuan)}, 是否计入="是", 是否推算="否")


def _overdue(bed: Bed) -> None:
    screen = "phase-out-overdue"
    for _ in range(CASES):
        one = bed.somebody(40)
        bed.supported(one, 渐退标志="是", 渐退起始年月="202012", 渐退截止年月="202105")
        bed.expect(screen, one, "渐退期昨天届满，仍在发放")
    running = bed.somebody(40)
    bed.supported(running, 渐退标志="是", 渐退起始年月="202101", 渐退截止年月="202106")
    bed.near(screen, running, "渐退期本月底届满")


def _unassessed(bed: Bed) -> None:
    screen = "exit-without-assessment"
    for _ in range(CASES):
        one = _left(bed, "202103", 致困原因="缺劳动力")
        bed.expect(screen, one, "无劳动能力，停保没有评估")
    assessed = _left(bed, "202103", 致困原因="缺劳动力")
    told = {"拟退出类别": "农村低保", "劳动能力": "完全丧失劳动能力", "评估日期": "2021-03-10", "评估人": "某干事"}
    risk = {"退出后年人均收入（元）": "6500", "返贫风险": "风险较低", "评估结论": "可退出"}
    bed.enter("exit-assessment", assessed, "保障对象", **told, **risk)
    bed.near(screen, assessed, "停保前已评估")
    bed.near(screen, _left(bed, "202103", 致困原因="因学"), "有劳动能力")
    bed.near(screen, _left(bed, "202005", 致困原因="缺劳动力"), "一年以前停保")


def _left(bed: Bed, month: str, *, village: int | None = None, **changes: str) -> Sown:
    one = bed.somebody(40, home=bed.home(village))
    bed.supported(one, 2, 停保年月=month, **{"停保原因": "其他", **changes})
    return one


def _mass(bed: Bed) -> None:
    """In a month of the past year, and in one before it. Four exits of a township are no surge, whatever was before."""
    village = int(bed.rng.integers(0, bed.villages))
    for _ in range(MASS):
        bed.expect("mass-exit", _left(bed, "202012", village=village), f"同村同一天退保{MASS}人")
    other = (village + bed.villages // 2) % bed.villages
    for _ in range(MASS):
        bed.near("mass-exit", _left(bed, "202002", village=other), "一年以前的批量退保")
