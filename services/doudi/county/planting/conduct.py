"""Whose hands support passes through: custodians, petitions that come again, relatives of staff, support held twice."""

from doudi.county.planting.bed import CASES, Bed, Sown

MATTERS = ("反映本人低保去年无故被停发", "反映低保去年被无故停发，至今没有恢复")


def plant(bed: Bed) -> None:
    """Every screen of this family."""
    _custodians(bed)
    _petitions(bed)
    _relatives(bed)
    _twice(bed)


def _beneficiary(bed: Bed) -> Sown:
    one = bed.somebody(40)
    bed.supported(one)
    return one


def _kept(bed: Bed, who: Sown, post: str, ends: str, keeper: Sown) -> None:
    told = {"代管人姓名": keeper.name, "代管人身份证号": keeper.number, "与保障对象关系": "叔侄", "代管人职务": post}
    days = {"卡折后四位": "1234", "代管开始日期": "2020-01-01", "代管终止日期": ends}
    agreed = {"本人（监护人）是否书面同意": "是", "同意日期": "2020-01-01"}
    bed.enter("custodian", who, "保障对象", **told, **days, **agreed)


def _custodians(bed: Bed) -> None:
    screen = "custodian-risk"
    for at in range(CASES):
        one = _beneficiary(bed)
        if at % 2:
            _kept(bed, one, "无职务", "2021-05-31", bed.somebody(50))
            bed.expect(screen, one, "委托昨天到期")
        else:
            _kept(bed, one, "村（居）干部", "2021-12-31", bed.somebody(50))
            bed.expect(screen, one, "村干部代管")
    today, keeper = _beneficiary(bed), bed.somebody(50)
    _kept(bed, today, "无职务", "2021-06-01", bed.somebody(50))
    bed.near(screen, today, "委托今天到期")
    for _ in range(3):
        one = _beneficiary(bed)
        _kept(bed, one, "无职务", "2021-12-31", keeper)
        bed.near(screen, one, "亲属代管三张")


def _petitions(bed: Bed) -> None:
    screen = "repeat-petition"
    for _ in range(CASES):
        one = _beneficiary(bed)
        for day, matter in zip(("2020-06-02", "2021-03-01"), MATTERS, strict=True):
            _petitioned(bed, one, day, matter)
        bed.expect(screen, one, "同一事项两次信访")
    once, other = _beneficiary(bed), _beneficiary(bed)
    _petitioned(bed, once, "2021-03-01", MATTERS[0])
    bed.near(screen, once, "只有一次")
    _petitioned(bed, other, "2021-02-01", MATTERS[0])
    _petitioned(bed, other, "2021-03-01", "咨询残疾人证怎样换领新证")
    bed.near(screen, other, "两次信访，不是同一事项")


def _petitioned(bed: Bed, who: Sown, day: str, matter: str) -> None:
    told = {"信访编号": f"X{who.at}-{day}", "收件日期": day, "信访类别": "求决", "信访事项": matter}
    bed.enter("petition", who, "信访人", **told, 办结日期=day, 办理结果="已答复")


def _on_roster(bed: Bed, who: Sown, **changes: str) -> None:
    told = {"人员类别": "村干部", "单位及职务": "某村村委会委员", "任职日期": "2018-01-01", "离任日期": ""}
    bed.named("staff.xlsx", who, 性别=who.sex_word, **{**told, **changes})


def _home_of_staff(bed: Bed, **changes: str) -> tuple[Sown, Sown]:
    """Two who are supported, one of them on the roster."""
    one = bed.somebody(60)
    staff = bed.somebody(40, home=one.home)
    bed.supported(one)
    bed.supported(staff, 户主姓名=one.name, 与户主关系="之子", 开户姓名=one.name)
    _on_roster(bed, staff, **changes)
    return one, staff


def _relatives(bed: Bed) -> None:
    screen = "unfiled-relative"
    for _ in range(CASES):
        one, staff = _home_of_staff(bed)
        bed.expect(screen, one, "同户有村干部，没有备案")
        bed.expect(screen, staff, "本人是村干部，没有备案")
    one, staff = _home_of_staff(bed)
    told = {
        "工作人员姓名": staff.name,
        "工作人员身份证号": staff.number,
        "人员类别": "村（居）委会干部",
        "职务": "委员",
    }
    filed = {"工作单位": "某村村委会", "与保障对象关系": "父子", "救助类别": "农村低保", "备案日期": "2020-04-20"}
    bed.enter("staff-relative", one, "保障对象", **told, **filed)
    bed.near(screen, [one, staff], "已备案")
    former = _home_of_staff(bed, 离任日期="2021-05-31")
    bed.near(screen, former, "昨天已卸任")


def _twice(bed: Bed) -> None:
    """Two counties' support of one person is known to the registry once somebody merged the two."""
    screen = "covered-duplicate"
    for at in range(CASES):
        one = _beneficiary(bed)
        code = "two-counties" if at % 2 else "same-county"
        bed.fact(one, "double-coverage", text="dibao-rural", code=code, valid_from="2021-02-01")
        bed.expect(screen, one, "在本县和外县同时享受" if at % 2 else "在两户同时享受")
    over, ended = _beneficiary(bed), bed.somebody(40)
    told = {"text": "dibao-rural", "code": "same-county", "valid_from": "2021-02-01"}
    bed.fact(over, "double-coverage", **told, valid_to="2021-05-31")
    bed.near(screen, over, "昨天起不再重复")
    bed.margin(ended)
    bed.fact(ended, "double-coverage", **told)
    bed.near(screen, ended, "当日没有保障")
