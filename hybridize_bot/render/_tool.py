"""What reports for other programs say of this tool: its name, its home, and where a rule is explained."""

from __future__ import annotations

NAME = "hybridize"
HOME = "https://github.com/hybridize-bot/hybridize-bot"


def page(code: str, version: str) -> str:
    """The address of the page of a rule, as it was when ``version`` was released."""
    return f"{HOME}/blob/v{version}/docs/rules/{code}.md"
