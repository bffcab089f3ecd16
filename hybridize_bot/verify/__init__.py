"""Proof by execution: the user's command, run as it is and with changed functions, and what comes of them.

`child/` is what runs in the user's processes; nothing else here imports TensorFlow, and nothing there imports the tool.
"""
