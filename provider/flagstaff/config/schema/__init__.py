"""The kinds of blocks that a configuration may have, as data, by family."""
