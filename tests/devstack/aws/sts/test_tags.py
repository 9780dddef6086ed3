"""Session tags among each other ("Passing session tags in AWS STS": keys know no case)."""

import pytest

from devstack.aws.errors import AwsError
from devstack.aws.sts.tags import SessionTags, check_together, inherited, merged


def test_transitive_keys_are_found_whatever_their_case() -> None:
    tags = SessionTags(pairs=(("Tenant_Id", "acme"),), transitive_keys=("tenant_ID",))

    check_together(tags, inherited_keys=("app_id",))


def test_an_inherited_key_cannot_be_passed_again_in_other_letters() -> None:
    tags = SessionTags(pairs=(("tenant_id", "globex"),))

    with pytest.raises(AwsError, match="conflicts"):
        check_together(tags, inherited_keys=("Tenant_Id",))


def test_what_is_inherited_keeps_its_spelling() -> None:
    tags = {"Tenant_Id": "acme", "app_id": "demo"}

    assert inherited(tags, ("tenant_ID",)) == {"Tenant_Id": "acme"}
    assert inherited(tags, ()) == {}


def test_a_later_layer_replaces_an_earlier_one_and_brings_its_spelling() -> None:
    assert merged({"Team": "a", "x": "1"}, {"TEAM": "b"}, {"y": "2"}) == {
        "TEAM": "b",
        "x": "1",
        "y": "2",
    }
