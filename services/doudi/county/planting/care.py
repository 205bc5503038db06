"""Who should be looked after, and how: 特困, agreements, assessments, places, subsidies, papers and birthdays."""

from datetime import date

from doudi.county.planting.bed import CASES, Bed, Sown
from doudi.county.tables import places

TEKUN = {"救助类别": "分散供养", "保障方式": ""}


def plant(bed: Bed) -> None:
    """Every screen of this family."""
    _groups(bed)
    _single_households(bed)
    _turning_sixty(bed)
    _agreements(bed)
    _wishes(bed)
    _assessments(bed)
    _subsidies_missing(bed)
    _subsidies_wrong(bed)
    _cards_expiring(bed)


def _registered(bed: Bed, who: Sown, kind: str, day: str = "2021-01-10") -> None:
    """An entry of civil affairs' own register of the left behind and of children without parents."""
    land = places()
    told = {"性别": who.sex_word, "区划代码": who.code, "乡镇": str(land.township_names[who.village])}
    more = {"户籍地址": who.address, "对象类别": kind, "监护人": "", "纳入日期": day, "退出日期": ""}
    bed.named("left-behind.xlsx", who, **told, **more)


def _groups(bed: Bed) -> None:
    screen = "left-behind-groups"
    for at in range(CASES):
        child = bed.somebody(10)
        _registered(bed, child, "孤儿" if at % 2 else "事实无人抚养儿童")
        bed.expect(screen, child, "没有基本生活费，也没有低保、特困")
        old = bed.somebody(70)
        bed.margin(old)
        _registered(bed, old, "留守老年人", "2020-05-31")
        bed.expect(screen, old, "登记超过一年没有更新")
    kept, covered, grown, fresh = (
        bed.somebody(10),
        bed.somebody(10),
        bed.somebody(born=date(2003, 6, 1)),
        bed.somebody(70),
    )
    _registered(bed, kept, "孤儿")
    bed.fact(kept, "child-allowance", valid_from="2020-01-01")
    bed.near(screen, kept, "已有基本生活费")
    bed.supported(covered)
    _registered(bed, covered, "孤儿")
    bed.near(screen, covered, "已在低保")
    _registered(bed, grown, "孤儿")
    bed.near(screen, grown, "当天满18周岁")
    bed.margin(fresh)
    _registered(bed, fresh, "留守老年人", "2020-06-01")
    bed.near(screen, fresh, "一年内更新过")


def _alone(bed: Bed, born: date | None = None, age: int = 66, **changes: str) -> Sown:
    """Somebody who is a 低保 household of one."""
    one = bed.somebody(age, born=born)
    bed.supported(one, 1, **changes)
    return one


def _single_households(bed: Bed) -> None:
    screen = "tekun-among-single-households"
    for at in range(CASES):
        one = _alone(bed)
        bed.fact(one, "obligor", code="unable" if at % 2 else "none")
        bed.expect(screen, one, "一人户低保，三项条件都符合")
    day = _alone(bed, date(1961, 6, 1))
    bed.fact(day, "obligor", code="none")
    bed.expect(screen, day, "当天满60周岁")
    young, able, pair = _alone(bed, age=50), _alone(bed, age=50), bed.somebody(66)
    bed.near(screen, young, "不满60周岁，义务人情况不详")
    bed.fact(able, "obligor", code="able")
    bed.near(screen, able, "不满60周岁，义务人有能力")
    bed.supported(pair, 2)
    bed.fact(pair, "obligor", code="none")
    bed.near(screen, pair, "两人的低保户")
    agreed, single = _alone(bed), _alone(bed, 保障方式="单人保")
    for one in (agreed, single):
        bed.fact(one, "obligor", code="none")
    bed.fact(agreed, "voluntary-dibao", code="valid", valid_from="2021-01-01", valid_to="2021-12-31")
    bed.near(screen, agreed, "自愿低保协议有效")
    bed.near(screen, single, "单人保不是单人户")


