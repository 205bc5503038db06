"""Profiles: the values of the screens' settings by area and day, drafted, simulated and approved."""
