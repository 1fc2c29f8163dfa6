"""Configuration: from files to `Desired`."""
