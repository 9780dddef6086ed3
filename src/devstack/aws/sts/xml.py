"""Answers of the Query protocol, as STS sends them and botocore reads them."""

import html
import re
from collections.abc import Mapping
from typing import Union

from devstack.aws.errors import AwsError

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"

Tree = Mapping[str, Union[str, "Tree"]]
"""Elements by name, in order; a text or further elements."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def answer_xml(action: str, result: Tree, *, request_id: str) -> bytes:
    """Return the body of a successful answer."""
    return _document(
        f"{action}Response",
        {f"{action}Result": result, "ResponseMetadata": {"RequestId": request_id}},
    )


def error_xml(error: AwsError, *, request_id: str) -> bytes:
    """Return the body of a refusal."""
    fault = "Receiver" if error.status >= 500 else "Sender"  # noqa: PLR2004 HTTP's server errors
    told: Tree = {"Type": fault, "Code": error.code, "Message": error.message}
    return _document("ErrorResponse", {"Error": told, "RequestId": request_id})


def _document(name: str, content: Tree) -> bytes:
    return f'<{name} xmlns="{NAMESPACE}">{_elements(content)}</{name}>'.encode()


def _elements(tree: Tree) -> str:
    return "".join(f"<{name}>{_content(value)}</{name}>" for name, value in tree.items())


def _content(value: str | Tree) -> str:
    # A message may quote what was sent; a control character in it would make the XML unreadable.
    if isinstance(value, str):
        return html.escape(_NOT_IN_XML.sub("\ufffd", value), quote=False)
    return _elements(value)
