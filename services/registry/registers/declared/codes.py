"""Codes that several registers share."""

# 救助类别, the codes of coverage (registry/coverage/rules.py) by the names staff know.
PROGRAMMES = {
    "dibao-rural": "农村低保",
    "dibao-urban": "城市低保",
    "tekun-institution": "特困集中供养",
    "tekun-home": "特困分散供养",
    "dibao-margin": "低保边缘",
    "rigid-expenditure": "刚性支出困难",
    "temporary-aid": "临时救助",
}
# 生活自理能力认定类别, by 特困人员认定办法.
SELF_CARE = {"full": "全自理", "partial": "半失能（部分丧失）", "none": "失能（完全丧失）"}
# Who holds another's card, or fetches another's money: those of whom A6 and A7 want to know.
POSTS = {
    "none": "无职务",
    "village-cadre": "村（居）干部",
    "programme-staff": "低保经办人员",
    "official": "财政供养人员",
    "other": "其他",
}
