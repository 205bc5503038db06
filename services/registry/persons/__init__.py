"""Human beings in the registry, in valid time and in recorded time."""
