"""An estimate of `PackedPolicySize`, whose real packing AWS keeps to itself.

AWS compresses session policies and tags "into a packed binary format that has a separate limit"
and tells the size in percent. What is publicly known: session tags cost about one percent per 4.5
characters and repetition does not help (9 tags of 252 characters were reported as 498 %), policies
are compressed. So: policies count by their deflated size, tags by their length, and the limit is
set so that a policy of 2,048 varied characters just about fills it. A stand-in that never refuses
would hide that a request with long names and many tags fails in production.
"""

import math
import zlib
from collections.abc import Iterable

DEFLATED_BYTES_PER_PERCENT = 10.0
TAG_CHARS_PER_PERCENT = 4.5


def packed_percent(texts: Iterable[str], tags: Iterable[tuple[str, str]]) -> int:
    """Return the estimated size of policies (and their ARNs) with tags, in percent of the limit."""
    letters = sum(len(key) + len(value) for key, value in tags)
    policies = _deflated_bytes("".join(texts)) / DEFLATED_BYTES_PER_PERCENT
    return math.ceil(policies + letters / TAG_CHARS_PER_PERCENT)


def _deflated_bytes(text: str) -> int:
    if not text:
        return 0
    packer = zlib.compressobj(level=9, wbits=-15)
    return len(packer.compress(text.encode())) + len(packer.flush())
