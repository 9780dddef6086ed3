"""Certificates as the package gives them."""

import pytest
from spiffe import TrustDomain, X509Bundle, X509BundleSet
from spiffe import X509Svid as Answered
from spiffe.workloadapi.x509_context import X509Context

from devstack.spire.agent import Agent
from fakes.clock import StoppedClock
from trust.secrets.source import SecretOutage
from trust.secrets.spiffe.x509_answer import update

ONE_DAY_S = 24 * 60 * 60


def test_a_certificate_without_authorities_is_of_no_use(spire: Agent) -> None:
    made = spire.x509_svids()[0].certified
    context = X509Context([Answered.parse_raw(made.certificate, made.key)], X509BundleSet.of([]))

    with pytest.raises(SecretOutage, match="no authorities"):
        update(context)


def test_of_several_certificates_the_first_to_end_counts(spire: Agent, clock: StoppedClock) -> None:
    """A chain is good for as long as all of it is."""
    authority = spire.issuer.authority
    made = authority.certified("spiffe://acme.example/gatehouse", clock.now(), 30 * ONE_DAY_S)
    svid = Answered.parse_raw(made.certificate + authority.bundle, made.key)
    trust_domain = TrustDomain("acme.example")
    bundles = X509BundleSet.of([X509Bundle.parse_raw(trust_domain, authority.bundle)])

    found = update(X509Context([svid], bundles))[0]

    assert found.chain.count("BEGIN CERTIFICATE") == 2
    assert found.expires_at == clock.now() + 7 * ONE_DAY_S
