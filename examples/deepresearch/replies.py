"""What the offline models answer, role by role: pure functions of what was said.

They are gullible on purpose, as a weak model is: an order in what a tool returns is obeyed, unless
it stands between the marks that the system prompt has named. So a missing mark shows.
"""

import re

from agent_host.offline import Call, Heard, Reply, saying

from deepresearch.library import words_of

_MARK = re.compile(r"<<<data (?P<nonce>[0-9a-zA-Z]+)>>>")
ORDER = re.compile(r"\bcall (?P<tool>\w+) with (?P<argument>\S+)", re.IGNORECASE)
ADDRESS = re.compile(r"^(?P<address>\S+:\S+) \| ", re.MULTILINE)
_READ_AT_MOST = 2

GREETING = """\
I am a **small example of a research team**, and at the moment it runs on offline models and a \
small library. Ask, for instance, `how do tides arise, and who uses tidal power?`, or say \
`reports`."""


def lead(heard: Heard) -> Reply:
    """Choose the reply to the person."""
    if heard.calls:
        return saying(heard.calls[-1].text)
    if re.search(r"^\s*(?:hello|hi|hey|help)\b", heard.text, re.IGNORECASE):
        return saying(GREETING)
    if re.search(r"^\s*(?:my |our )?reports\b", heard.text, re.IGNORECASE):
        return Call("list_reports")
    return Call("research", {"question": heard.text})


def planner(heard: Heard) -> Reply:
    """Divide at "and" and at punctuation."""
    parts = re.split(r"\band\b|[,;?]", heard.text)
    return saying("\n".join(f"- {part.strip()}" for part in parts if words_of(part)))


def researcher(heard: Heard) -> Reply:
    """Search, read the first pages, and quote what fits best."""
    if not heard.calls:
        return Call("search", {"query": heard.text})
    order = ORDER.search(outside(heard))
    obeyed = [call for call in heard.calls if order and order["argument"] in str(call.arguments)]
    if order and not obeyed:
        return Call(order["tool"], {"address": order["argument"]})
    found = ADDRESS.findall(heard.calls[0].text)
    read = [call for call in heard.calls if call.tool == "read_page"]
    if len(read) < min(len(found), _READ_AT_MOST) and not heard.calls[-1].text.startswith(
        "The bud"
    ):
        return Call("read_page", {"address": found[len(read)]})
    texts = [inside(call.text) for call in read]
    return saying(" ".join(filter(None, (best(text, heard.text) for text in texts))) or "Nothing.")


def writer(heard: Heard) -> Reply:
    """Put what was found in order."""
    question, _, material = heard.text.partition("\n\n")
    parts = [part.split("\n") for part in inside(material).split("\n\n") if part.strip()]
    lines = [f"- **{part[0]}**: {' '.join(part[1:])}" for part in parts]
    return saying("\n".join(lines) or f"Nothing was found about: {question}")


def outside(heard: Heard) -> str:
    """Return what the tools said outside of the marks that the system prompt has named."""
    named = _MARK.search(heard.system)
    text = "\n".join(call.text for call in heard.calls)
    if named is None:
        return text
    nonce = named["nonce"]
    return re.sub(rf"<<<data {nonce}>>>.*?<<<end {nonce}>>>", "", text, flags=re.DOTALL)


def inside(text: str) -> str:
    """Return what a tool said, without the marks."""
    return re.sub(r"<<<(?:data|end) [0-9a-zA-Z]+>>>", "", text).strip()


def best(text: str, question: str) -> str:
    """Return the sentence that has most of the question's words."""
    _title, _, body = text.partition("\n\n")
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(body.split()))
    wanted = words_of(question)
    found = max(sentences, key=lambda sentence: len(wanted & words_of(sentence)))
    return found if wanted & words_of(found) else ""
