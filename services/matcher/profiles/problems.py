"""What can stand in the way of a profile."""

from kit.problems import Problem


class ProfileInvalid(Problem):
    status, code = 422, "profile-invalid"
    zh = "参数档案不能这样定，没有保存任何内容。逐条原因见 errors；可设的参数和范围见 GET /screen-settings。"
    en = "The profile cannot be like this; nothing was kept. See errors; GET /screen-settings lists names and bounds."


class ProfileNotDraft(Problem):
    status, code = 409, "profile-not-draft"
    zh = "只有草案可以这样处理；已批准的参数档案不改，请另拟新档案，或终止（/end）、恢复以前的档案（/restore）。"
    en = "Only a draft can be. An approved profile is not altered: draft another one, end it, or restore a former one."


class ProfileNotApproved(Problem):
    status, code = 409, "profile-not-approved"
    zh = "只有批准过的参数档案可以终止或恢复；草案请撤回（/withdraw）。"
    en = "Only an approved profile can be ended or restored; withdraw a draft."


class ProfileOver(Problem):
    status, code = 409, "profile-over"
    zh = "该档案的最后一天 {last} 已过，或不晚于所给日期，无需终止。"
    en = "Its last day, {last}, is over or not later than the day given: there is nothing to end."


class ApproverSame(Problem):
    status, code = 403, "approver-same"
    zh = "拟定或修改过草案的账户不能批准它。请由另一账户批准。"
    en = "Whoever drafted or changed it cannot approve it. Another account has to."


class SimulationNeeded(Problem):
    status, code = 409, "simulation-needed"
    zh = "批准前须先试算（POST /screen-profiles/{{id}}/simulate）："
    zh += "需要 {hours} 小时以内、按草案现在的内容和现行参数作出的试算。"
    en = (
        "Simulate it first (POST /screen-profiles/{{id}}/simulate): needed is a simulation of the draft as it stands, "
        "beside the profiles in force now, not older than {hours} hours."
    )


class SimulationRunning(Problem):
    status, code = 409, "simulation-running"
    zh = "此草案的试算尚未结束。请等待其完成（GET /screen-simulations/{{id}}）。"
    en = "A simulation of this draft is not done yet. Wait for it (GET /screen-simulations/{{id}})."
