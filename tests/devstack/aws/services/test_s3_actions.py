"""What IAM is asked about an S3 request."""

import pytest

from devstack.aws.errors import AwsError
from devstack.aws.services.s3.actions import copy_source, may_know_of, requests
from devstack.aws.services.s3.deletion import answer_body, deletion, request_body
from devstack.aws.services.s3.headers import passed_on
from devstack.aws.services.s3.operation import s3_call
from devstack.aws.wire import Pairs, WireRequest

BUCKET = "arn:aws:s3:::notes"


def request(method: str, url: str, *headers: tuple[str, str], body: bytes = b"") -> WireRequest:
    path, _, query = url.partition("?")
    pairs: Pairs = tuple(headers)
    return WireRequest(method=method, path=path, query=query, headers=pairs, body=body)


def asked(wire: WireRequest) -> list[tuple[str, str]]:
    return [(r.action, r.resource) for r in requests(s3_call(wire), wire)]


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("GET", "/", [("s3:ListAllMyBuckets", "*")]),
        ("GET", "/notes", [("s3:ListBucket", BUCKET)]),
        ("GET", "/notes/", [("s3:ListBucket", BUCKET)]),
        ("GET", "/notes?list-type=2&prefix=a", [("s3:ListBucket", BUCKET)]),
        ("HEAD", "/notes", [("s3:ListBucket", BUCKET)]),
        ("PUT", "/notes", [("s3:CreateBucket", BUCKET)]),
        ("DELETE", "/notes", [("s3:DeleteBucket", BUCKET)]),
        ("GET", "/notes?location", [("s3:GetBucketLocation", BUCKET)]),
        ("GET", "/notes?versions", [("s3:ListBucketVersions", BUCKET)]),
        ("GET", "/notes?uploads", [("s3:ListBucketMultipartUploads", BUCKET)]),
        ("GET", "/notes/a", [("s3:GetObject", f"{BUCKET}/a")]),
        ("GET", "/notes/a?x-id=GetObject", [("s3:GetObject", f"{BUCKET}/a")]),
        ("GET", "/notes/a%2Fb%20c", [("s3:GetObject", f"{BUCKET}/a/b c")]),
        ("GET", "/notes//a", [("s3:GetObject", f"{BUCKET}//a")]),
        ("HEAD", "/notes/a", [("s3:GetObject", f"{BUCKET}/a")]),
        ("GET", "/notes/a?versionId=3", [("s3:GetObjectVersion", f"{BUCKET}/a")]),
        ("PUT", "/notes/a", [("s3:PutObject", f"{BUCKET}/a")]),
        ("DELETE", "/notes/a", [("s3:DeleteObject", f"{BUCKET}/a")]),
        ("DELETE", "/notes/a?versionId=3", [("s3:DeleteObjectVersion", f"{BUCKET}/a")]),
        ("GET", "/notes/a?acl", [("s3:GetObjectAcl", f"{BUCKET}/a")]),
        ("GET", "/notes/a?acl&versionId=3", [("s3:GetObjectVersionAcl", f"{BUCKET}/a")]),
        ("GET", "/notes/a?tagging", [("s3:GetObjectTagging", f"{BUCKET}/a")]),
        (
            "PUT",
            "/notes/a?tagging&versionId=3",
            [("s3:PutObjectVersionTagging", f"{BUCKET}/a")],
        ),
        (
            "GET",
            "/notes/a?attributes",
            [("s3:GetObjectAttributes", f"{BUCKET}/a"), ("s3:GetObject", f"{BUCKET}/a")],
        ),
        ("POST", "/notes/a?uploads", [("s3:PutObject", f"{BUCKET}/a")]),
        ("PUT", "/notes/a?partNumber=1&uploadId=u", [("s3:PutObject", f"{BUCKET}/a")]),
        ("POST", "/notes/a?uploadId=u", [("s3:PutObject", f"{BUCKET}/a")]),
        ("DELETE", "/notes/a?uploadId=u", [("s3:AbortMultipartUpload", f"{BUCKET}/a")]),
        ("GET", "/notes/a?uploadId=u", [("s3:ListMultipartUploadParts", f"{BUCKET}/a")]),
    ],
)
def test_every_operation_has_its_action(
    method: str, url: str, expected: list[tuple[str, str]]
) -> None:
    assert asked(request(method, url)) == expected


