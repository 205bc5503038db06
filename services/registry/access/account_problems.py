"""What can go wrong while people sign in and while their accounts are kept."""

from typing import ClassVar

from kit.problems import Problem


class LoginInvalid(Problem):
    status, code = 401, "login-invalid"
    zh = "登录名、密码或验证码不对，或该账号不能登录。请核对后重试；忘记密码请联系安全管理员。"
    en = "Wrong login, password or code, or the account cannot sign in. Try again, or ask the security administrator."


class LoginLocked(Problem):
    status, code = 403, "login-locked"
    zh = "该登录名失败次数过多，已锁定 {minutes} 分钟。请稍后再试，或请安全管理员解锁。"
    en = "Too many failures: this login is locked for {minutes} minutes. Wait, or ask the security administrator."


class AddressClosed(Problem):
    status, code = 429, "address-closed"
    zh = "此网络地址登录失败次数过多，暂停受理。请稍后再试。"
    en = "Too many failed sign-ins from this address. Wait, then try again."
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


class SessionEnded(Problem):
    status, code = 401, "session-ended"
    zh = "登录已结束（退出、超时、被替换或停用）。请重新登录。"
    en = "This session has ended (log-out, time, replaced or disabled). Sign in again."


class StepOutOfTurn(Problem):
    status, code = 409, "step-out-of-turn"
    zh = "登录的下一步是 {next}。请先完成这一步。"
    en = "The next step of this sign-in is {next}. Do that first."


class ActivationInvalid(Problem):
    status, code = 401, "activation-invalid"
    zh = "登录名或一次性激活码不对、已用过或已过期。请安全管理员重新签发。"
    en = (
        "Wrong login, or the activation secret is wrong, used or too old. Ask the security administrator for a new one."
    )


class PasswordRefused(Problem):
    status, code = 422, "password-refused"
    zh = "新密码不符合要求，见 errors。"
    en = "The new password does not meet the rules, see errors."


class RoleUnknown(Problem):
    status, code = 422, "role-unknown"
    zh = "没有这些角色：{unknown}。可用：{known}。"
    en = "There are no such roles: {unknown}. Known: {known}."


class RolesClash(Problem):
    status, code = 422, "roles-clash"
    zh = "管理员角色（{roles}）须单独授予一人，不得与其他角色兼任。"
    en = "The administrator roles ({roles}) stand alone: nobody holds one of them beside another role."


class ScopesClash(Problem):
    status, code = 422, "scopes-clash"
    zh = "授权类权限和日志查阅权限不得与其他权限授予同一客户端。"
    en = "Giving rights and reading the journal do not go with other scopes in one client."


class LoginTaken(Problem):
    status, code = 409, "login-taken"
    zh = "登录名或工号已有账号。一人一号；已停用的请重新启用。"
    en = "That login or staff number has an account. One person, one account; enable a disabled one again."


class OwnAccount(Problem):
    status, code = 403, "own-account"
    zh = "不能更改自己的账号。请另一位安全管理员办理。"
    en = "Nobody changes their own account. Ask another security administrator."


class PeopleOnly(Problem):
    status, code = 403, "people-only"
    zh = "此接口供登录的人员使用，不供客户端使用。"
    en = "This is for people who signed in, not for clients."
