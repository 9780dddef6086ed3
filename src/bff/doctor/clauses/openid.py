"""What is demanded of a provider, by OpenID Connect and the OAuth specifications beside it.

Also a MUST here: what a specification leaves to the provider and the BFF cannot do without.
"""

from bff.doctor.clause import Clause, Level

_DISCOVERY = "OpenID Connect Discovery 1.0"
_CORE = "OpenID Connect Core 1.0"
_BACKCHANNEL = "OpenID Connect Back-Channel Logout 1.0"


def _clause(id_: str, place: str, level: Level, says: str, *tests: str) -> Clause:
    document, _, section = place.partition(" §")
    return Clause(
        id=id_, document=document, section=section, level=level, says=says, tests=tuple(tests)
    )


CLAUSES = (
    _clause("P1", f"{_DISCOVERY} §4.1", Level.MUST, "The discovery document can be fetched."),
    _clause(
        "P2",
        f"{_DISCOVERY} §4.3",
        Level.MUST,
        "The document's issuer is the configured one, character by character.",
        "tests/bff/test_metadata.py::test_*",
    ),
    _clause("P3", f"{_DISCOVERY} §3", Level.MUST, "Every endpoint is https."),
    _clause("P4", f"{_DISCOVERY} §3", Level.MUST, "The code flow is offered."),
    _clause("P5", f"{_DISCOVERY} §3", Level.MUST, "Answers may come in the query."),
    _clause("P6", "RFC 9207 §3", Level.SHOULD, "Answers name their issuer (iss)."),
    _clause(
        "P7",
        "RFC 9126 §5",
        Level.MAY,
        "Authorization requests are pushed (PAR).",
        "tests/bff/test_login.py::test_a_pushed_request_shows_nothing_but_its_name_in_the_url",
    ),
    _clause("P8", "RFC 9126 §5", Level.MAY, "Only pushed authorization requests are taken."),
    _clause(
        "P9a",
        f"{_DISCOVERY} §3",
        Level.MUST,
        "ID tokens are signed by an algorithm that is accepted here: an asymmetric one.",
        "tests/bff/test_id_token.py::test_*",
    ),
    _clause("P9b", "RFC 8725 §3.2", Level.SHOULD, "Neither none nor HS… is offered beside it."),
    _clause(
        "P10",
        f"{_DISCOVERY} §3",
        Level.MUST,
        "The way in which the BFF proves itself is one that the token endpoint takes.",
    ),
    _clause(
        "P11",
        f"{_DISCOVERY} §3",
        Level.MUST,
        "Client assertions are taken in the algorithm of the BFF's key, and never unsigned.",
    ),
    _clause(
        "P12",
        "RFC 9449 §5.1",
        Level.MUST,
        "Where tokens are to be bound by DPoP, the provider offers it, by asymmetric keys only.",
    ),
    _clause(
        "P13",
        "OpenID Connect RP-Initiated Logout 1.0 §2.1",
        Level.MAY,
        "Logout ends the login at the provider, too (end_session_endpoint).",
    ),
    _clause("P14", f"{_BACKCHANNEL} §2.1", Level.MAY, "Logins that end at the provider end here."),
    _clause(
        "P15",
        "RFC 7009 §2",
        Level.MAY,
        "Refresh tokens can be revoked.",
        "tests/journeys/test_over_http.py::test_logout_ends_it_here_and_at_the_provider",
    ),
    _clause("P16", f"{_DISCOVERY} §3", Level.MUST, "The key set holds a key that fits."),
    _clause(
        "P17",
        f"{_DISCOVERY} §3",
        Level.MUST,
        "The key set holds no private and no shared key.",
        "tests/bff/test_provider_keys.py::test_*",
    ),
    _clause("P18", "RFC 7518 §3.3", Level.MUST, "RSA keys have 2048 bits or more."),
    _clause("P19", f"{_CORE} §10.1", Level.MUST, "Where there are several keys, each has a name."),
    _clause("P20", f"{_DISCOVERY} §3", Level.SHOULD, "The scopes that are asked for are offered."),
    _clause("P21", f"{_DISCOVERY} §3", Level.SHOULD, "The tenant's claim is among those offered."),
    _clause("P22", "RFC 9700 §2.4", Level.SHOULD, "The provider offers no password grant."),
    _clause(
        "P23",
        "RFC 9101 §10.5",
        Level.MUST,
        "Where only signed requests are taken, the BFF has a key to sign them with.",
    ),
    _clause(
        "L1",
        f"{_BACKCHANNEL} §2.8",
        Level.MUST,
        "A forged logout token is refused with 400, and the answer is not kept.",
        "tests/attacks/test_logout_token_forgery.py::test_logout_token_forgery",
    ),
    _clause(
        "L2",
        f"{_BACKCHANNEL} §2.6",
        Level.MAY,
        "A logout token counts once.",
        "tests/attacks/test_logout_token_forgery.py::test_logout_token_forgery_by_a_replay_after_a_new_login",
    ),
)
"""In the order of the report."""
