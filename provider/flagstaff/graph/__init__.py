"""The graph of toggles: requirements and dependencies, its order, its cycles."""
