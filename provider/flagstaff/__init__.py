"""Flagstaff puts feature-toggle rollouts under plan and apply."""

__version__ = "0.1.0"
