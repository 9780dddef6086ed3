"""DeleteObjects: many keys in one request, each judged by itself, as S3 does.

A key that the caller may not delete comes back as an error inside a 200; the others are deleted.
"""

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from devstack.aws.errors import AwsError
from devstack.aws.services.s3.operation import object_key

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
MOST_KEYS = 1000
"""S3 API Reference, DeleteObjects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doomed:
    """One key, or one version of it, that is to be deleted."""

    key: str
    version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A DeleteObjects request."""

    objects: tuple[Doomed, ...]
    quiet: bool


def deletion(body: bytes) -> Deletion:
    """Read the request's XML. Raises AwsError."""
    try:
        # Python's expat bounds entity expansion; external entities are never fetched.
        root = ET.fromstring(body)  # noqa: S314
    except ET.ParseError:
        raise _malformed() from None
    objects = tuple(_doomed(element) for element in root if _name(element) == "Object")
    quiet = any(_name(e) == "Quiet" and (e.text or "").strip() == "true" for e in root)
    if _name(root) != "Delete" or not 0 < len(objects) <= MOST_KEYS:
        raise _malformed()
    return Deletion(objects=objects, quiet=quiet)


def _doomed(element: ET.Element) -> Doomed:
    parts = {_name(child): child.text or "" for child in element}
    # Conditional deletes (ETag, Size, LastModifiedTime) would be dropped silently on the way.
    if len(parts) != len(element) or parts.keys() - {"Key", "VersionId"} or "Key" not in parts:
        raise _malformed()
    return Doomed(key=object_key(parts["Key"]), version=parts.get("VersionId"))


def _name(element: ET.Element) -> str:
    return element.tag.removeprefix(f"{{{NAMESPACE}}}")


def _malformed() -> AwsError:
    return AwsError(
        "MalformedXML",
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def request_body(wanted: Deletion, allowed: tuple[Doomed, ...]) -> bytes:
    """Write the request for the store, with only those objects that may be deleted."""
    root = ET.Element("Delete", xmlns=NAMESPACE)
    for doomed in allowed:
        element = ET.SubElement(root, "Object")
        ET.SubElement(element, "Key").text = doomed.key
        if doomed.version is not None:
            ET.SubElement(element, "VersionId").text = doomed.version
    if wanted.quiet:
        ET.SubElement(root, "Quiet").text = "true"
    return _written(root)


def answer_body(answered: bytes | None, refused: tuple[Doomed, ...]) -> bytes:
    """Add the refused objects to the store's answer; None if the store was not asked."""
    if answered is None:
        root = ET.Element("DeleteResult", xmlns=NAMESPACE)
        prefix = ""
    else:
        # The store is our own process.
        root = ET.fromstring(answered)  # noqa: S314
        prefix = root.tag.removesuffix("DeleteResult")
    for doomed in refused:
        element = ET.SubElement(root, f"{prefix}Error")
        ET.SubElement(element, f"{prefix}Key").text = doomed.key
        if doomed.version is not None:
            ET.SubElement(element, f"{prefix}VersionId").text = doomed.version
        ET.SubElement(element, f"{prefix}Code").text = "AccessDenied"
        ET.SubElement(element, f"{prefix}Message").text = "Access Denied"
    return _written(root)


def _written(root: ET.Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root)
