"""Floor 0: lattices. They know nothing of Python syntax."""
