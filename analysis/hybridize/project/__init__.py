"""Floor 2: which files belong to a program, and which file an import means."""
