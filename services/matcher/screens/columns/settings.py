"""The settings several parts of the scene share."""

from matcher.screens.parameters import Amount, Diseases, Grades, PerScreen, Setting, Whole, Words

TIERS = ("必访", "电话核实", "观察")  # highest first
PROGRAMMES = (
    *("dibao-rural", "dibao-urban", "tekun-institution", "tekun-home"),
    *("dibao-margin", "rigid-expenditure", "temporary-aid"),
)

SEVERE_GRADES = Grades("severe_grades", "救助意义上的重度残疾")
CARD_STATUSES = Words("card_statuses", "可作凭证的残疾人证状态", ("valid", "frozen", "cancelled", "expired"))
ILLNESS_LINE_YUAN = Amount("illness_line_yuan", "个人自付医疗费用线", 100, 1_000_000)
DISEASES = Diseases("diseases", "重大疾病病种目录")
MONITORED_STATES = Words("monitored_states", "仍算监测对象的风险状态", ("active", "removed"))
WEAK_LABOUR = Words("weak_labour", "无劳力或弱劳力", ("none", "weak", "able", "skilled"))
COVERED_PROGRAMMES = Words("covered_programmes", "算作在保的救助类别", PROGRAMMES)
DIBAO_PROGRAMMES = Words("dibao_programmes", "低保", PROGRAMMES)
MARGIN_PROGRAMMES = Words("margin_programmes", "低保边缘", PROGRAMMES)
DEATH_GRACE_MONTHS = Whole("death_grace_months", "死亡次月起允许在途的月数", 0, 12, "月")
TRUSTED_GRADES = Words("trusted_grades", "可采信的比对等级", ("certain", "probable", "possible"))
# What a screen's file says holds where an area has not set it otherwise.
SCREEN_TIERS = PerScreen("tiers", "筛查项的等级", among=TIERS)
SCREEN_DAYS = PerScreen("days", "筛查项的办理期限（工作日）", low=1, high=250)
SCREEN_URGENCIES = PerScreen("urgencies", "筛查项的紧急程度", low=0, high=100)

SHARED: tuple[Setting, ...] = (
    SEVERE_GRADES,
    CARD_STATUSES,
    ILLNESS_LINE_YUAN,
    DISEASES,
    MONITORED_STATES,
    WEAK_LABOUR,
    COVERED_PROGRAMMES,
    DIBAO_PROGRAMMES,
    MARGIN_PROGRAMMES,
    DEATH_GRACE_MONTHS,
    TRUSTED_GRADES,
    SCREEN_TIERS,
    SCREEN_DAYS,
    SCREEN_URGENCIES,
)
