"""Accounts and sign-ins on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from kit.shapes import AreaCode
from registry.access.passwords import LONGEST
from registry.access.schemas import Purpose, TokenOut

Login = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9._-]{2,63}$")]
Name = Annotated[str, StringConstraints(min_length=2, max_length=100)]
StaffNumber = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,40}$")]
Agency = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
Roles = Annotated[list[str], Field(min_length=1, max_length=20)]
# Secret, so that nothing that prints a body prints them; bounded, because each is hashed.
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]
Handle = Annotated[SecretStr, Field(min_length=1, max_length=100)]
Next = Literal["second-factor", "enrol-second-factor", "new-password", "none"]
STRICT = ConfigDict(extra="forbid")


class AccountIn(BaseModel):
    """Somebody who is to sign in."""

    model_config = STRICT

    login: Login
    name: Name
    staff_number: StaffNumber
    agency: Agency
    area: AreaCode
    roles: Roles


class AccountChangeIn(BaseModel):
    """What is to change; what is left out stays. A change of roles, agency or area ends the account's sessions."""

    model_config = STRICT

    name: Name | None = None
    agency: Agency | None = None
    area: AreaCode | None = None
    roles: Roles | None = None


class AccountOut(BaseModel):
    """An account. Of its secrets only whether they are there."""

    account_id: str
    login: str
    name: str
    staff_number: str
    agency: str
    area: str
    roles: list[str]
    version: int
    created_at: datetime
    disabled_at: datetime | None
    password_set_at: datetime | None
    second_factor: bool


class AccountWithActivationOut(AccountOut):
    """An account with its one-time activation secret: shown this once."""

    activation_secret: str
    activation_until: datetime


class AccountPageOut(BaseModel):
    """A page of accounts."""

    accounts: list[AccountOut]
    cursor: str | None


class RoleOut(BaseModel):
    """A role that can be given."""

    role: str
    zh: str
    en: str
    scopes: list[str]
    purposes: list[str]
    administers: bool
    second_factor: bool


class RolesOut(BaseModel):
    """All roles."""

    roles: list[RoleOut]


class ActivationIn(BaseModel):
    """The one-time secret and the first password."""

    model_config = STRICT

    login: Login
    activation_secret: Annotated[SecretStr, Field(min_length=1, max_length=100)]
    password: Password


class SignInIn(BaseModel):
    """The first step of a sign-in. Any text is a login here: what it may look like is nobody's business."""

    model_config = STRICT

    login: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    password: Password
    purpose: Purpose | None = None


class HandleIn(BaseModel):
    """The handle the step before gave."""

    model_config = STRICT

    handle: Handle


class CodeIn(HandleIn):
    """A code of the authenticator app, or a recovery code."""

    code: Annotated[SecretStr, Field(min_length=6, max_length=40)]


class NewPasswordIn(HandleIn):
    """A new password in the middle of a sign-in."""

    password: Password


class RefreshIn(HandleIn):
    """A new token, for another purpose if one is named."""

    purpose: Purpose | None = None


class PasswordChangeIn(BaseModel):
    """A new password for somebody who is signed in."""

    model_config = STRICT

    old_password: Password
    password: Password


class SignInOut(BaseModel):
    """Where a sign-in stands. `next` is `none` when it is done: then there is a token, and the handle refreshes it."""

    next: Next
    handle: str
    session_id: str
    token: TokenOut | None
    recovery_codes: list[str]


class SecondFactorOut(BaseModel):
    """For the authenticator app: type the secret or read the address as a QR code, then give a code."""

    secret: str
    uri: str
    handle: str


class RevocationsOut(BaseModel):
    """Sessions that ended and clients that were disabled while tokens of theirs may still be about."""

    ended: list[str]
