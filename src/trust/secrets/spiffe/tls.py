"""Mutual TLS by an X509-SVID, whose key never touches a disk."""

import os
import ssl
from pathlib import Path

from trust.secrets.source import SecretRefused
from trust.secrets.spiffe.svid import X509Svid


def client_context(svid: X509Svid, *, authorities_file: Path | None = None) -> ssl.SSLContext:
    """Return a context that shows `svid` to servers. Raises SecretRefused, ssl.SSLError, OSError.

    The server's own certificate is judged by `authorities_file`, else by the system's authorities,
    and by its host name: a server that has an X509-SVID too is one for `peer_context`. Good until
    the identity ends: make another then.
    """
    context = ssl.create_default_context(cafile=authorities_file)
    _show(context, svid)
    return context


def peer_context(svid: X509Svid) -> ssl.SSLContext:
    """Return a context for servers that show an X509-SVID of our trust domain. Raises as above.

    It judges the certificate's authority and not its name: who connects compares the SPIFFE ID in
    it with the one that they want to talk to, before sending anything (X509-SVID §5.2).
    """
    context = ssl.create_default_context(cadata=svid.authorities)
    # These certificates name a workload and no host.
    context.check_hostname = False
    _show(context, svid)
    return context


def _show(context: ssl.SSLContext, svid: X509Svid) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not hasattr(os, "memfd_create"):
        raise SecretRefused(
            "client certificates need Linux: elsewhere their key would touch a disk"
        )
    # OpenSSL reads keys from files alone. This one is in memory, and has no name in any folder.
    opened = os.memfd_create("svid", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(opened), "wb") as file:
            file.write(svid.chain.encode("ascii") + svid.key.reveal().encode("ascii"))
        context.load_cert_chain(f"/proc/self/fd/{opened}")
    finally:
        os.close(opened)
