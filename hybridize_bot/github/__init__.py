"""GitHub: what the Action runs."""
