"""Providers: the code that talks to the stores where toggles live."""
