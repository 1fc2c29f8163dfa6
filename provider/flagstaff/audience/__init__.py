"""Who is affected: the engine's own hash over a population, counted.

Pure but for `files`. Ids go in, counts come out: no id is in any result, text or message.
"""
