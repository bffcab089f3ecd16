"""Floor 5: facts of functions, read off a finished run of the interpreter. One file each."""
