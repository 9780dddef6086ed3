"""What the settings have to say before there are administrators."""

import pytest

from bff.settings import load_settings
from fakes.production import PROD
from trust.errors import SettingsError

ISSUER, AUDIENCE = "https://staff.example.com", "https://app.example.com/admin"


def test_there_are_none_unless_they_are_named() -> None:
    settings = load_settings(PROD)

    assert (settings.admin_issuer, settings.admin_audience) == (None, None)


def test_issuer_and_audience_are_taken_as_they_stand() -> None:
    settings = load_settings(
        {**PROD, "BFF_ADMIN_ISSUER": f"{ISSUER}/", "BFF_ADMIN_AUDIENCE": AUDIENCE}
    )

    assert (settings.admin_issuer, settings.admin_audience) == (f"{ISSUER}/", AUDIENCE)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"BFF_ADMIN_ISSUER": ISSUER}, "BFF_ADMIN_AUDIENCE is not set"),
        ({"BFF_ADMIN_AUDIENCE": AUDIENCE}, "BFF_ADMIN_ISSUER is not set"),
        (
            {"BFF_ADMIN_ISSUER": "http://staff.example.com", "BFF_ADMIN_AUDIENCE": AUDIENCE},
            "BFF_ADMIN_ISSUER is not https",
        ),
        (
            {"BFF_ADMIN_ISSUER": "staff", "BFF_ADMIN_AUDIENCE": AUDIENCE},
            "BFF_ADMIN_ISSUER is no plain URL",
        ),
        (
            {"BFF_ADMIN_ISSUER": ISSUER, "BFF_ADMIN_AUDIENCE": "gatehouse"},
            "BFF_ADMIN_AUDIENCE is BFF_OIDC_CLIENT_ID",
        ),
    ],
)
def test_half_of_it_or_something_weak_is_refused(changes: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings({**PROD, **changes})

    (told,) = raised.value.faults
    assert told.startswith(fault)
