"""Flipper (flippercloud/flipper): its gates, its export file, its HTTP API, its tables, its console."""
