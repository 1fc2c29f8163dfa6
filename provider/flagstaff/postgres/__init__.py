"""PostgreSQL: what the store of toggles and the store of states have in common."""
