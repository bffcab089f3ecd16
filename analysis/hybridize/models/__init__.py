"""Library semantics as data: rows in YAML, and the named shape and dtype functions they use."""