def _turning_sixty(bed: Bed) -> None:
    screen = "turning-sixty"
    for day in (1, 2, 15, 30, 31):
        bed.expect(screen, _alone(bed, date(1961, 7, day)), f"七月{day}日满60周岁")
    bed.near(screen, _alone(bed, date(1961, 6, 30)), "本月末满60周岁")
    bed.near(screen, _alone(bed, date(1961, 8, 1)), "下下月一日满60周岁")
    pair = bed.somebody(born=date(1961, 7, 15))
    bed.supported(pair, 2)
    bed.near(screen, pair, "两人的低保户")


def _tekun(bed: Bed, *, agreed: bool = True, assessed: str = "2021-03-01") -> Sown:
    """Somebody 特困 at home with everything in order, unless told otherwise."""
    one = bed.somebody(72)
    bed.supported(one, 1, **TEKUN)
    if agreed:
        agreement(bed, one)
    if assessed:
        assessment(bed, one, assessed)
    return one


def agreement(bed: Bed, who: Sown, begins: str = "2021-01-01", ends: str = "2022-03-31", **changes: str) -> None:
    """An agreement on care with everything it must have."""
    carer = bed.somebody(45)
    told = {"特困人员住址": who.address, "照料服务人姓名": carer.name, "照料服务人身份证号": carer.number,
            "与特困人员关系": "邻居", "照料服务人电话": bed.phone(carer)}  # fmt: skip
    terms = {"生活自理能力认定类别": "全自理", "照料服务内容": "做饭、洗衣", "照料服务要求": "每日看望",
             "权利义务": "双方", "违约责任": "退还照料费"}  # fmt: skip
    days = {"协议开始日期": begins, "协议终止日期": ends, "监督举报电话": "12345"}
    bed.enter("care-agreement", who, "特困人员", **{**told, **terms, **days, **changes})


def assessment(bed: Bed, who: Sown, day: str, **changes: str) -> None:
    """An assessment of self-care: able in everything."""
    items = dict.fromkeys(("自主吃饭", "自主穿衣", "自主上下床", "自主如厕", "室内自主行走", "自主洗澡"), "是")
    told = {**items, "生活自理能力认定类别": "全自理", "评估人（机构）": "某评估中心", "评估日期": day}
    bed.enter("self-care-assessment", who, "特困人员", **{**told, **changes})


def _agreements(bed: Bed) -> None:
    for _ in range(CASES):
        bare = _tekun(bed, agreed=False)
        bed.expect("care-agreement-missing", bare, "分散供养，没有协议")
        ending = _tekun(bed, agreed=False)
        agreement(bed, ending, ends="2021-06-20")
        bed.expect("care-agreement-expiring", ending, "十九天后到期")
    sound, last, later = _tekun(bed), _tekun(bed, agreed=False), _tekun(bed, agreed=False)
    bed.near("care-agreement-missing", sound, "协议有效")
    agreement(bed, last, ends="2021-06-01")
    bed.near("care-agreement-missing", last, "协议今天到期，今天还有效")
    bed.expect("care-agreement-expiring", last, "协议今天到期")
    agreement(bed, later, ends="2021-07-02")
    bed.near("care-agreement-expiring", [later, sound], "三十天以后才到期")
    bed.expect("document-expiring", later, "委托照料协议七月到期")
    renewed = _tekun(bed)
    agreement(bed, renewed, "2020-06-21", "2021-06-20")
    bed.near("care-agreement-expiring", renewed, "另有未到期的协议")


def _wishes(bed: Bed) -> None:
    screen = "placement-waiting"
    cases = (("愿意集中供养", "2021-05-02", True, "等候三十天"), ("愿意集中供养", "2021-05-03", False, "等候二十九天"),
             ("愿意分散供养", "2021-03-01", False, "不愿意集中供养"))  # fmt: skip
    for wish, day, listed, why in (*cases, *[("愿意集中供养", "2021-02-01", True, "等候四个月")] * (CASES - 1)):
        one = _tekun(bed)
        bed.enter("placement-wish", one, "特困人员", 供养意愿=wish, 征询日期=day, 征询人="某干事")
        bed.expect(screen, one, why, listed=listed)
    placed = _tekun(bed)
    done = {"入住日期": "2021-05-01", "供养机构": "某敬老院"}
    bed.enter(
        "placement-wish", placed, "特困人员", 供养意愿="愿意集中供养", 征询日期="2021-02-01", 征询人="某干事", **done
    )
    bed.near(screen, placed, "已入住机构")


