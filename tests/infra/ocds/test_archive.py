"""A zip's bytes follow from its contents, and say nothing of who made it."""

import os
import zipfile
from io import BytesIO

import pytest

from ocds.archive import Compression, unzipped, zipped, zlib_of
from ocds.entry import Entry
from ocds.errors import SourceRefused

FILES = [
    Entry(path="b/two.py", data=b"2" * 500),
    Entry(path="a.py", data=b"1"),
    Entry(path="start", data=b"#!/bin/sh\n", executable=True),
]


def test_the_order_of_the_files_and_the_builders_umask_change_nothing() -> None:
    before = os.umask(0o077)
    try:
        first = zipped(FILES)
    finally:
        os.umask(before)

    assert zipped(reversed(FILES)) == first


def test_times_modes_and_system_are_fixed() -> None:
    with zipfile.ZipFile(BytesIO(zipped(FILES))) as archive:
        infos = archive.infolist()

    assert [info.filename for info in infos] == ["a.py", "b/two.py", "start"]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert [oct(info.external_attr >> 16) for info in infos] == ["0o100644", "0o100644", "0o100755"]
    assert {(info.create_system, info.compress_type, info.extra) for info in infos} == {(3, 0, b"")}


def test_what_was_zipped_is_unzipped() -> None:
    assert unzipped(zipped(FILES)) == sorted(FILES, key=lambda entry: entry.path)


def test_deflated_is_smaller_and_names_the_zlib_that_it_depends_on() -> None:
    deflated = zipped(FILES, Compression.DEFLATE)

    assert len(deflated) < len(zipped(FILES)) - 400
    assert unzipped(deflated) == unzipped(zipped(FILES))
    assert zlib_of(Compression.DEFLATE)
    assert not zlib_of(Compression.STORED)


def test_one_path_twice_is_refused() -> None:
    with pytest.raises(SourceRefused, match=r"the path a\.py"):
        zipped([*FILES, Entry(path="a.py", data=b"another")])
