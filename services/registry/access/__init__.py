"""Who may call: clients, their tokens, and the keys that sign them."""
