"""The clauses of RFC 10017, OAuth 2.0 for Browser-Based Applications, on a BFF (§6.1).

Numbered as in the working group's text of 2026-07-06: whoever has the published one at hand should
compare the prefix of B3d, which was the last thing that changed. B5c, B6 and B12 have no key word
there: they are what the pattern is, so they count as a MUST.
"""

from bff.doctor.clause import Clause, Level

_DOCUMENT = "RFC 10017"


def _clause(id_: str, section: str, level: Level, says: str, *tests: str) -> Clause:
    return Clause(
        id=id_, document=_DOCUMENT, section=section, level=level, says=says, tests=tuple(tests)
    )


CLAUSES = (
    _clause(
        "B1a",
        "6.1.3.1",
        Level.MUST,
        "The BFF is a confidential client: it has credentials at the provider.",
        "tests/bff/test_client_auth.py::test_basic_encodes_both_parts_before_it_joins_them",
        "tests/bff/test_client_auth.py::test_a_key_proves_us_by_an_assertion_for_this_provider",
    ),
    _clause(
        "B1b",
        "6.1.3.1",
        Level.MUST,
        "Access tokens are got by the authorization code grant.",
        "tests/bff/doctor/test_by_construction.py::test_no_other_grants_are_asked_for_than_two",
    ),
    _clause(
        "B2a",
        "6.1.3.2",
        Level.MUST,
        "Every cookie is Secure.",
        "tests/journeys/test_over_http.py::test_a_login_leaves_one_strict_host_cookie_and_no_attempt",
    ),
    _clause(
        "B2b",
        "6.1.3.2",
        Level.MUST,
        "Every cookie is HttpOnly.",
        "tests/journeys/test_in_a_browser.py::test_the_cookie_is_strict_and_no_script_sees_it",
    ),
    _clause(
        "B3a",
        "6.1.3.2",
        Level.SHOULD,
        "The session's cookie is SameSite=Strict.",
        "tests/bff/test_cookies.py::test_what_is_cleared_has_the_attributes_of_what_was_set",
        "tests/journeys/test_in_a_browser.py::test_the_cookie_is_strict_and_no_script_sees_it",
    ),
    _clause("B3b", "6.1.3.2", Level.SHOULD, "Every cookie has the path /."),
    _clause("B3c", "6.1.3.2", Level.SHOULD, "No cookie has a Domain."),
    _clause(
        "B3d",
        "6.1.3.2",
        Level.SHOULD,
        "The names of cookies begin with a prefix that only a server can set (__Host-Http-).",
        "tests/attacks/test_cookie_tossing.py::test_cookie_tossing_under_a_name_that_only_looks_the_same",
    ),
    _clause(
        "B4",
        "6.1.3.2",
        Level.SHOULD,
        "What a cookie holds of a session is encrypted; here it holds an id, the tokens stay here.",
        "tests/trust/session/test_codec.py::test_the_table_and_the_keyring_without_the_cookie_open_nothing",
        "tests/attacks/test_session_tampering.py::test_session_tampering_with_nonce_ciphertext_or_tag",
    ),
    _clause(
        "B5a",
        "6.1.3.3",
        Level.MUST,
        "Requests that another page sent are refused, a sibling sub-domain's too.",
        "tests/attacks/test_csrf.py::test_csrf_by",
    ),
    _clause(
        "B5b",
        "6.1.3.3.2",
        Level.MUST,
        "Every request of the app carries the static header, whatever its method.",
        "tests/proxy/test_browser_policy.py::test_every_cell_of_the_table",
    ),
    _clause(
        "B5c",
        "6.1.3.3.2",
        Level.MUST,
        "No preflight of another origin is approved.",
        "tests/bff/test_front.py::test_a_preflight_gets_no_leave",
    ),
    _clause(
        "B6",
        "6.1.1",
        Level.MUST,
        "The cookie stays here: what is forwarded carries a credential of the BFF's own.",
        "tests/attacks/test_header_smuggling.py::test_header_smuggling_the_browsers_cookies_stay_here",
        "tests/proxy/test_invocation.py::test_an_invocation_has_these_headers_and_no_others",
    ),
    _clause(
        "B7a",
        "6.1.3.6",
        Level.MUST,
        "Requests go only to destinations on an explicit list.",
        "tests/attacks/test_proxy_path.py::test_proxy_path_spelled_in_another_way_reaches_no_agent",
        "tests/attacks/test_proxy_path.py::test_proxy_path_in_absolute_form_is_no_way_to_another_host",
        "tests/bff/test_invocations.py::test_another_tenants_agent_is_as_unknown_as_nobodys",
    ),
    _clause(
        "B7b",
        "6.1.3.6",
        Level.MAY,
        "Methods are restricted per endpoint.",
        "tests/bff/test_invocations.py::test_a_message_is_sent_by_post_only",
    ),
    _clause(
        "B8a",
        "6.1.2.2",
        Level.MAY,
        "A session lasts no longer than the refresh token behind it may.",
        "tests/bff/test_lifetimes.py::test_*",
    ),
    _clause(
        "B8b",
        "6.1.2.2",
        Level.MAY,
        "A session whose refresh token is known to be dead is ended.",
        "tests/trust/session/test_refresh.py::test_a_refused_refresh_token_ends_the_session",
    ),
    _clause(
        "B9a",
        "6.1.2.1",
        Level.MAY,
        "The app can ask whether there is a session.",
        "tests/bff/test_login.py::test_a_person_logs_in_and_is_known",
    ),
    _clause(
        "B9b",
        "6.1.2.1",
        Level.MAY,
        "A login begins by a navigation that redirects to the provider.",
        "tests/bff/test_login.py::test_the_way_to_the_provider_is_a_303_that_is_not_kept",
    ),
    _clause(
        "B10",
        "6.1.3.5",
        Level.MAY,
        "Abuse is limited here, where persons and addresses can be told apart.",
        "tests/bff/test_limits.py::test_*",
    ),
    _clause(
        "B11",
        "6.1.2.3",
        Level.MAY,
        "Server-side sessions are shared by all instances, so that they scale.",
        "tests/journeys/test_over_http.py::test_sessions_in_dynamodb_serve_the_same_journey",
    ),
    _clause(
        "B12",
        "6.1.1",
        Level.MUST,
        "No token reaches the browser: the pattern itself.",
        "tests/bff/test_secrecy.py::test_a_day_with_everything_in_it_tells_nothing",
        "tests/journeys/test_in_a_browser.py::test_nothing_is_kept_where_script_can_read_it",
    ),
    _clause(
        "B13",
        "5",
        Level.MAY,
        "A content security policy keeps foreign scripts from running in the app.",
        "tests/bff/test_spa.py::test_the_policy_is_strict",
    ),
)
"""In the order of the report."""
