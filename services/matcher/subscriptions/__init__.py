"""Who is woken by webhook when something is there to fetch, and every try to do so."""
