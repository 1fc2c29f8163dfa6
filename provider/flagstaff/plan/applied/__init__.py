"""The applied configuration, as the state keeps it: written, and read back."""
