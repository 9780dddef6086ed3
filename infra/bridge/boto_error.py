"""Calls of boto3, with its errors made ours."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError

from bridge.errors import Declined, Lost, WrongUse

T = TypeVar("T")


def called(operation: str, deed: Callable[[], T]) -> T:
    """Return what the call returns.

    Raises:
        Declined: AWS answered with an error.
        WrongUse: there are no credentials.
        Lost: no answer came, or none that can be read.

    """
    try:
        return deed()
    except ClientError as error:
        said = error.response.get("Error", {})
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code, text = said.get("Code", "Unknown"), said.get("Message", "")
        raise Declined(operation, code, text, status) from error
    except NoCredentialsError as error:
        raise WrongUse(f"no AWS credentials: {error}") from error
    except (BotoCoreError, ResponseParserError) as error:
        raise Lost(f"{operation}: no answer: {error}") from error
