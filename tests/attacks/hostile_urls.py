"""Return addresses that want to lead away, put together from the ways in which each may lie.

A parser and a decoder disagree in one place at a time: how a host begins, how it is spelled, who
is named before it, what is invisible, what is encoded. Each list below varies one of them.
"""

from itertools import product
from urllib.parse import quote

from fakes.proxy.redirects import HOSTILE

EVIL = "evil.example"
OURS = "app.example"

BEGINNINGS = ["//", "/\\", "\\\\", "\\/", "///", "https:", "https:/", "https://", "HTTPS:\\\\"]
"""After these, a browser reads a host."""

SPELLINGS = [
    "EVIL.EXAMPLE",
    "evil.example.",
    "evil.example:8443",
    "evil.example:",
    "evil%2eexample",
    "%65vil.example",
    "evil\u3002example",
    "evil\uff0eexample",
    "evil\uff61example",
    "\uff45\uff56\uff49\uff4c.example",
    "\u24d4\u24e5\u24d8\u24db.example",
    "\U0001d41e\U0001d42f\U0001d422\U0001d425.example",
    "e\u00advil.example",
    "e\u200bvil.example",
    "\u202eelpmaxe.live",
    "xn--80ak6aa92e.example",
    "app.example.evil.example",
    "app.exampleevil.example",
    "app-example.evil.example",
    "192.0.2.66",
    "192.0.578",
    "192.578",
    "3221225794",
    "0xC0000242",
    "0300.0.02.0102",
    "030000001102",
    "0xc0.0.0x2.0x42",
    "0xc0.0.2.0102",
    "[::ffff:192.0.2.66]",
    "[::ffff:c000:242]",
    "[2001:db8::66]",
    "[0:0:0:0:0:0:0:1]",
    "127.1",
    "0",
    "\u2460\u24ea.\u2460",
]
"""One host, as it may be written."""

NAMED_BEFORE = [
    "app.example@",
    "app.example:443@",
    "app.example%40",
    "@",
    ":@",
    ":secret@",
    ";@",
    "app.example;@",
    "app.example&@",
    "app.example+&@",
    "app.example%00@",
    "app.example%09@",
    "app.example%20@",
    "app.example%23@",
    "app.example%2f@",
    "app.example%2f%2e%2e@",
    "app.example%3f@",
    "app.example%5c@",
    "app.example%5b@",
    "app.example\\@",
    "app.example:443\\@",
    "app.example\t@",
    "app.example @",
    "app.example\u2028@",
    "app.example\uff20",
    "@app.example@",
    "app.example@app.example@",
    "https%3a%2f%2fapp.example%2f@",
]
"""Who seems to be meant, to those who do not look as far as the host."""

INVISIBLE = [
    *map(chr, range(0x21)),
    "\x7f",
    "\x85",
    "\xa0",
    "\xad",
    "\u1680",
    "\u180e",
    "\u2000",
    "\u200b",
    "\u200d",
    "\u200e",
    "\u200f",
    "\u2028",
    "\u2029",
    "\u202a",
    "\u202e",
    "\u2060",
    "\u2066",
    "\u2069",
    "\u3000",
    "\ufe0f",
    "\ufeff",
    "\ufffd",
    "\U000e0020",
]
"""What some readers drop, trim, or stop at; others do not."""

PLACES = ["{}//evil.example", "/{}/evil.example", "/{}\\evil.example", "ht{}tps://evil.example"]
"""Where something invisible hides a host."""

SLASHES = [
    "%2f",
    "%2F",
    "%5c",
    "%5C",
    "%252f",
    "%255c",
    "%25252f",
    "%25255C",
    "%%32%66",
    "%%35%63",
    "%2%66",
    "%c0%af",
    "%c0%2f",
    "%c1%9c",
    "%e0%80%af",
    "%f0%80%80%af",
    "%25c0%25af",
    "%u002f",
    "%u005c",
    "\\x2f",
    "\\u002f",
    "&#47;",
    "&sol;",
    "&bsol;",
    "\uff0f",
    "\uff3c",
    "\ufe68",
    "\u2044",
    "\u2215",
    "\u2216",
    "\u29f5",
    "\u29f8",
    "\u3031",
    "\u30fc",
    "%ef%bc%8f",
    "%ef%bc%bc",
    "%ef%b9%a8",
    "%e2%81%84",
    "%e3%80%b1",
    "%25ef%25bc%258f",
]
"""What some decoder, or some normal form, makes a slash of."""

AFTER_A_SLASH = ["/{}evil.example", "/{0}{0}evil.example", "{0}{0}evil.example", "{0}/evil.example"]

DOTS = [
    ".",
    "..",
    "%2e",
    "%2E%2e",
    ".%2e",
    "%252e%252e",
    "\u2024\u2024",
    "\uff0e\uff0e",
    "..;",
    "...;",
]
"""A step on the way, which is taken before or after somebody looks."""

STEPS = [
    "/{}//evil.example",
    "/{}/\\evil.example",
    "/{0}/{0}//evil.example",
    "/chats/{}//evil.example",
    "/chats/{0}/{0}//evil.example",
    "//evil.example/{}",
    "///evil.example/{0}/{0}",
    "{}//evil.example",
    "/{}%2f%2fevil.example",
    "/{}%5cevil.example",
]

