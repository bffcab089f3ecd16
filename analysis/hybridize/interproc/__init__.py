"""Floor 4: the whole program at once. Call graph, heap, the interpreter and its fixpoint."""
