"""What ends a command with a sentence instead of a trace."""


class Stop(Exception):
    """The user can mend it; the text says how."""
