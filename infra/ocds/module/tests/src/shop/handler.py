"""A handler to be packed by the module's tests."""


def handler(*_: object) -> str:
    """Answer."""
    return "open"
