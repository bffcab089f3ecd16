"""Reports as text, lines, JSON, tables: pure functions from a `Report` to a string."""
