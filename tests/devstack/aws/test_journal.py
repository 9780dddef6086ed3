"""What survives a restart, proven by restarting."""

import stat
from pathlib import Path
from typing import Any

TABLE, BUCKET, PREFIX = "gatehouse-data", "gatehouse-data", "demo/acme/hello/"
KEY = {"pk": {"S": "APP#demo#TENANT#acme"}, "sk": {"S": "note"}}


def test_objects_and_items_are_there_after_a_restart(start: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    with start("--spares", "0", "--state", str(state)) as gateway:
        grant = gateway.grant("data", "hello", "acme")
        s3, db = gateway.client("s3", grant), gateway.client("dynamodb", grant)
        s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}kept", Body=b"\x00\xff", Metadata={"turn": "7"})
        s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}gone", Body=b"x")
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": f"{PREFIX}gone"}]})
        upload_in_parts(s3, f"{PREFIX}parts")
        db.put_item(TableName=TABLE, Item={**KEY, "n": {"N": "1"}})
        db.update_item(
            TableName=TABLE,
            Key=KEY,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        db.get_item(TableName=TABLE, Key=KEY)

    [journal] = state.iterdir()
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600

    with start("--spares", "0", "--state", str(state)) as gateway:
        grant = gateway.grant("data", "hello", "acme")
        s3, db = gateway.client("s3", grant), gateway.client("dynamodb", grant)
        kept = s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}kept")
        listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)["Contents"]
        parts = s3.get_object(Bucket=BUCKET, Key=f"{PREFIX}parts")
        item = db.get_item(TableName=TABLE, Key=KEY)["Item"]

        assert (kept["Body"].read(), kept["Metadata"]) == (b"\x00\xff", {"turn": "7"})
        assert [entry["Key"] for entry in listed] == [f"{PREFIX}kept", f"{PREFIX}parts"]
        assert (parts["Body"].read(), parts["ContentType"]) == (b"whole", "text/plain")
        assert item["n"] == {"N": "2"}


def upload_in_parts(s3: Any, key: str) -> None:
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key, ContentType="text/plain")
    part = {"Bucket": BUCKET, "Key": key, "UploadId": upload["UploadId"]}
    etag = s3.upload_part(**part, PartNumber=1, Body=b"whole")["ETag"]
    s3.complete_multipart_upload(
        **part, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]}
    )


def test_reading_writes_nothing_down(start: Any, tmp_path: Path) -> None:
    with start("--spares", "0", "--state", str(tmp_path)) as gateway:
        grant = gateway.grant("data", "hello", "acme")
        gateway.client("s3", grant).list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)
        gateway.client("dynamodb", grant).get_item(TableName=TABLE, Key=KEY)

    assert list(tmp_path.iterdir()) == []
