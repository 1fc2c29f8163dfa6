"""Rolling back: done at once, whatever fails on the way, and written down."""
