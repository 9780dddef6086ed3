"""What keeps a package from being built or published.

OcdsError                the base: `code` is API, the message is for people
├── LockRefused          a lock without hashes, without exact versions, or unreadable
├── MarkerRefused        an environment marker that the target cannot decide
├── ResolverFailed       pip found no wheel for the target, another hash, or nothing to ask
├── WheelRefused         a wheel that would write where it must not, or two that disagree
├── SourceRefused        an entry, an import or a file that may not be packed or is not there
├── CompilerFailed       no interpreter of the target's version, or a module it cannot compile
├── TooLarge             more than Lambda, AgentCore or the table of sizes takes
└── PublishFailed        S3 or SSM said no
"""


class OcdsError(Exception):
    """A package that was not built. The message says what happened, why, and what to do."""

    code = "ocds_failed"


class LockRefused(OcdsError):
    """The lock does not name exact versions with hashes."""

    code = "lock_refused"


class MarkerRefused(OcdsError):
    """An environment marker is malformed, or asks what nobody knows of the target."""

    code = "marker_refused"


class ResolverFailed(OcdsError):
    """Pip did not bring every wheel of the lock."""

    code = "resolver_failed"


class WheelRefused(OcdsError):
    """A wheel's contents may not be unpacked."""

    code = "wheel_refused"


class SourceRefused(OcdsError):
    """Something of the code may not be packed, or is not there."""

    code = "source_refused"


class CompilerFailed(OcdsError):
    """No bytecode could be made for the target."""

    code = "compiler_failed"


class TooLarge(OcdsError):
    """The package is larger than what runs it takes, or than its table says."""

    code = "too_large"


class PublishFailed(OcdsError):
    """The package, or its manifest, could not be written, read or removed."""

    code = "publish_failed"
