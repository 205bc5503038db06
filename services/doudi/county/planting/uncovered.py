"""People without support whom a screen is to find: lapsed cards, events, lost earners, households that cannot work."""

from doudi.county.planting.bed import CASES, Bed, Sown

LAPSED = (("肢体", "一级", "冻结"), ("视力", "二级", "过期"), ("精神", "三级", "冻结"), ("智力", "三级", "过期"),
          ("听力", "一级", "冻结"))  # fmt: skip
EVENTS = (("火灾", "2021-04-10"), ("山洪", "2020-06-01"), ("交通事故", "2021-05-31"), ("疫情", "2020-11-02"),
          ("地震", "2021-01-15"))  # fmt: skip
WORKING, OLD = 45, 66


def plant(bed: Bed) -> None:
    """Every screen of this family."""
    _lapsed_cards(bed)
    _single_person(bed)
    _temporary_aid(bed)
    _lost_income(bed)
    _incapable(bed)
    _no_labour(bed)
    _events(bed)
    _bills(bed)


def _lapsed_cards(bed: Bed) -> None:
    screen = "severe-card-lapsed"
    for kind, grade, status in LAPSED:
        one = bed.somebody(50)
        bed.card(one, kind, grade, status)
        bed.expect(screen, one, f"{kind}{grade}的证{status}，没有保障")
    light, cancelled, covered = (bed.somebody(50) for _ in range(3))
    bed.card(light, "肢体", "三级", "冻结")
    bed.near(screen, light, "三级肢体不算重度")
    bed.card(cancelled, "肢体", "一级", "注销")
    bed.near(screen, cancelled, "证已注销")
    bed.card(covered, "肢体", "一级", "冻结")
    bed.supported(covered)
    bed.near(screen, covered, "已在低保")


def _single_person(bed: Bed) -> None:
    screen = "single-person-dibao"
    for at in range(CASES):
        head = bed.somebody(WORKING)
        wife = bed.somebody(43, home=head.home, sex=2)
        bed.margin(head, wife)
        bed.card(wife, "肢体" if at % 2 else "精神", "二级")
        bed.expect(screen, wife, "低保边缘家庭的重残成员")
        bed.near(screen, head, "低保边缘家庭的普通成员")
    former = bed.somebody(WORKING)
    bed.margin(former, 停保年月="202104")
    bed.card(former, "肢体", "二级")
    bed.near(screen, former, "低保边缘认定已到期")
    alone = bed.somebody(WORKING)
    bed.card(alone, "肢体", "二级")
    bed.near(screen, alone, "家庭不是低保边缘")


def known(bed: Bed, age: int = WORKING) -> Sown:
    """Somebody the registry knows and nobody supports: 低保边缘 some time ago."""
    one = bed.somebody(age)
    bed.margin(one, 停保年月="201912", 起保年月="201801")
    return one


def _temporary_aid(bed: Bed) -> None:
    screen = "temporary-aid-due"
    for _ in range(CASES):
        waits = known(bed)
        _applied(bed, waits)
        bed.expect(screen, waits, "申请低保没有办结，没有临时救助")
        jobless = bed.somebody(WORKING)
        _jobless(bed, jobless, "未参保")
        bed.expect(screen, jobless, "未参保失业，没有一次性临时救助金")
    helped, decided = known(bed), known(bed)
    _applied(bed, helped)
    _aided(bed, helped, "2021-03-02")
    bed.near(screen, helped, "申请没有办结，今年三月已有临时救助")
    _applied(bed, decided, 办理状态="不同意", 决定日期="2021-05-20")
    bed.near(screen, decided, "申请已经办结")
    paid, employed = bed.somebody(WORKING), bed.somebody(WORKING)
    _jobless(bed, paid, "领取失业保险金", 失业保险金结束期="2021-12-31")
    bed.near(screen, paid, "正在领取失业保险金")
    _jobless(bed, employed, "已就业", 就业登记日期="2021-04-01")
    bed.near(screen, employed, "已就业")


def _applied(bed: Bed, who: Sown, **changes: str) -> None:
    told = {"申请类别": "农村低保", "人员类别": "其他", "申请日期": "2021-05-10", "办理状态": "已受理"}
    bed.enter("application", who, "申请人", **{**told, **changes})


def _aided(bed: Bed, who: Sown, day: str) -> None:
    told = {"救助编号": f"L{who.at}", "救助类型": "支出型", "致困事由": "其他", "线索（申请）时间": f"{day} 09:00"}
    granted = {"是否先行救助": "否", "首次救助时间": f"{day} 16:00", "救助金额（元）": "800", "救助方式": "现金"}
    approved = {"审批层级": "县级民政部门", "审批日期": day, "资金来源": "县级专户"}
    bed.enter("temporary-aid", who, "救助对象", **told, **granted, **approved)


def _jobless(bed: Bed, who: Sown, status: str, **changes: str) -> None:
    told = {"失业登记时间": "2021-02-08", "失业待遇情况": status, "失业原因": "企业裁员"}
    bed.named("unemployment.xlsx", who, 性别=who.sex_word, 住址=who.address, **{**told, **changes})


