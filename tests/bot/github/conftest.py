"""The fake GitHub, for its own tests."""

import pytest
from bot.github.forge import Forge


@pytest.fixture
def forge(tmp_path):
    with Forge(tmp_path / "forge") as made:
        yield made
