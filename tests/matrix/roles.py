"""Who calls: the roles people are given, and the machines beside them, each for the caller's township."""

from registry.access.roles import ROLES as OF_PEOPLE

MACHINES: dict[str, tuple[str, ...]] = {
    "agency": ("feeds:read", "feeds:push", "batches:read", "subscriptions:write"),
    "clients-keeper": ("clients:write", "registry:admin"),
    "matcher": ("registry:follow", "cases:lead"),
}
ROLES = {name: tuple(sorted(role.scopes)) for name, role in OF_PEOPLE.items()} | MACHINES
EVERYTHING = tuple(sorted({scope for scopes in ROLES.values() for scope in scopes}))
NOBODY = "nobody"
# Everybody else speaks for civil affairs. None: for whichever agency the call is about (a feed answers its own alone).
AGENCIES: dict[str, str | None] = {
    "agency": "health", "agency-sender": "health", "county-officer": None, "system-administrator": None,
}  # fmt: skip