SCHEMES = [
    "javascript",
    "JaVaScRiPt",
    "java\nscript",
    "java\tscript",
    "java\x00script",
    "java%0ascript",
    "java&Tab;script",
    "&#106;avascript",
    "\\x6aavascript",
    "\uff4aavascript",
    "data",
    "vbscript",
    "file",
    "blob",
    "about",
    "view-source",
    "intent",
    "ws",
    "wss",
    "ftp",
    "gopher",
    "mailto",
    "tel",
    "ms-word",
    "filesystem",
    "jar",
    "feed",
]

BEHIND_A_SCHEME = [
    "{}:alert(1)",
    "{}://evil.example/%0aalert(1)",
    "{}%3aalert(1)",
    "/{}:alert(1)",
    "//{}:alert(1)",
    " {}:alert(1)",
    "/\\{}://evil.example",
]

CHAINED = [
    "/auth/login?return_to=//evil.example",
    "/auth/login?return_to=%2f%2fevil.example",
    "/auth/login?return_to=%252f%252fevil.example",
    "/auth/callback?next=https://evil.example",
    "/redirect?url=//evil.example&next=/",
    "/?return_to=https:evil.example",
    "/?//evil.example",
    "/?/../..//evil.example",
    "/?\\evil.example",
    "/#//evil.example",
    "/;//evil.example",
    "/,//evil.example",
    "/.evil.example",
    "/@evil.example",
    "/:80//evil.example",
    "/:@evil.example",
    "/%40evil.example",
    "/https://evil.example",
    "/https:%2f%2fevil.example",
    "/x:1/:///%01javascript:alert(1)/",
    "https://app.example//evil.example",
    "https://app.example/../..//evil.example",
    "https://app.example/https://evil.example",
    "https://app.example:8443/",
    "http://app.example/",
    "https://app.example",
    "//app.example",
    "//app.example//evil.example",
    "//app.example/%2f%2fevil.example",
    "/\r\nLocation: https://evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/%250d%250aLocation:%2520https://evil.example",
    "/%E5%98%8D%E5%98%8ALocation:https://evil.example",
    "/\u560d\u560aLocation:https://evil.example",
    "/\r\n\r\n<script>alert(1)</script>",
    '/"onload="alert(1)',
    "/';alert(1)//",
    "/</noscript><script>alert(1)</script>",
    "/%3c/script%3e%3cscript%3ealert(1)%3c/script%3e",
    "/0;url=//evil.example",
    "/;url=https://evil.example",
    "/,https://evil.example",
    "/%ed%a0%80//evil.example",
    "/%ff%fe//evil.example",
    "/%",
    "/%2",
    "/%zz//evil.example",
    "/%%2f",
    "",
    " ",
    "/ ",
    ".",
    "?",
    "#",
    "%",
]

LONG = [
    "/" + "a" * 2048,
    "/" + "a" * 100_000,
    "/" * 2048 + EVIL,
    "/" + "../" * 600 + f"/{EVIL}",
    "/" + "%25" * 700 + "2f" + EVIL,
    "/" + "a/" * 1020 + "//\\",
    f"//{'a.' * 900}{EVIL}",
    f"//{'a' * 1000}@{EVIL}",
    f"//{EVIL}/{'a' * 3000}",
]

_PLAIN = [
    *map("".join, product(BEGINNINGS, SPELLINGS)),
    *(
        f"{start}{before}{EVIL}"
        for start, before in product(["//", "/\\", "https://"], NAMED_BEFORE)
    ),
    *(f"{start}{EVIL}{mark}@{OURS}/" for start in ("//", "https://") for mark in "#/?\\;"),
    *(place.format(char) for place, char in product(PLACES, INVISIBLE)),
    *(place.format(slash) for place, slash in product(AFTER_A_SLASH, SLASHES)),
    *(step.format(dots) for step, dots in product(STEPS, DOTS)),
    *(form.format(scheme) for form, scheme in product(BEHIND_A_SCHEME, SCHEMES)),
    *CHAINED,
    *LONG,
]

_TO_ENCODE = ["//evil.example", "/\\evil.example", "/\t/evil.example", "/..//evil.example", *PLACES]

_ENCODED = [
    *(f"/{quote(quote(char, safe=''), safe='')}/{EVIL}" for char in INVISIBLE),
    *(f"/{quote(char, safe='')}/{EVIL}" for char in INVISIBLE),
    *(quote(raw, safe=safe) for raw in _TO_ENCODE for safe in ("", "/", ":/")),
    *(quote(quote(raw, safe=safe), safe="/") for raw in _TO_ENCODE for safe in ("", "/")),
    *("/" + "".join(f"%{ord(char):02x}" for char in raw[1:]) for raw in _TO_ENCODE),
]

HOSTILE_URLS: list[str] = list(dict.fromkeys([*HOSTILE, *_PLAIN, *_ENCODED]))
"""All of them, each once."""

HALF_CHARACTERS = [
    "\ud800",
    "/\udfff/evil.example",
    "//evil\ud83d.example",
    "/\udc80\\evil.example",
]
"""No text, so they have no address of their own; a query may still try to carry them."""
