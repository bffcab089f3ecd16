"""`python -I -m hybridize_bot`: the same as the `hybridize` console script."""

from __future__ import annotations

from hybridize_bot.cli import main

if __name__ == "__main__":
    main()
