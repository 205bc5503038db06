"""Payouts: one account for several households, strangers' names, sums that stand out, money nobody was owed."""

from doudi.county.planting.bed import ACCOUNT, CASES, MONTHLY, Bed, Sown

MONTHS = ("202101", "202102", "202103", "202104")
LARGE = 10_000.0  # a month's sum: over it, not at it
TIMES = 6  # of the regular month: back-pay over it, not at it


def plant(bed: Bed) -> None:
    """Every screen of this family."""
    _shared_accounts(bed)
    _payees(bed)
    _large(bed)
    _back_pay(bed)
    _after_end(bed)
    _changed_accounts(bed)
    _reserve(bed)


def _paid(bed: Bed, who: Sown, **changes: object) -> None:
    for month in MONTHS:
        bed.paid(who, month, **changes)


def _beneficiary(bed: Bed) -> Sown:
    one = bed.somebody(40)
    bed.supported(one)
    return one


def _shared_accounts(bed: Bed) -> None:
    screen, shared = "shared-account", f"{ACCOUNT}999999999999"
    for _ in range(CASES):
        one = _beneficiary(bed)
        _paid(bed, one, 银行账号=shared)
        bed.expect(screen, one, f"{CASES}户领款进同一账户")
    for _ in range(2):
        one = _beneficiary(bed)
        _paid(bed, one)
        bed.near(screen, one, "账户只有本户领款")


def _payees(bed: Bed) -> None:
    screen = "payee-differs"
    for _ in range(CASES):
        one, stranger = _beneficiary(bed), bed.somebody(50)
        _paid(bed, one, 开户姓名=stranger.name)
        bed.expect(screen, one, "发到外人名下")
    head = bed.somebody(50)
    wife = bed.somebody(48, home=head.home, sex=2)
    bed.supported(head)
    bed.supported(wife, 户主姓名=head.name, 与户主关系="配偶", 开户姓名=head.name)
    _paid(bed, head, 开户姓名=wife.name)
    bed.near(screen, head, "发到同户成员名下")
    blank = _beneficiary(bed)
    _paid(bed, blank, 开户姓名="")
    bed.near(screen, blank, "没有写户名")


def _large(bed: Bed) -> None:
    screen = "large-payment"
    for _ in range(CASES):
        one = _beneficiary(bed)
        bed.paid(one, "202102", 发放金额=LARGE + 1)
        bed.expect(screen, one, "单月发放超过一万元")
    at_the_line = _beneficiary(bed)
    bed.paid(at_the_line, "202102", 发放金额=LARGE)
    bed.near(screen, at_the_line, "单月发放正好一万元")


def _back_pay(bed: Bed) -> None:
    screen = "large-payment"
    for late, listed in ((MONTHLY * TIMES + 1, True), (MONTHLY * TIMES, False)):
        one = _beneficiary(bed)
        _paid(bed, one)
        bed.paid(one, "202103", 发放类型="补发", 发放金额=late)
        bed.expect(screen, one, f"补发{late:.0f}元，平常{MONTHLY:.0f}元", listed=listed)


def _after_end(bed: Bed) -> None:
    screen = "paid-after-end"
    for _ in range(CASES):
        one = bed.somebody(40)
        bed.supported(one, 停保年月="202001", 停保原因="收入超标")
        bed.paid(one, "202001")
        bed.paid(one, "202004")
        bed.expect(screen, one, "一月停保，四月仍发放")
    last, returned = bed.somebody(40), bed.somebody(40)
    bed.supported(last, 停保年月="202001", 停保原因="收入超标")
    bed.paid(last, "202001")
    bed.near(screen, last, "停保当月的发放")
    bed.supported(returned, 停保年月="202001", 停保原因="收入超标")
    bed.paid(returned, "202004", 回盘结果="退回", 退回原因="账户已注销", 回盘日期="2020-04-20")
    bed.near(screen, returned, "停保以后发放，银行已退回")


def _changed_accounts(bed: Bed) -> None:
    """The registry knows since when it was told of an account; what was paid long ago it was told of at once."""
    screen = "account-changed-before-payout"
    for days, listed in ((0, True), (3, True), (7, True), (14, True), (15, True), (16, False)):
        one = _beneficiary(bed)
        told = {"code": "by-hand", "text": "某经办", "count": days, "valid_from": "2021-04-01"}
        bed.fact(one, "account-change", **told)
        bed.expect(screen, one, f"发放前{days}天变更账户", listed=listed)


def _reserve(bed: Bed) -> None:
    screen = "reserve-fund-irregular"
    for at in range(CASES):
        one = _beneficiary(bed)
        _aided(bed, one)
        if at % 2:
            _booked(bed, one, "1")
            _booked(bed, one, "2")
            bed.expect(screen, one, "本年度领取两次")
        else:
            _booked(bed, one, "1", 领款凭证="")
            bed.expect(screen, one, "没有领款凭证")
    sound = _beneficiary(bed)
    _aided(bed, sound)
    _booked(bed, sound, "1")
    bed.near(screen, sound, "一次领取，手续齐全")


def _aided(bed: Bed, who: Sown) -> None:
    told = {
        "救助编号": f"B{who.at}",
        "救助类型": "急难型",
        "致困事由": "因意外",
        "线索（申请）时间": "2021-03-01 09:00",
    }
    granted = {"是否先行救助": "是", "首次救助时间": "2021-03-01 18:00", "救助金额（元）": "500", "救助方式": "现金"}
    rest = {"审批层级": "乡镇（街道）", "资金来源": "乡镇备用金", "补办手续日期": "2021-03-05"}
    bed.enter("temporary-aid", who, "救助对象", **told, **granted, **rest)


def _booked(bed: Bed, who: Sown, which: str, **changes: str) -> None:
    told = {
        "区划代码": f"{who.code[:9]}000",
        "备用金名称": "乡镇备用金",
        "凭证号": f"P{who.at}-{which}",
        "日期": "2021-03-02",
    }
    paid = {"收支类别": "救助支出", "金额（元）": "500", "救助类型": "急难型", "救助编号": f"B{who.at}"}
    bed.enter("reserve-fund", who, "领取人", **{**told, **paid, "领款凭证": f"S{who.at}-{which}", **changes})
