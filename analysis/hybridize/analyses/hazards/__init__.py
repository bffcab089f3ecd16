"""What code does that a graph does not do as Python does: where it is traced, if it is converted, on which values."""