@pytest.mark.parametrize("host", ["127.0.0.1:9500", "127.0.0.1", "localhost:9500", "aws"])
def test_hosts_without_a_bucket_are_taken(host: str) -> None:
    assert s3_call(request("GET", "/notes/a", ("host", host))).bucket == "notes"


@pytest.mark.parametrize("host", ["notes.localhost:9500", "notes.s3.amazonaws.com"])
def test_a_bucket_in_the_hosts_name_is_refused_with_a_hint(host: str) -> None:
    with pytest.raises(AwsError, match="path-style"):
        s3_call(request("GET", "/a", ("host", host)))


def test_a_listing_tells_what_it_lists() -> None:
    wire = request("GET", "/notes?list-type=2&prefix=demo%2Facme%2F&delimiter=%2F&max-keys=5")

    [listing] = requests(s3_call(wire), wire)

    assert listing.context["s3:prefix"] == ("demo/acme/",)
    assert listing.context["s3:delimiter"] == ("/",)
    assert listing.context["s3:max-keys"] == ("5",)


def test_a_listing_without_prefix_has_no_prefix() -> None:
    wire = request("GET", "/notes?list-type=2")

    [listing] = requests(s3_call(wire), wire)

    assert "s3:prefix" not in listing.context


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/notes/a", ("s3:GetObject", f"{BUCKET}/a")),
        ("notes/a%2Fb%20c", ("s3:GetObject", f"{BUCKET}/a/b c")),
        ("notes/a?versionId=3", ("s3:GetObjectVersion", f"{BUCKET}/a")),
        ("other/a", ("s3:GetObject", "arn:aws:s3:::other/a")),
    ],
)
def test_a_copy_reads_its_source(source: str, expected: tuple[str, str]) -> None:
    wire = request("PUT", "/notes/new", ("x-amz-copy-source", source))

    assert asked(wire) == [("s3:PutObject", f"{BUCKET}/new"), expected]


@pytest.mark.parametrize(
    "source",
    ["", "/", "notes", "notes/", "notes/a?x=1", "arn:aws:s3:::notes/a", "notes/a,notes/b?"],
)
def test_a_copy_from_nowhere_is_refused(source: str) -> None:
    wire = request("PUT", "/notes/new", ("x-amz-copy-source", source))

    with pytest.raises(AwsError) as refused:
        copy_source(wire)

    assert refused.value.code == "InvalidArgument"


def test_a_source_is_passed_on_as_it_was_read() -> None:
    wire = request("PUT", "/notes/new", ("x-amz-copy-source", "notes/a%2Fb+c%20?versionId=3"))

    source = copy_source(wire)

    assert source is not None
    assert source.key == "a/b+c "
    assert source.header == "/notes/a/b%2Bc%20?versionId=3"


@pytest.mark.parametrize(
    ("header", "further"),
    [
        (("x-amz-tagging", "a=b"), "s3:PutObjectTagging"),
        (("if-match", '"etag"'), "s3:GetObject"),
    ],
)
def test_some_headers_need_more(header: tuple[str, str], further: str) -> None:
    assert asked(request("PUT", "/notes/a", header)) == [
        ("s3:PutObject", f"{BUCKET}/a"),
        (further, f"{BUCKET}/a"),
    ]


def test_knowing_of_a_key_is_listing_it() -> None:
    question = may_know_of("notes", "demo/acme/x")

    assert (question.action, question.resource) == ("s3:ListBucket", BUCKET)
    assert question.context == {"s3:prefix": ("demo/acme/x",)}