def _assessments(bed: Bed) -> None:
    screen = "self-care-reassessment-due"
    for at in range(CASES):
        one = _tekun(bed, assessed="" if at % 2 else "2020-05-15")
        bed.expect(screen, one, "从未评估" if at % 2 else "评估已满一年")
    changed = _tekun(bed, assessed="")
    assessment(bed, changed, "2021-03-01", 报告变化日期="2021-05-20", 变化情况="摔伤")
    bed.expect(screen, changed, "报告变化，尚未复评")
    bed.near(screen, _tekun(bed), "三月评估过")
    bed.near(screen, _tekun(bed, assessed="2020-07-02"), "三十一天后才满一年")


def subsidy(bed: Bed, who: Sown, kind: str, **changes: str) -> None:
    """A row of the list of those paid one of the two subsidies."""
    told = {"性别": who.sex_word, "户籍地址": who.address, "补贴类型": kind, "月补贴金额": "100", "起始月份": "202001"}
    bed.named("subsidies.xlsx", who, **{**told, "停发月份": "", **changes})


def _subsidies_missing(bed: Bed) -> None:
    screen = "disability-subsidy-missing"
    for at in range(CASES):
        one = bed.somebody(50)
        bed.supported(one)
        bed.card(one, "肢体", "三级")
        if at % 2:
            subsidy(bed, one, "困难残疾人生活补贴", 停发月份="202104")
        bed.expect(screen, one, "在低保的残疾人，生活补贴已停" if at % 2 else "在低保的残疾人，没有生活补贴")
    paid, tekun, margin = bed.somebody(50), bed.somebody(66), bed.somebody(50)
    bed.supported(paid)
    bed.card(paid, "肢体", "三级")
    subsidy(bed, paid, "困难残疾人生活补贴")
    bed.near(screen, paid, "已有生活补贴")
    bed.supported(tekun, 1, **{**TEKUN, "救助类别": "集中供养"})
    assessment(bed, tekun, "2021-03-01")
    bed.card(tekun, "肢体", "三级")
    bed.near(screen, tekun, "特困人员不叠加")
    bed.margin(margin)
    bed.card(margin, "肢体", "三级")
    bed.near(screen, margin, "低保边缘没有生活补贴")


def _subsidies_wrong(bed: Bed) -> None:
    screen = "disability-subsidy-wrong"
    for at in range(CASES):
        one = bed.somebody(50)
        if at % 2:
            bed.supported(one)
            bed.card(one, "肢体", "三级", "注销")
            subsidy(bed, one, "生活补贴")
            bed.expect(screen, one, "残疾人证已注销")
        else:
            bed.margin(one)
            bed.card(one, "肢体", "三级")
            subsidy(bed, one, "生活补贴")
            bed.expect(screen, one, "不在低保")
    right, over = bed.somebody(50), bed.somebody(50)
    bed.supported(right)
    bed.card(right, "肢体", "三级")
    subsidy(bed, right, "生活补贴")
    bed.near(screen, right, "在低保，证有效")
    bed.margin(over)
    bed.card(over, "肢体", "三级")
    subsidy(bed, over, "生活补贴", 停发月份="202104")
    bed.near(screen, over, "已不领取")


def _cards_expiring(bed: Bed) -> None:
    for day in ("2021-07-01", "2021-07-02", "2021-07-15", "2021-07-30", "2021-07-31"):
        _expires(bed, day, f"{day}到期", listed=True)
    for day in ("2021-06-30", "2021-08-01", ""):
        _expires(bed, day, f"有效期{day or '不详'}", listed=False)


def _expires(bed: Bed, day: str, why: str, *, listed: bool) -> None:
    one = bed.somebody(50)
    bed.supported(one)
    bed.card(one, "肢体", "四级", 有效期=day)
    subsidy(bed, one, "生活补贴")
    bed.expect("document-expiring", one, why, listed=listed)
