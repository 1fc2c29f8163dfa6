"""Rolling back as data: what goes down, how far, in which order, and what a release lets up again. Pure."""