def test_presigned_requests_are_told_from_others() -> None:
    presigned = request("GET", "/notes/a?X-Amz-Algorithm=AWS4-HMAC-SHA256")
    [one] = requests(s3_call(presigned), presigned)
    plain = request("GET", "/notes/a")
    [other] = requests(s3_call(plain), plain)

    assert one.context["s3:authType"] == ("REST-QUERY-STRING",)
    assert other.context["s3:authType"] == ("REST-HEADER",)


class TestHeaders:
    """What reaches the store."""

    def test_only_known_ones_do(self) -> None:
        wire = request(
            "PUT",
            "/notes/a",
            ("authorization", "AWS4…"),
            ("content-type", "text/plain"),
            ("content-encoding", "gzip, aws-chunked"),
            ("cookie", "a=b"),
            ("host", "elsewhere.s3.amazonaws.com"),
            ("user-agent", "region/eu-west-1"),
            ("x-amz-date", "20260101T000000Z"),
            ("x-amz-meta-turn", "7"),
            ("x-amz-security-token", "secret"),
            ("x-forwarded-host", "elsewhere"),
            ("x-moto-account-id", "999999999999"),
        )

        assert passed_on(wire, account="123456789012") == (
            ("content-type", "text/plain"),
            ("content-encoding", "gzip"),
            ("x-amz-meta-turn", "7"),
        )

    def test_framing_alone_is_no_encoding(self) -> None:
        wire = request("PUT", "/notes/a", ("content-encoding", "aws-chunked"))

        assert passed_on(wire, account="123456789012") == ()

    @pytest.mark.parametrize(
        "name",
        [
            "x-amz-acl",
            "x-amz-bypass-governance-retention",
            "x-amz-grant-read",
            "x-amz-object-lock-mode",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-website-redirect-location",
            "x-amz-to-come",
        ],
    )
    def test_one_that_asks_for_more_is_refused(self, name: str) -> None:
        with pytest.raises(AwsError) as refused:
            passed_on(request("PUT", "/notes/a", (name, "x")), account="123456789012")

        assert refused.value.code == "NotImplemented"


class TestDeletion:
    """The XML of DeleteObjects."""

    XML = (
        b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<Object><Key>a&amp;b</Key></Object>"
        b"<Object><Key>c</Key><VersionId>3</VersionId></Object><Quiet>true</Quiet></Delete>"
    )

    def test_it_is_read(self) -> None:
        wanted = deletion(self.XML)

        assert [(doomed.key, doomed.version) for doomed in wanted.objects] == [
            ("a&b", None),
            ("c", "3"),
        ]
        assert wanted.quiet

    def test_only_what_is_allowed_is_passed_on(self) -> None:
        wanted = deletion(self.XML)

        passed = deletion(request_body(wanted, wanted.objects[1:]))

        assert passed.objects == wanted.objects[1:]
        assert passed.quiet

    def test_what_was_refused_is_added_to_the_answer(self) -> None:
        answered = b"<DeleteResult><Deleted><Key>c</Key></Deleted></DeleteResult>"

        told = answer_body(answered, deletion(self.XML).objects[:1])

        assert b"<Deleted><Key>c</Key></Deleted>" in told
        assert b"<Error><Key>a&amp;b</Key><Code>AccessDenied</Code>" in told

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"<Delete/>", id="no objects"),
            pytest.param(b"<Other><Object><Key>a</Key></Object></Other>", id="other document"),
            pytest.param(b"<Delete><Object/></Delete>", id="no key"),
            pytest.param(b"<Delete><Object><Key/></Object></Delete>", id="empty key"),
            pytest.param(
                b"<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>", id="two keys"
            ),
            pytest.param(
                b"<Delete><Object><Key>a</Key><ETag>e</ETag></Object></Delete>", id="condition"
            ),
            pytest.param(
                b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>", id="too many"
            ),
        ],
    )
    def test_what_cannot_be_read_is_refused(self, body: bytes) -> None:
        with pytest.raises(AwsError):
            deletion(body)
