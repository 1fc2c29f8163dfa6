"""Monitors: measurements with a verdict, and the clients that fetch their numbers."""
