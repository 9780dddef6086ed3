"""Why an entry of the registry cannot be written as it was asked for."""

from trust.errors import RequestError


class EntryExists(RequestError):
    """There is such an entry already; adding never replaces one."""

    code, status, title = "entry_exists", 409, "There is such an entry already."


class EntryUnknown(RequestError):
    """The entry, or one that it names, is not in the registry."""

    code, status, title = "entry_unknown", 404, "There is no such entry."


class ClaimTaken(RequestError):
    """The claim, in this issuer's mouth, is another tenant's."""

    code, status, title = "claim_taken", 409, "The claim belongs to another organisation."


class IssuerTaken(RequestError):
    """The issuer is another entry's, or the entry's name is another issuer's."""

    code, status, title = "issuer_taken", 409, "The login service has an entry already."


class IssuerUnknown(RequestError):
    """No provider of the registry is this issuer."""

    code, status, title = "issuer_unknown", 409, "The login service is not registered."


class EntryInUse(RequestError):
    """Others need the entry."""

    code, status, title = "entry_in_use", 409, "The entry is still in use."


class EntryOfFile(RequestError):
    """The entry stands in the file, which is changed by hand."""

    code, status, title = "entry_of_file", 409, "The entry is kept in a file."


class EntryTooLarge(RequestError):
    """The entry does not fit into one transaction of the store."""

    code, status, title = "entry_too_large", 422, "The entry is too large."
