"""Reading what policies are written in, and refusing everything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.vault.policy.hcl import Block, read
from devstack.vault.policy.tokens import PolicyMalformed


def test_paths_with_lists_objects_and_comments_are_read() -> None:
    document = read(
        """
        name = "reader" # whose it is
        // the client's secret
        path "secret/data/\\u0061" {
          capabilities = ["read", "list",] /* nothing
          more */
          allowed_parameters = { "a" = [], b = [1, -2, 2.5, true, false] }
          required_parameters = []
        }
        """
    )

    assert document.attributes == {"name": "reader"}
    assert document.blocks == (
        Block(
            kind="path",
            label="secret/data/a",
            body={
                "capabilities": ["read", "list"],
                "allowed_parameters": {"a": [], "b": [1, -2, 2.5, True, False]},
                "required_parameters": [],
            },
        ),
    )


def test_an_object_needs_no_sign_before_it() -> None:
    (block,) = read('path "a" {\n denied_parameters {\n x = []\n }\n}').blocks

    assert block.body == {"denied_parameters": {"x": []}}


def test_json_is_taken_as_well() -> None:
    text = '{"name": "n", "path": {"a/b": {"capabilities": ["read"]}}}'
    listed = '{"path": [{"a": {}}, {"a": {}}]}'

    assert read(text).blocks == (Block(kind="path", label="a/b", body={"capabilities": ["read"]}),)
    assert [block.label for block in read(listed).blocks] == ["a", "a"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('path "a" {', id="never closed"),
        pytest.param('path "a', id="open text"),
        pytest.param('path "a" { capabilities ["read"] }', id="no sign"),
        pytest.param('path "a" { capabilities = read }', id="no value"),
        pytest.param('path "a" { capabilities = ["read" "list"] }', id="no comma"),
        pytest.param('path "a" { = 1 }', id="no name"),
        pytest.param('path "a" { x = <<EOT\nhidden\nEOT\n}', id="here document"),
        pytest.param('path "a" { x = ["read"], x = ["deny"] }', id="twice"),
        pytest.param('path "a" { x = ' + "[" * 40 + "]" * 40 + " }", id="deep"),
        pytest.param('path "a" { x = ' + "{ a = " * 40 + "1" + "}" * 40 + " }", id="deep object"),
        pytest.param('path "a\nb" { }', id="text over lines"),
        pytest.param('{"path": {"a": {"x": 1, "x": 2}}}', id="twice in JSON"),
        pytest.param('{"path": "a"}', id="no paths in JSON"),
        pytest.param('{"path": {"a": "read"}}', id="no object in JSON"),
        pytest.param("{" * 100_000, id="deep JSON"),
        pytest.param("}", id="closed without being open"),
        pytest.param('path "a" {} /*', id="open comment"),
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyMalformed):
        read(text)


@given(st.text(alphabet='path "a{}[]=,#/*\n\\1-', max_size=60))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    try:
        document = read(text)
    except PolicyMalformed:
        return
    assert all(isinstance(block.label, str) for block in document.blocks)


def test_a_fault_says_its_line() -> None:
    with pytest.raises(PolicyMalformed, match="line 3"):
        read('path "a" {\n\n  capabilities read\n}')
