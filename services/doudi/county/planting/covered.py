"""People with support of whom another source says otherwise: moved away, in business, written down differently."""

from datetime import timedelta

from doudi.county.planting.bed import CASES, Bed, Sown
from doudi.county.population import AS_OF


def plant(bed: Bed) -> None:
    """Every screen of this family."""
    _gone(bed)
    _conflicts(bed)
    _differing_cards(bed)


def _gone(bed: Bed) -> None:
    screen = "covered-but-gone"
    for word in ("迁出", "迁往市外", "注销", "迁出", "查无此人"):
        one = bed.somebody(40)
        bed.supported(one)
        _answered(bed, one, word)
        bed.expect(screen, one, f"在保，公安反馈{word}")
    village_only = bed.somebody(40)
    bed.supported(village_only)
    bed.named("village.csv", village_only, 村=village_only.village_name, 事项="户口迁出", 日期="2021-03-02")
    bed.expect(screen, village_only, "只有村级月报说迁出")
    here, ended = bed.somebody(40), bed.somebody(40)
    bed.supported(here)
    _answered(bed, here, "在册")
    bed.near(screen, here, "在册")
    bed.margin(ended)
    _answered(bed, ended, "迁出")
    bed.near(screen, ended, "迁出，没有保障")


def _answered(bed: Bed, who: Sown, word: str) -> None:
    moved = "2021-02-10" if word not in {"在册", "查无此人"} else ""
    bed.named("police.csv", who, 户籍状态=word, 迁出日期=moved, 查询日期="2021-05-20")


def _conflicts(bed: Bed) -> None:
    screen = "covered-in-conflict"
    for at in range(CASES):
        one = bed.somebody(40)
        bed.supported(one)
        if at % 2:
            _checked(bed, one, "车辆", "宁X12345")
            bed.expect(screen, one, "在保，名下有车辆")
        else:
            _checked(bed, one, "工商登记", "某商贸有限公司")
            bed.expect(screen, one, "在保，名下有企业")
    for item, what in (("公益性岗位", "保洁员"), ("残疾人专用车辆", "宁X54321"), ("工商登记", "无")):
        one = bed.somebody(40)
        bed.supported(one)
        _checked(bed, one, item, what)
        bed.near(screen, one, f"{item}（{what}）不算抵触")
    sold, uncovered = bed.somebody(40), bed.somebody(40)
    bed.supported(sold)
    _checked(bed, sold, "车辆", "宁X00001", 终止日期=str(AS_OF - timedelta(days=1)))
    bed.near(screen, sold, "昨天已过户")
    bed.margin(uncovered)
    _checked(bed, uncovered, "车辆", "宁X00002")
    bed.near(screen, uncovered, "不在保")


def _checked(bed: Bed, who: Sown, item: str, what: str, **changes: str) -> None:
    told = {"核对报告编号": f"HD{who.at}", "核对项目": item, "核对内容": what, "登记日期": "2019-03-01"}
    bed.named("economic.xlsx", who, **{**told, **changes})


def _differing_cards(bed: Bed) -> None:
    screen = "feed-disagrees"
    for _ in range(CASES):
        one = bed.somebody(50)
        bed.card(one, "肢体", "四级", 残疾人证号=f"{one.number}24")
        bed.expect(screen, one, "写作肢体，证号为听力")
    same = bed.somebody(50)
    bed.card(same, "肢体", "四级")
    bed.near(screen, same, "写的和证号一样")
