"""Access tokens: what they say of a client, and what of a person."""

import time

from joserfc.jwk import ECKey

from kit.auth import AUDIENCE, sign
from kit.columns import new_id
from registry.access.account_tables import Account, AccountSession
from registry.access.roles import scopes_of
from registry.access.schemas import TokenOut
from registry.access.tables import Client
from registry.settings import RegistrySettings


def for_client(client: Client, scope: str, purpose: str, settings: RegistrySettings, key: ECKey) -> TokenOut:
    """A token of a program."""
    who: dict[str, object] = {"sub": client.client_id, "agency": client.agency, "area": client.area}
    if client.certificate is not None:
        who["cnf"] = {"x5t#S256": client.certificate}
    return _token({**who, "scope": scope, "purpose": purpose}, settings.token_seconds, settings, key)


def for_person(account: Account, row: AccountSession, settings: RegistrySettings, key: ECKey) -> TokenOut:
    """A token of somebody who signed in: it ends with the session, whatever its own life."""
    who: dict[str, object] = {"sub": account.account_id, "agency": account.agency, "area": account.area}
    claims = {
        **who,
        "scope": " ".join(sorted(scopes_of(account.roles))),
        "purpose": row.purpose,
        "account": account.account_id,
        "role": " ".join(account.roles),
        "sid": row.session_id,
    }
    return _token(claims, settings.person_token_seconds, settings, key)


def _token(claims: dict[str, object], seconds: int, settings: RegistrySettings, key: ECKey) -> TokenOut:
    at = int(time.time())
    frame = {"iss": settings.issuer, "aud": AUDIENCE, "iat": at, "exp": at + seconds, "jti": new_id()}
    return TokenOut(access_token=sign({**frame, **claims}, key), expires_in=seconds, scope=str(claims["scope"]))
