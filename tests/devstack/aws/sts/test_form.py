"""Reading lists out of a form."""

from devstack.aws.sts.form import members


def test_members_come_in_the_order_of_their_numbers() -> None:
    form = {"Tags.member.10.Key": "c", "Tags.member.2.Key": "b", "Tags.member.1.Key": "a"}

    assert members(form, "Tags", field="Key") == ("a", "b", "c")


def test_a_member_without_the_field_is_none() -> None:
    form = {"Tags.member.1.Key": "a", "Tags.member.2.Value": "v"}

    assert members(form, "Tags", field="Key") == ("a", None)


def test_a_list_of_texts_has_no_fields() -> None:
    form = {"TransitiveTagKeys.member.1": "a", "Tags.member.1.Key": "x", "Tags.member.x": "y"}

    assert members(form, "TransitiveTagKeys") == ("a",)
    assert members({}, "TransitiveTagKeys") == ()
