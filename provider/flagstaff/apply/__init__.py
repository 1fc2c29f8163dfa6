"""Apply: does what a plan says, and decides nothing new."""
