"""近亲属备案: relatives of staff and cadres among those supported (A9)."""

from registry.registers.declared.codes import PROGRAMMES
from registry.registers.declaring import Register, choice, day, person, same_person, text, words

STAFF = {
    "official": "财政供养人员",
    "village-cadre": "村（居）委会干部",
    "programme-staff": "低保经办人员",
    "civil-affairs": "民政干部职工",
}

REGISTER = Register(
    id="staff-relative",
    title="近亲属备案登记簿",
    about="person",
    duty="A9",
    citation="吉林省民政厅实施意见（2020-04-01）：“认真落实近亲属备案制度”",
    fields=(
        person("staff", "工作人员", needed=True, also=("备案人", "申报人")),
        choice("staff_kind", "人员类别", STAFF, needed=True, also=("备案人类别",)),
        text("post", "职务", needed=True),
        text("unit", "工作单位", needed=True, also=("单位",)),
        text("relation", "与保障对象关系", needed=True, also=("亲属关系", "关系")),
        person("beneficiary", "保障对象", needed=True, also=("近亲属", "对象")),
        choice("programme", "救助类别", PROGRAMMES, needed=True, also=("保障类别",)),
        day("filed_on", "备案日期", needed=True),
        words("note", "备注"),
    ),
    key=("staff", "beneficiary"),
    subject="beneficiary",
    begins="filed_on",
    rules=(same_person("beneficiary", "staff", "工作人员与保障对象不能是同一人", "nobody is their own relative"),),
)
