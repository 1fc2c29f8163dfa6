"""The rollout's document: built once as a value, rendered as Markdown or HTML."""
