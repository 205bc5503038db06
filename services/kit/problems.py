"""What can go wrong, as RFC 9457 problems: one vocabulary for both services, Chinese and English from one code.

A problem class names its status, its code and its two texts; the texts say the way out. Values in texts come
from arguments only and never from a row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from kit.shapes import IN_WORDS as SHAPES

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class FieldIssue:
    """One thing wrong in a request: where (JSON pointer or column), which code, and a sentence."""

    pointer: str
    code: str
    detail: str


class Unfit(ValueError):
    """What a rule of a wire class raises; its text is told to the caller, so it holds nothing that was sent."""


# Kinds of mistakes by pydantic's name, in words that say what would be right.
_IN_WORDS = {
    "missing": "必填 (required)",
    "extra_forbidden": "未知字段 (unknown field)",
    "greater_than": "须大于 {gt} (more than {gt})",
    "greater_than_equal": "不能小于 {ge} (at least {ge})",
    "less_than": "须小于 {lt} (less than {lt})",
    "less_than_equal": "不能大于 {le} (at most {le})",
    "string_too_short": "至少 {min_length} 个字 (at least {min_length} characters)",
    "string_too_long": "最多 {max_length} 个字 (at most {max_length} characters)",
    "string_pattern_mismatch": "格式不符，应为 {pattern} (must match {pattern})",
    "string_unicode": "含有无法识别的字符 (not valid Unicode)",
    "string_type": "须为文字 (must be text)",
    "too_short": "至少 {min_length} 项 (at least {min_length} items)",
    "too_long": "最多 {max_length} 项 (at most {max_length} items)",
    "literal_error": "只能是 {expected} (one of {expected})",
    "enum": "只能是 {expected} (one of {expected})",
    "json_invalid": "不是 JSON (not JSON)",
}


def in_words(mistake: Mapping[str, Any]) -> str:
    """What is wrong with one field, out of pydantic's account of it; nothing that was sent is repeated."""
    kind, context = mistake["type"], mistake.get("ctx", {})
    if isinstance(context.get("error"), Unfit):
        return str(context["error"])
    shape = SHAPES.get(context.get("pattern", ""))
    return shape or _IN_WORDS.get(kind, str(kind)).format_map(context)


