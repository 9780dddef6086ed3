"""The clauses of RFC 9700, Best Current Practice for OAuth 2.0 Security, on a client."""

from bff.doctor.clause import Clause, Level

_DOCUMENT = "RFC 9700"


def _clause(id_: str, section: str, level: Level, says: str, *tests: str) -> Clause:
    return Clause(
        id=id_, document=_DOCUMENT, section=section, level=level, says=says, tests=tuple(tests)
    )


CLAUSES = (
    _clause(
        "S1",
        "2.1",
        Level.MUST,
        "The redirect URI is one fixed string, whatever host a request names.",
        "tests/bff/test_login.py::test_our_own_origin_is_where_the_provider_sends_people_back",
    ),
    _clause(
        "S2",
        "2.1, 4.11",
        Level.MUST,
        "No address here forwards the browser to an arbitrary one.",
        "tests/attacks/test_open_redirect.py::test_open_redirect_*",
    ),
    _clause(
        "S3",
        "2.1, 4.7",
        Level.MUST,
        "An answer at the redirect URI counts only in the browser that asked.",
        "tests/attacks/test_login_csrf.py::test_login_csrf_*",
    ),
    _clause(
        "S4",
        "2.1, 4.4",
        Level.MUST,
        "With more than one provider, answers cannot be mixed up.",
        "tests/attacks/test_mix_up.py::test_mix_up_*",
        "tests/bff/test_providers.py::test_two_that_answer_at_one_place_have_to_say_who_they_are",
    ),
    _clause(
        "S5",
        "2.1.1",
        Level.SHOULD,
        "PKCE is used by a confidential client, too, with S256.",
        "tests/bff/test_login.py::test_the_verifier_of_the_attempt_is_sent_with_the_code",
        "tests/attacks/test_code_injection.py::test_code_injection_of_a_stolen_code_fails_by_the_verifier",
    ),
    _clause(
        "S6",
        "2.1.1",
        Level.MUST,
        "Challenge and nonce are new for every login and bound to its browser.",
        "tests/bff/test_login.py::test_state_nonce_and_challenge_are_new_every_time",
        "tests/attacks/test_code_injection.py::test_code_injection_into_another_tab_of_the_same_browser",
    ),
    _clause("S7", "2.1.1", Level.MUST, "The provider supports PKCE."),
    _clause(
        "S8",
        "2.1.2",
        Level.SHOULD,
        "No access token comes in an authorization response.",
        "tests/attacks/test_code_injection.py"
        "::test_code_injection_by_a_code_in_a_fragment_or_a_form_is_no_answer",
    ),
    _clause(
        "S9",
        "2.2.1",
        Level.SHOULD,
        "Access tokens are bound to a key of the BFF's (DPoP, mTLS).",
        "tests/bff/test_dpop.py::test_*",
    ),
    _clause(
        "S10",
        "2.2.2, 4.14",
        Level.MUST,
        "A refresh token is spent by its client alone, and a rotated one only once.",
        "tests/trust/session/test_refresh_across_instances.py::test_requests_of_several_processes_refresh_once",
        "tests/trust/session/test_refresh_faults.py"
        "::test_rotated_tokens_that_cannot_be_written_are_not_used",
    ),
    _clause("S11", "2.3", Level.SHOULD, "No more is asked for than is needed."),
    _clause(
        "S12",
        "2.4",
        Level.MUST,
        "The password grant is not used.",
        "tests/bff/doctor/test_by_construction.py::test_no_other_grants_are_asked_for_than_two",
    ),
    _clause(
        "S13",
        "2.5",
        Level.SHOULD,
        "The BFF proves itself by a key and not by a shared secret.",
        "tests/bff/test_client_auth.py::test_a_key_proves_us_by_an_assertion_for_this_provider",
    ),
    _clause(
        "S14",
        "2.6",
        Level.SHOULD,
        "The client is configured by the provider's metadata.",
        "tests/bff/test_metadata.py::test_*",
    ),
    _clause(
        "S15",
        "2.6",
        Level.MUST,
        "Authorization responses do not travel unencrypted.",
        "tests/bff/test_settings.py::test_*",
    ),
    _clause(
        "S16",
        "4.2.4",
        Level.SHOULD,
        "The page at the redirect URI tells its address, which holds the code, to nobody.",
        "tests/attacks/test_leaks.py::test_leak_of_the_code_by_the_page_after_the_login",
    ),
    _clause(
        "S17",
        "4.13",
        Level.MUST,
        "What a reverse proxy says of the client counts only from a proxy that is known.",
        "tests/bff/test_client_address.py::test_a_stranger_s_header_is_not_read",
        "tests/attacks/test_header_smuggling.py::test_header_smuggling_of_every_name_in_every_spelling",
    ),
)
"""In the order of the report."""
