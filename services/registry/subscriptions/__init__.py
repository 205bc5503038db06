"""Who is woken when the registry's changes have something new, and every try to do so."""
