"""What can be wrong with a request before any part of the program knows about it."""

from trust.errors import RequestError


class NotFound(RequestError):
    """There is nothing at this path."""

    code, status, title = "not_found", 404, "There is nothing here."


class ParameterInvalid(RequestError):
    """A parameter is missing or of the wrong form."""

    code, status, title = "parameter_invalid", 422, "A parameter of the request is not valid."
