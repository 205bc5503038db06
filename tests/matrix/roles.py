"""Who calls: the scope sets in use today, each for the caller's township."""

ROLES: dict[str, tuple[str, ...]] = {
    "agency": ("feeds:read", "feeds:push", "batches:read"),
    "township": ("leads:read", "leads:reveal", "registry:read", "cases:read", "cases:write", "statistics:read"),
    "county": (
        "leads:read", "leads:reveal", "links:read", "screens:read", "batches:read", "match:query", "models:read",
        "registry:read", "registry:write", "imports:write", "areas:write", "coverage:check", "cases:read",
        "cases:write", "cases:approve", "statistics:read",
    ),
    "reviewer": ("links:read", "reviews:decide", "leads:reveal"),
    "dashboard": ("statistics:read",),
    "auditor": ("audit:read", "audit:report", "holds:write"),
    "admin": ("clients:write", "registry:admin", "models:read", "models:change", "reviews:oversee"),
    "matcher": ("registry:follow", "cases:lead"),
}  # fmt: skip
EVERYTHING = tuple(sorted({scope for scopes in ROLES.values() for scope in scopes}))
NOBODY = "nobody"
AGENCIES = {"agency": "health"}  # everybody else speaks for civil affairs
