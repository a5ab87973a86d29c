"""The job of all peers."""


def noop() -> None:
    """Do nothing."""
