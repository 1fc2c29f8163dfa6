"""Approvals: who agreed to a change or a release, signed with SSH keys or given in a review, and whether it counts."""
