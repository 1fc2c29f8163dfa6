"""The things that a rollout is about, as values: no I/O, no store's vocabulary."""
