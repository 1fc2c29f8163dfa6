"""State: what was applied, the journal of how, and the stores that keep both."""
