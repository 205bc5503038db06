"""What the screens look at, one file a subject: coverage, cards, illness, deaths, money."""
