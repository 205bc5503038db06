"""值守排班: who answers the hotline when (L22)."""

from registry.registers.declaring import Register, choice, day, phone, text

SHIFTS = {"morning": "上午", "afternoon": "下午", "day": "全天", "night": "夜间"}

REGISTER = Register(
    id="hotline-duty",
    title="热线值守排班表",
    about="area",
    duty="L22",
    citation="民办函〔2020〕21号：“抽查投诉举报电话值守情况”；泾民发〔2021〕32号：“确保工作时间有人值守”",
    fields=(
        phone("hotline", "热线电话", needed=True, also=("值守电话",)),
        day("duty_on", "值守日期", needed=True, also=("日期",)),
        choice("shift", "班次", SHIFTS, needed=True),
        text("unit", "值守单位", needed=True, also=("单位",)),
        text("officer", "值守人员", needed=True, also=("值班人员", "值守人")),
        phone("officer_phone", "值守人员电话"),
        text("leader", "带班领导", also=("带班人",)),
    ),
    key=("hotline", "duty_on", "shift"),
    begins="duty_on",
)
