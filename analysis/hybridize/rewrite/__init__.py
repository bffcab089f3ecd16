"""Floor 7: edits of source files. The only floor that imports `libcst`."""
