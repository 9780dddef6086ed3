"""What Gatehouse promises the browser beyond the specifications (docs/architecture.md)."""

from bff.doctor.clause import Clause, Level

_DOCUMENT = "Gatehouse"


def _clause(id_: str, place: str, level: Level, says: str, *tests: str) -> Clause:
    document, _, section = place.partition(" §")
    return Clause(
        id=id_,
        document=document or _DOCUMENT,
        section=section,
        level=level,
        says=says,
        tests=tuple(tests),
    )


CLAUSES = (
    _clause(
        "G1",
        "RFC 9111 §5.2.2.5",
        Level.MUST,
        "No answer of /auth and /api is kept by a cache.",
        "tests/attacks/test_leaks.py::test_leak_by_a_cache",
        "tests/attacks/test_leaks.py::test_leak_by_a_cache_on_the_way_of_a_login",
    ),
    _clause(
        "G2",
        "",
        Level.MUST,
        "No browser guesses at the type of an answer.",
        "tests/bff/test_front.py::test_every_answer_of_the_api_is_hardened",
    ),
    _clause(
        "G3",
        "",
        Level.MUST,
        "Neither the app nor a login is shown in a frame of another page.",
        "tests/proxy/test_browser_policy.py::test_no_login_runs_inside_a_frame",
    ),
    _clause("G4", "", Level.MUST, "Plain http leads to https or nowhere."),
    _clause("G5", "RFC 6797 §7.1", Level.SHOULD, "Browsers are told to come by https only."),
    _clause(
        "G6",
        "RFC 9457 §3",
        Level.MUST,
        "Refusals are problem documents with a code.",
        "tests/bff/test_front.py::test_without_a_login_every_call_is_refused_as_a_problem",
    ),
    _clause("G7", "", Level.SHOULD, "Secrets come from a vault."),
    _clause(
        "G8",
        "",
        Level.MUST,
        "A session's end is seen everywhere within a second.",
        "tests/journeys/test_over_http.py::test_logout_in_one_process_cuts_the_stream_of_another",
    ),
    _clause("G9", "", Level.MUST, "The BFF is what answers at the public URL."),
)
"""In the order of the report."""
