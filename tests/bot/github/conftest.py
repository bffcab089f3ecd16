"""The fake GitHub, for its own tests."""

import pytest
from bot.github.forge import Forge
from bot.github.samples import CHANGED, LINES


@pytest.fixture
def forge(tmp_path):
    with Forge(tmp_path / "forge") as made:
        yield made


@pytest.fixture
def pull(forge):
    """A pull request that changes lines 5, 20 and 30 of 40; the hunks are 2-8, 17-22 and 26-33."""
    forge.commit({"a.py": LINES})
    return forge.open({"a.py": CHANGED})
