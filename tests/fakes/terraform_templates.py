"""IAM documents as Terraform fills them, read from the `.tf` files: `replace()` chains, done here.

Just the forms that the modules use: `file("…/policies/name.json")` or `local.filled["name"]`,
wrapped in `replace(…, "what", value)`, and where a map of such documents goes through one more
chain for all of them, that chain (`replace(each.value, …)`) as well.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fakes.policy_templates import FOLDER, VALUES

INFRA = FOLDER.parent
_SOURCE = re.compile(
    r'file\("[^"]*policies\}?/(?P<file>[a-z-]+)\.json"\)|local\.filled\["(?P<filled>[a-z-]+)"\]'
)
_ATTRIBUTE = re.compile(r"\b(?:assume_role_policy|policy|policy_document)\s*=\s*\Z")
_BY_NAME = {
    r"local\.filled\[each\.value\.name\]": r"^\s+(invoke-role[a-z-]*)\s+=",
    r"local\.filled\[runner\.sessions\]": r"\bsessions = \"([a-z-]+)\"",
    r"local\.filled\[each\.value\.trust\]": r"\btrust = \"([a-z-]+)\"",
}
"""How templates are taken that are named elsewhere, and how they are named there."""
_PLACEHOLDER = re.compile(r'(?P<quote>"?)@(?P<name>[A-Z_]+)@(?P=quote)')
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')


class NotRendered(AssertionError):
    """A chain that would leave or make something else than meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """One `replace()`: what for, and the value's expression."""

    what: str
    value: str

    def applied(self, text: str) -> str:
        """Return the document after it, with this deployment's values. Raises NotRendered."""
        if self.what not in text:
            raise NotRendered(f"{self.what} is replaced, but does not stand there")
        found = _PLACEHOLDER.fullmatch(self.what)
        return text if found is None else text.replace(self.what, self._sample(found))

    def _sample(self, found: re.Match[str]) -> str:
        value, whole = VALUES[found["name"]], bool(found["quote"])
        if whole is not self.value.startswith("jsonencode("):
            raise NotRendered(f"{self.what}: the quotation marks go with jsonencode(), only")
        if isinstance(value, list) and not whole:
            raise NotRendered(f"{self.what} is a list, and is replaced as a text")
        if whole:
            return json.dumps([value] if isinstance(value, str) else value)
        return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """One use of a template."""

    where: str
    template: str
    chain: Sequence[Replacement]

    def text(self) -> str:
        """Return the document as AWS gets it. Raises NotRendered."""
        text = (FOLDER / f"{self.template}.json").read_text(encoding="utf-8")
        for replacement in self.chain:
            # What is there for all documents of a map need not stand in each.
            if replacement.what in text:
                text = replacement.applied(text)
        return text


@cache
def renderings() -> tuple[Rendering, ...]:
    """Return every use of a template in Terraform code."""
    folders = sorted({path.parent for path in _files(INFRA)})
    return tuple(rendering for folder in folders for rendering in _of_module(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.tf") if ".terraform" not in path.parts)


def _of_module(folder: Path) -> Iterator[Rendering]:
    code = {path: _code(path) for path in folder.glob("*.tf")}
    whole = "\n".join(code.values())
    before = _chain_of(whole, r"\btext(?=,)")
    after = _chain_of(whole, r"each\.value(?=,)")
    for path, text in sorted(code.items()):
        for number, found in enumerate(_SOURCE.finditer(text), start=1):
            start, chain = _wrapped(text, found.start(), found.end())
            first = before if found["filled"] else ()
            last = () if _ATTRIBUTE.search(text[:start]) else after
            yield Rendering(
                where=f"{path.relative_to(INFRA)}: {found['file'] or found['filled']} {number}",
                template=found["file"] or found["filled"],
                chain=(*first, *chain, *last),
            )
    for source, naming in _BY_NAME.items():
        chain = _chain_of(whole, source)
        for name in sorted(set(re.findall(naming, whole, re.MULTILINE))):
            yield Rendering(where=f"{folder.name}: {name}", template=name, chain=(*before, *chain))


def _code(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


def _chain_of(code: str, source: str) -> tuple[Replacement, ...]:
    """Return the chain around the one place where something is replaced in all documents."""
    chains = [
        chain
        for found in re.finditer(source, code)
        if (chain := _wrapped(code, found.start(), found.end())[1])
    ]
    if len(chains) > 1:
        raise NotRendered(f"more than one chain around {source}: the tests cannot tell which")
    return chains[0] if chains else ()


def _wrapped(code: str, start: int, end: int) -> tuple[int, tuple[Replacement, ...]]:
    """Return where the outermost `replace(` around something begins, and the chain from inside."""
    chain: list[Replacement] = []
    while (opened := re.search(r"replace\(\s*\Z", code[:start])) is not None:
        what = _LITERAL.search(code, end)
        if what is None:
            break
        closing = _closing(code, what.end())
        value = code[what.end() : closing].lstrip(", \n")
        chain.append(Replacement(what=json.loads(what[0]), value=value))
        start, end = opened.start(), closing + 1
    return start, tuple(chain)


def _closing(code: str, at: int) -> int:
    """Return where the bracket closes that is open at a place."""
    depth = 0
    for index in range(at, len(code)):
        depth += {"(": 1, ")": -1}.get(code[index], 0)
        if depth < 0:
            return index
    raise NotRendered("a bracket that is never closed")
