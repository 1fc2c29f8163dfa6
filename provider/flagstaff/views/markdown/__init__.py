"""A plan as GitHub's Markdown: a comment on a pull request, or a job's summary."""