def _lost_income(bed: Bed) -> None:
    screen = "uncovered-lost-income"
    for at in range(CASES):
        head, wife = _couple(bed, WORKING)
        if at % 2:
            report = _died if at > 2 else _cremated
            report(bed, head, "2021-03-11")
            bed.expect(screen, wife, "主要劳动力三月去世")
        else:
            _held(bed, head, "在押", "2021-02-20")
            bed.expect(screen, wife, "主要劳动力服刑")
            bed.near(screen, head, "服刑人员本人不列")
    old, widow = _couple(bed, 72)
    _died(bed, old, "2021-03-11")
    bed.near(screen, widow, "去世的已过劳动年龄")
    gone, left = _couple(bed, WORKING)
    _died(bed, gone, "2020-05-31")
    bed.near(screen, left, "一年以前去世")
    free, other = _couple(bed, WORKING)
    _held(bed, free, "释放", "2021-02-20")
    bed.near(screen, other, "已释放")


def _couple(bed: Bed, age: int) -> tuple[Sown, Sown]:
    head = bed.somebody(age)
    wife = bed.somebody(age - 1, home=head.home, sex=2)
    bed.margin(head, wife)
    return head, wife


def _died(bed: Bed, who: Sown, day: str) -> None:
    row = {"姓名": who.name, "证件号码": who.number, "性别": who.sex_word, "出生日期": who.born.strftime("%Y%m%d")}
    bed.tell("deaths.csv", who, **row, 户籍地址=who.address, 死亡日期=day)


def _cremated(bed: Bed, who: Sown, day: str) -> None:
    bed.named("cremations.csv", who, 性别=who.sex_word, 户籍地址=who.address, 死亡日期=day, 火化证编号=f"H{who.at}")


def _held(bed: Bed, who: Sown, word: str, day: str) -> None:
    bed.named("police.csv", who, 户籍状态="在册", 羁押情况=word, 羁押变动日期=day, 查询日期="2021-05-20")


def _incapable(bed: Bed) -> None:
    screen = "uncovered-monitored-incapable"
    for _ in range(CASES):
        one = bed.somebody(WORKING)
        able = bed.somebody(43, home=one.home, sex=2)
        bed.watched(one, 劳动技能="弱劳动力或半劳动力")
        bed.watched(able, 与户主关系="配偶")
        bed.expect(screen, one, "监测户的弱劳力成员")
        bed.near(screen, able, "监测户有劳力的成员")
        bed.near("uncovered-no-labour", [one, able], "监测户有人能劳动")
    removed, covered = bed.somebody(WORKING), bed.somebody(WORKING)
    bed.watched(removed, 劳动技能="丧失劳动力", 风险是否消除="是")
    bed.near(screen, removed, "风险已消除")
    bed.watched(covered, 劳动技能="丧失劳动力", 是否享受低保="是")
    bed.supported(covered)
    bed.near(screen, covered, "已在低保")


def _no_labour(bed: Bed) -> None:
    screen = "uncovered-no-labour"
    for at in range(CASES):
        one = bed.somebody(OLD if at % 2 else 50)
        bed.watched(one, 劳动技能="丧失劳动力")
        bed.expect(screen, one, "监测户没有人能劳动")
    removed = bed.somebody(OLD)
    bed.watched(removed, 劳动技能="丧失劳动力", 风险是否消除="是")
    bed.near(screen, removed, "风险已消除")


def _events(bed: Bed) -> None:
    screen = "uncovered-sudden-event"
    for word, day in EVENTS:
        one = bed.somebody(WORKING)
        child = bed.somebody(9, home=one.home)
        _struck(bed, one, word, day)
        _struck(bed, child, "", "")
        bed.expect(screen, [one, child], f"{day}{word}")
        bed.expect("temporary-aid-due", [one, child], f"{day}{word}后没有临时救助")
    early, covered = bed.somebody(WORKING), bed.somebody(WORKING)
    _struck(bed, early, "火灾", "2020-05-31")
    bed.near(screen, early, "一年零一天以前")
    _struck(bed, covered, "火灾", "2021-04-10")
    bed.supported(covered)
    bed.near(screen, covered, "已在低保")


def _struck(bed: Bed, who: Sown, word: str, day: str) -> None:
    told = {"户编号": f"640999{who.home:06d}", "区划代码": who.code, "住址": who.address}
    bed.named("emergencies.xlsx", who, 性别=who.sex_word, **told, 事件类型=word, 发生日期=day, 情况说明="")


def _bills(bed: Bed) -> None:
    """Who is seriously ill has a truth of its own; here are those who are not, by what their bills come to."""
    screen = "uncovered-serious-illness"
    for bills, why in (
        ((("2021-02-03", 9_999.99, "正常结算"),), "近十二个月自付9999.99元"),
        ((("2021-02-03", 15_000, "正常结算"), ("2021-03-04", -6_000, "冲正")), "冲正以后不到一万元"),
        ((("2020-05-31", 15_000, "正常结算"),), "十二个月以前的结算"),
        ((("2021-06-01", 15_000, "正常结算"),), "参考日当月的结算"),
    ):
        one = bed.somebody(WORKING)
        for at, (day, paid, status) in enumerate(bills):
            bill = {
                "结算流水号": f"S{one.at}{at if status == '正常结算' else 0}",
                "诊断名称": "肱骨骨折",
                "诊断编码": "S42.3",
            }
            told = {"结算日期": day, "个人自付": f"{paid:.2f}", "结算状态": status}
            bed.named("settlements.csv", one, 性别=one.sex_word, 住址=one.address, **bill, **told)
        bed.near(screen, one, why)
