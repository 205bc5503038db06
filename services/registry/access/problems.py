"""What can go wrong at the door."""

from typing import ClassVar

from kit.problems import Problem


class ClientInvalid(Problem):
    status, code = 401, "client-invalid"
    zh = "客户端标识或密钥不对，或该客户端已停用。请核对，或请管理员重置密钥。"
    en = "Unknown client, wrong secret, or the client is disabled. Check them, or have the secret reset."
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Basic"}


class CertificateMissing(Problem):
    status, code = 401, "certificate-missing"
    zh = "该客户端须以登记的客户端证书经代理连接。请检查证书。"
    en = "This client connects through the proxy with its registered certificate. Check the certificate."


class GrantUnsupported(Problem):
    status, code = 400, "grant-unsupported"
    zh = "只支持 grant_type=client_credentials。"
    en = "Only grant_type=client_credentials is supported."


class PurposeRefused(Problem):
    status, code = 403, "purpose-refused"
    zh = "每次申请令牌须写明用途（purpose）。该客户端可用：{known}。"
    en = "Every token needs a purpose. This client may name: {known}."


class ScopeRefused(Problem):
    status, code = 400, "scope-refused"
    zh = "该客户端没有这些权限：{refused}。"
    en = "This client does not hold these scopes: {refused}."


class ScopeUnknown(Problem):
    status, code = 422, "scope-unknown"
    zh = "没有这些权限：{unknown}。"
    en = "There are no such scopes: {unknown}."


class AreaOutside(Problem):
    status, code = 403, "area-outside"
    zh = "该区划不在您的范围内。"
    en = "That area is not within yours."
