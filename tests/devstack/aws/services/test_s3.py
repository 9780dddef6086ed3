"""S3 through the gateway, as boto3 speaks it."""

import base64
import hashlib
import html
import io
import uuid
import zlib
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

BUCKET = "gatehouse-data"
OWN = "demo/acme/hello/"


@pytest.fixture(scope="module")
def grant(shared_gateway: Any) -> Any:
    return shared_gateway.grant("data", "hello", "acme")


@pytest.fixture(scope="module")
def s3(shared_gateway: Any, grant: Any) -> Any:
    return shared_gateway.client("s3", grant)


def fresh(name: str = "") -> str:
    return f"{OWN}{uuid.uuid4()}{name}"


@pytest.mark.parametrize(
    "name",
    [
        "plain.txt",
        "with space+plus",
        "ü/é/日本.txt",
        "a//b",
        "a/../b",
        "./a",
        "percent%2Fsign",
        "what?and#hash&amp=1",
        "tail/",
        "brackets[]{}()'!*~:@,;$",
    ],
)
def test_any_key_is_kept_as_it_is(s3: Any, name: str) -> None:
    key = fresh("/" + name)
    s3.put_object(Bucket=BUCKET, Key=key, Body=name.encode())

    read = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["Contents"]

    assert read == name.encode()
    assert [entry["Key"] for entry in listed] == [key]


@pytest.mark.parametrize("key", ["/leading", "//", "a/", ".", "..", "../up", "\\back", "tab\t"])
def test_odd_keys_are_only_names(shared_gateway: Any, key: str) -> None:
    admin = shared_gateway.client("s3", shared_gateway.admin)
    admin.put_object(Bucket=BUCKET, Key=key, Body=key.encode())

    assert admin.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    admin.delete_object(Bucket=BUCKET, Key=key)


def test_an_object_keeps_its_metadata_and_type(s3: Any) -> None:
    key = fresh()
    s3.put_object(
        Bucket=BUCKET,
        Key=key,
        Body=b"{}",
        ContentType="application/json",
        CacheControl="no-store",
        Metadata={"turn": "7", "agent_name": "hello"},
    )

    head = s3.head_object(Bucket=BUCKET, Key=key)

    assert head["ContentLength"] == 2
    assert head["ContentType"] == "application/json"
    assert head["CacheControl"] == "no-store"
    assert head["Metadata"] == {"turn": "7", "agent_name": "hello"}


def test_an_object_is_copied_within_the_prefix(s3: Any) -> None:
    source, target = fresh("/ü +"), fresh()
    s3.put_object(Bucket=BUCKET, Key=source, Body=b"original")

    s3.copy_object(Bucket=BUCKET, Key=target, CopySource={"Bucket": BUCKET, "Key": source})

    assert s3.get_object(Bucket=BUCKET, Key=target)["Body"].read() == b"original"


def test_a_large_object_is_uploaded_in_parts(s3: Any) -> None:
    key = fresh()
    first, second = b"a" * 5 * 1024 * 1024, b"b" * 10
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    parts = []
    for number, body in enumerate((first, second), start=1):
        part = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": part["ETag"]})

    s3.complete_multipart_upload(
        Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}
    )

    assert s3.head_object(Bucket=BUCKET, Key=key)["ContentLength"] == len(first) + len(second)


def test_an_upload_in_parts_can_be_given_up(shared_gateway: Any) -> None:
    s3 = shared_gateway.client("s3", shared_gateway.admin)
    key = fresh()
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
    assert s3.list_parts(Bucket=BUCKET, Key=key, UploadId=upload)["UploadId"] == upload

    s3.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload)

    with pytest.raises(ClientError) as error:
        s3.list_parts(Bucket=BUCKET, Key=key, UploadId=upload)
    assert error.value.response["Error"]["Code"] == "NoSuchUpload"


def test_many_objects_are_deleted_at_once(s3: Any) -> None:
    keys = [fresh("/<&>"), fresh()]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")

    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})

    assert {entry["Key"] for entry in answer["Deleted"]} == set(keys)
    assert "Errors" not in answer


def test_where_no_deletion_is_allowed_each_is_an_error(s3: Any) -> None:
    key = "demo/globex/hello/x"

    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key}]})

    assert answer["Errors"] == [{"Key": key, "Code": "AccessDenied", "Message": "Access Denied"}]
    assert "Deleted" not in answer


