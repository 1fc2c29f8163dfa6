"""Conformance suites and doubles for people who write a provider or a state store."""
