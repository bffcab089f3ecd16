"""Processes that end with the one that has begun them, however that ends."""

from __future__ import annotations

import os
import signal
import sys

_DIE_WITH_PARENT = 1
"""`PR_SET_PDEATHSIG` of prctl(2)."""


def end_with(parent: int) -> None:
    """See to it that this process does not outlive its parent, which may be killed, and its own copies not it."""
    if sys.platform == "linux":
        import ctypes

        control, forking = ctypes.CDLL(None).prctl, [parent]

        def bind() -> None:
            control(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != forking[0]:  # it was faster
                os._exit(1)

        bind()
        os.register_at_fork(before=lambda: forking.__setitem__(0, os.getpid()), after_in_child=bind)