class TestAbsence:
    """403 or 404: whether a key exists is told only to those who may list it."""

    def test_who_may_list_the_prefix_is_told(self, s3: Any) -> None:
        with pytest.raises(ClientError) as error:
            s3.get_object(Bucket=BUCKET, Key=fresh())

        assert error.value.response["Error"]["Code"] == "NoSuchKey"

    def test_who_may_list_the_prefix_is_told_by_head(self, s3: Any) -> None:
        with pytest.raises(ClientError) as error:
            s3.head_object(Bucket=BUCKET, Key=fresh())

        assert error.value.response["Error"]["Code"] == "404"

    @pytest.mark.parametrize("operation", ["get_object", "head_object"])
    def test_who_may_not_list_is_not(self, shared_gateway: Any, operation: str) -> None:
        s3 = self._without_list(shared_gateway)

        with pytest.raises(ClientError) as error:
            getattr(s3, operation)(Bucket=BUCKET, Key=fresh())

        assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403

    def test_a_copy_does_not_tell_either(self, shared_gateway: Any) -> None:
        s3 = self._without_list(shared_gateway)

        with pytest.raises(ClientError) as error:
            s3.copy_object(
                Bucket=BUCKET, Key=fresh(), CopySource={"Bucket": BUCKET, "Key": fresh()}
            )

        assert error.value.response["Error"]["Code"] == "AccessDenied"

    @staticmethod
    def _without_list(gateway: Any) -> Any:
        objects = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": f"arn:aws:s3:::{BUCKET}/{OWN}*",
                }
            ],
        }
        return gateway.client("s3", gateway.grant("data", "hello", "acme", policy=objects))


class TestPresigned:
    """Requests that are signed in their query."""

    @pytest.fixture
    def presigning(self, shared_gateway: Any, grant: Any) -> Any:
        return shared_gateway.client("s3", grant, signature_version="s3v4")

    def test_they_are_served_to_whoever_holds_the_url(self, presigning: Any) -> None:
        key = fresh("/ü +")
        presigning.put_object(Bucket=BUCKET, Key=key, Body=b"shared")
        url = presigning.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key})

        assert httpx.get(url).content == b"shared"

    def test_they_can_upload(self, presigning: Any) -> None:
        key = fresh()
        url = presigning.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": key})

        assert httpx.put(url, content=b"up").status_code == 200
        assert presigning.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"up"

    def test_they_are_for_one_object_only(self, presigning: Any) -> None:
        key = fresh()
        url = presigning.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key})

        answer = httpx.get(url.replace(key, key[:-1]))

        assert answer.status_code == 403
        assert "<Code>SignatureDoesNotMatch</Code>" in answer.text

    def test_the_older_signature_is_refused_with_a_hint(
        self, shared_gateway: Any, grant: Any
    ) -> None:
        older = shared_gateway.client("s3", grant)
        url = older.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})

        answer = httpx.get(url)

        assert answer.status_code == 400
        assert "signature_version='s3v4'" in html.unescape(answer.text)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        pytest.param("GET", f"/{BUCKET}?analytics", {}, id="unknown sub-resource"),
        pytest.param("GET", f"/{BUCKET}?acl&tagging", {}, id="two sub-resources"),
        pytest.param("GET", f"/{BUCKET}/k?torrent", {}, id="torrent"),
        pytest.param("POST", f"/{BUCKET}/k?select&select-type=2", {}, id="select"),
        pytest.param("POST", f"/{BUCKET}", {}, id="form upload"),
        pytest.param("PUT", f"/{BUCKET}/k?retention", {}, id="retention"),
        pytest.param("PUT", f"/{BUCKET}/k", {"x-amz-acl": "public-read"}, id="access list"),
        pytest.param(
            "PUT", f"/{BUCKET}/k", {"x-amz-object-lock-mode": "COMPLIANCE"}, id="object lock"
        ),
        pytest.param("PUT", f"/{BUCKET}/k", {"x-amz-rename-source": f"/{BUCKET}/o"}, id="rename"),
        pytest.param("OPTIONS", f"/{BUCKET}", {}, id="another method"),
    ],
)
def test_what_is_not_known_is_not_done_even_for_the_administrator(
    shared_gateway: Any, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = shared_gateway.signed(
        "s3", shared_gateway.admin, method=method, path=path, headers=headers
    )

    assert answer.status_code == 501
    assert "<Code>NotImplemented</Code>" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"//{BUCKET}/k", id="empty bucket"),
        pytest.param("/UPPER/k", id="upper case"),
        pytest.param("/..%2F/k", id="dots"),
        pytest.param("/_local/k%00", id="not a bucket's name"),
        pytest.param(f"/{BUCKET}?prefix=a&prefix=b", id="parameter twice"),
        pytest.param(f"/{BUCKET}/" + "k" * 1025, id="key too long"),
        pytest.param(f"/{BUCKET}/%FF", id="key not UTF-8"),
    ],
)
def test_malformed_requests_are_refused(shared_gateway: Any, path: str) -> None:
    answer = shared_gateway.signed("s3", shared_gateway.admin, method="GET", path=path)

    assert 400 <= answer.status_code < 500


