"""Views: values to text."""
