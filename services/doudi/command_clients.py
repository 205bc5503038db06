"""`doudi client`, `doudi account`: who may call and who signs in, made straight in the registry's database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from doudi.defects import Stop

if TYPE_CHECKING:
    from doudi.home import Home

client = typer.Typer(name="client", help="Clients of the API: agencies, townships, dashboards.", no_args_is_help=True)
account = typer.Typer(name="account", help="People who sign in.", no_args_is_help=True)
HomeOption = Annotated[Path, typer.Option(help="Folder of data and keys")]
RegistryDatabase = Annotated[
    str | None,
    typer.Option(envvar="DOUDI_REGISTRY_DATABASE_URL", help="The registry's database, else SQLite in HOME"),
]


def _prepared(home: Path, registry_database: str | None) -> "Home":
    """The home, its registry migrated."""
    from doudi.home import Home

    place = Home(home, "", registry_database=registry_database)
    place.prepare()
    return place


@client.command("create")
def client_create(
    name: Annotated[str, typer.Option(help="What the client is called in logs and lists")],
    agency: Annotated[str, typer.Option(help="civil-affairs, health, disability-federation, rural-revitalization …")],
    area: Annotated[str, typer.Option(help="12-digit area code; the client sees its subtree")],
    scope: Annotated[list[str], typer.Option(help="A permission, may be repeated: feeds:push, leads:read …")],
    home: HomeOption = Path("doudi-home"),
    registry_database: RegistryDatabase = None,
) -> None:
    """Make a client straight in the registry's database; its secret is shown once."""
    from registry.access.store import Grant

    place = _prepared(home, registry_database)
    try:
        client_id, secret = place.add_client(Grant(name, agency, area, scope))
    except ValueError as wrong:
        raise Stop(str(wrong)) from None
    print(f"client_id {client_id}\nsecret    {secret}\nKeep the secret now: it cannot be shown again.")


@client.command("rotate-signing-key")
def rotate_signing_key(home: HomeOption = Path("doudi-home"), registry_database: RegistryDatabase = None) -> None:
    """Sign tokens with the next key from now on; those of the key before hold until they end."""
    from registry.main import rotate_signing_key as rotate

    place = _prepared(home, registry_database)
    print(f"kid {rotate(place.registry_settings())}")


@account.command("create")
def account_create(
    login: Annotated[str, typer.Option(help="What the person signs in with")],
    name: Annotated[str, typer.Option(help="The person's name")],
    staff_number: Annotated[str, typer.Option(help="One number, one account")],
    agency: Annotated[str, typer.Option(help="civil-affairs, township …")],
    area: Annotated[str, typer.Option(help="12-digit area code; the person sees its subtree")],
    role: Annotated[list[str], typer.Option(help="May be repeated; see docs/roles.md")],
    home: HomeOption = Path("doudi-home"),
    registry_database: RegistryDatabase = None,
) -> None:
    """Make an account straight in the registry's database; its one-time activation secret is shown once."""
    from registry.access.accounts import Appointment
    from registry.main import add_account

    place = _prepared(home, registry_database)
    try:
        secret = add_account(place.registry_settings(), Appointment(login, name, staff_number, agency, area, role))
    except ValueError as wrong:
        raise Stop(str(wrong)) from None
    print(f"login             {login}\nactivation_secret {secret}\nThe person sets a password with it, once.")
