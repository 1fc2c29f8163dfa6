"""Flipper (flippercloud/flipper): its gates, its export file."""