def test_the_expected_owner_is_checked(shared_gateway: Any) -> None:
    s3 = shared_gateway.client("s3", shared_gateway.admin)
    own, other = "123456789012", "999999999999"

    assert s3.list_objects_v2(Bucket=BUCKET, ExpectedBucketOwner=own)
    with pytest.raises(ClientError) as error:
        s3.list_objects_v2(Bucket=BUCKET, ExpectedBucketOwner=other)
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_no_answer_is_for_other_origins(shared_gateway: Any) -> None:
    answer = shared_gateway.signed(
        "s3",
        shared_gateway.admin,
        method="GET",
        path=f"/{BUCKET}",
        headers={"origin": "http://evil.example"},
    )

    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]


class TestOverTls:
    """Bodies as boto3 sends them over https: signed for https, then carried over http."""

    @pytest.fixture
    def sent(self) -> list[AWSPreparedRequest]:
        return []

    @pytest.fixture
    def tls(
        self, shared_gateway: Any, grant: Any, sent: list[AWSPreparedRequest]
    ) -> Generator[Callable[..., Any]]:
        session = URLLib3Session()

        def carry(request: AWSPreparedRequest, **_: object) -> AWSResponse:
            sent.append(request)
            request.url = request.url.replace("https://", "http://")
            return session.send(request)

        def client(**config: Any) -> Any:
            encrypted = replace(
                shared_gateway, url=shared_gateway.url.replace("http://", "https://")
            )
            made = encrypted.client("s3", grant, **config)
            made.meta.events.register("before-send.s3", carry)
            return made

        yield client
        session.close()

    def test_a_stream_comes_in_chunks_with_its_checksum_behind(
        self, tls: Callable[..., Any], sent: list[AWSPreparedRequest], s3: Any
    ) -> None:
        key, body = fresh(), b"streamed " * 100_000

        tls().put_object(Bucket=BUCKET, Key=key, Body=io.BytesIO(body), ContentType="text/plain")

        assert sent[0].headers["x-amz-content-sha256"] == b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        read = s3.get_object(Bucket=BUCKET, Key=key, ChecksumMode="ENABLED")
        assert read["Body"].read() == body
        assert read["ChecksumCRC32"] == base64.b64encode(zlib.crc32(body).to_bytes(4)).decode()
        assert "ContentEncoding" not in read

    def test_a_content_encoding_of_the_objects_own_is_kept(
        self, tls: Callable[..., Any], s3: Any
    ) -> None:
        key = fresh()

        tls().put_object(Bucket=BUCKET, Key=key, Body=io.BytesIO(b"zip"), ContentEncoding="gzip")

        assert s3.head_object(Bucket=BUCKET, Key=key)["ContentEncoding"] == "gzip"

    def test_a_body_need_not_be_signed(
        self, tls: Callable[..., Any], sent: list[AWSPreparedRequest], s3: Any
    ) -> None:
        key = fresh()

        tls(request_checksum_calculation="when_required").put_object(
            Bucket=BUCKET, Key=key, Body=b"unsigned", ContentMD5=md5(b"unsigned")
        )

        assert sent[0].headers["x-amz-content-sha256"] == b"UNSIGNED-PAYLOAD"
        assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"unsigned"

    def test_a_read_is_served(self, tls: Callable[..., Any], s3: Any) -> None:
        key = fresh()
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"read me")

        assert tls().get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"read me"


def md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
