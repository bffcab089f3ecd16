"""Floor 1: bytes to facts. The only floor that imports `ast`; no tree leaves it."""
