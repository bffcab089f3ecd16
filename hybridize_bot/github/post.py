"""Stand-in."""

from hybridize_bot.github.remarks import Reviewed, encoded


def preview(reviewed: Reviewed) -> str:
    """As JSON."""
    return encoded(reviewed).decode()


def publish(reviewed: Reviewed, environment: object, *, token: str, say: object) -> None:
    """Nothing."""