class Problem(Exception):
    """Something the caller is told; raise it anywhere below an endpoint."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    zh: ClassVar[str] = "服务内部错误，已记录。请凭 request_id 联系管理员。"
    en: ClassVar[str] = "Internal error, recorded. Contact the administrator with the request_id."
    headers: ClassVar[dict[str, str]] = {}
    keeps: ClassVar[bool] = False  # what was written up to it stays (a refusal that must be on record)

    def __init__(self, *, errors: Sequence[FieldIssue] = (), **args: object) -> None:
        super().__init__(self.code)
        self.errors = tuple(errors)
        self.args_by_name = args

    @property
    def answer_headers(self) -> dict[str, str]:
        """The headers its answer carries."""
        return self.headers

    def body(self, request_id: str, language: str) -> dict[str, Any]:
        """The problem document in `language` (`zh` or `en`)."""
        text = self.en if language == "en" else self.zh
        return {
            "type": f"urn:doudi:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": text.format(**{name: _said(value) for name, value in self.args_by_name.items()}),
            "args": {name: value for name, value in self.args_by_name.items() if isinstance(value, str | int | list)},
            "errors": [asdict(issue) for issue in self.errors],
            "request_id": request_id,
        }


def _said(value: object) -> object:
    """A list as a reader writes one."""
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else value


class TokenMissing(Problem):
    status, code = 401, "token-missing"
    zh = "没有访问令牌。请先向 /registry/v1/token 申请，再以 Authorization: Bearer 发送。"
    en = "No access token. Get one at /registry/v1/token and send it as Authorization: Bearer."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class TokenInvalid(Problem):
    status, code = 401, "token-invalid"
    zh = "访问令牌无效。请重新申请。"
    en = "The access token is not valid. Get a new one."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class TokenExpired(Problem):
    status, code = 401, "token-expired"
    zh = "访问令牌已过期。请重新申请或刷新。"
    en = "The access token has expired. Get a new one."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class TokenRevoked(Problem):
    status, code = 401, "token-revoked"
    zh = "登录已结束或该客户端已停用。请重新登录；客户端请联系管理员。"
    en = "The session has ended, or the client is disabled. Sign in again; for a client, ask the administrator."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class ScopeMissing(Problem):
    status, code = 403, "scope-missing"
    zh = "此令牌没有权限 {scope}。请管理员为该客户端增加此权限。"
    en = "The token lacks the scope {scope}. Ask the administrator to grant it to this client."


class NotFound(Problem):
    status, code = 404, "not-found"
    zh = "不存在，或不在您的范围内。"
    en = "Absent, or not within your scope."


class Conflict(Problem):
    status, code = 409, "conflict"
    zh = "与当前状态冲突：{reason}"
    en = "In conflict with the current state: {reason}"


class BodyTooLarge(Problem):
    status, code = 413, "body-too-large"
    zh = "内容超过上限 {limit} 字节。请分批发送。"
    en = "The body exceeds {limit} bytes. Send it in several batches."


class BodyTooDeep(Problem):
    status, code = 422, "body-too-deep"
    zh = "JSON 嵌套超过 {limit} 层。"
    en = "The JSON is nested deeper than {limit} levels."


class BodyCutOff(Problem):
    status, code = 400, "body-cut-off"
    zh = "连接在内容发完之前中断，没有保存任何内容。请重新发送。"
    en = "The connection ended before the body did; nothing was kept. Send it again."


class BodyTooSlow(Problem):
    status, code = 408, "body-too-slow"
    zh = "发送内容用时过长（最多 {seconds} 秒，且不得长时间停顿）。请检查网络后重试，或分批发送。"
    en = "The body took too long (at most {seconds} s, without long pauses). Try again, or send it in several batches."
    headers: ClassVar[dict[str, str]] = {"Connection": "close"}


class HeadTooLarge(Problem):
    status, code = 431, "head-too-large"
    zh = "地址和请求头合计超过上限 {limit} 字节。"
    en = "Address and headers together exceed {limit} bytes."


class BodyUnreadable(Problem):
    status, code = 400, "body-unreadable"
    zh = "内容无法读取：{reason}"
    en = "The body cannot be read: {reason}"


class BodyInvalid(Problem):
    status, code = 422, "body-invalid"
    zh = "内容不符合要求，见 errors。"
    en = "The body does not fit the contract, see errors."


class ParameterUnknown(Problem):
    status, code = 400, "parameter-unknown"
    zh = "未知的查询参数：{names}。可用：{known}。"
    en = "Unknown query parameter: {names}. Known: {known}."


class ParameterRepeated(Problem):
    status, code = 400, "parameter-repeated"
    zh = "查询参数重复：{names}。每个参数只给一次。"
    en = "Given more than once: {names}. Give each query parameter once."


class MediaTypeUnsupported(Problem):
    status, code = 415, "media-type-unsupported"
    zh = "不支持的文件类型 {given}。可用：{known}。"
    en = "Media type {given} is not supported. Known: {known}."


class DigestMismatch(Problem):
    status, code = 400, "digest-mismatch"
    zh = "内容与 Content-Digest 不符，可能传输中损坏。请重新发送。"
    en = "The body does not match its Content-Digest; it may be damaged. Send it again."


class VersionMissing(Problem):
    status, code = 428, "version-missing"
    zh = "请以 If-Match 带上您看到的版本（ETag）。"
    en = "Send the version you saw (ETag) as If-Match."


class VersionMismatch(Problem):
    status, code = 412, "version-mismatch"
    zh = "内容已被他人更改。请重新读取后再改。"
    en = "It has been changed meanwhile. Read it again, then change."


class CursorInvalid(Problem):
    status, code = 400, "cursor-invalid"
    zh = "游标无效。请从头读取。"
    en = "The cursor is not valid. Read from the beginning."


class CursorExpired(Problem):
    status, code = 410, "cursor-expired"
    zh = "游标已过期。请从 {resync} 重新同步。"
    en = "The cursor has expired. Resynchronise from {resync}."


class IdempotencyKeyReused(Problem):
    status, code = 422, "idempotency-key-reused"
    zh = "同一 Idempotency-Key 用于不同内容。请换新的键。"
    en = "This Idempotency-Key was used with another body. Use a new key."


class IdempotencyInProgress(Problem):
    status, code = 409, "idempotency-in-progress"
    zh = "同一请求仍在处理中。请稍后重试。"
    en = "The same request is still running. Try again shortly."
    headers: ClassVar[dict[str, str]] = {"Retry-After": "2"}


class MethodNotAllowed(Problem):
    status, code = 405, "method-not-allowed"
    zh = "此地址不支持该方法。"
    en = "This address does not answer that method."


class UpstreamDown(Problem):
    status, code = 503, "upstream-down"
    zh = "所依赖的服务暂不可用：{name}。请稍后重试。"
    en = "A service this one needs is not available: {name}. Try again later."
    headers: ClassVar[dict[str, str]] = {"Retry-After": "5"}


# What any endpoint behind a token may answer.
REFUSALS = (TokenMissing, TokenInvalid, TokenExpired, TokenRevoked, ScopeMissing)
# What an unsafe call with an Idempotency-Key may answer besides.
REPEATS = (IdempotencyInProgress, IdempotencyKeyReused)


def problems(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint that can answer with these problems."""
    by_status: dict[int | str, list[str]] = {}
    for cls in classes:
        by_status.setdefault(cls.status, []).append(f"`{cls.code}`: {cls.en}")
    return {
        status: {
            "description": "\n\n".join(texts),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
        }
        for status, texts in by_status.items()
    }
