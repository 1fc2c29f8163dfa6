"""Stages: what each waits for before it may begin, where it is, and what is looked at again on the way. Pure."""
