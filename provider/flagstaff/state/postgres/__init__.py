"""The state in PostgreSQL: its tables, its lease, its errors in words."""
