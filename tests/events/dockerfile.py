"""The Dockerfile and .dockerignore, read as far as the tests want to know."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction: `COPY --from=spa a b` is word COPY, options {from: spa}, text `a b`."""

    word: str
    options: Mapping[str, str]
    text: str

    @property
    def arguments(self) -> list[str]:
        """The words of the text, in exec form or not."""
        words: list[str] = json.loads(self.text) if self.is_exec else shlex.split(self.text)
        return words

    @property
    def is_exec(self) -> bool:
        """Whether it is in exec form: run without a shell."""
        return self.text.startswith("[")


@dataclass(kw_only=True)
class Stage:
    """One FROM, and what follows it."""

    name: str
    base: str
    instructions: list[Instruction] = field(default_factory=list)

    def every(self, word: str) -> list[Instruction]:
        """Return all instructions of one kind."""
        return [found for found in self.instructions if found.word == word]

    def only(self, word: str) -> Instruction:
        """Return the one instruction of its kind."""
        (found,) = self.every(word)
        return found


def _instructions() -> Iterator[Instruction]:
    text = (CHECKOUT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        options: dict[str, str] = {}
        while found := re.match(r"\s*--([a-z-]+)=(\S+)", rest):
            options[found.group(1)] = found.group(2)
            rest = rest[found.end() :]
        yield Instruction(word=word, options=options, text=rest.strip())


def read_dockerfile() -> tuple[dict[str, str], list[Stage]]:
    """Return the arguments before the first stage, and the stages."""
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for instruction in _instructions():
        if instruction.word == "FROM":
            base, _, name = instruction.text.partition(" AS ")
            stages.append(Stage(name=name or "final", base=base))
        elif stages:
            stages[-1].instructions.append(instruction)
        else:
            assert instruction.word == "ARG"
            name, _, value = instruction.text.partition("=")
            arguments[name] = value
    return arguments, stages


ARGUMENTS, STAGES = read_dockerfile()
FINAL = STAGES[-1]


def environment_of(stage: Stage) -> dict[str, str]:
    """Return what ENV sets."""
    words = [word for found in stage.every("ENV") for word in found.arguments]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def is_ignored(path: str) -> bool:
    """Tell whether .dockerignore keeps a path out: the last pattern that fits it, or a folder of
    it, decides."""
    lines = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    ignored = False
    for line in lines:
        pattern = line.strip().removeprefix("!")
        if pattern and not pattern.startswith("#") and _fits(pattern, path):
            ignored = not line.startswith("!")
    return ignored


def _fits(pattern: str, path: str) -> bool:
    fitting = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    names = [path, *(str(folder) for folder in PurePosixPath(path).parents)]
    return any(re.fullmatch(fitting, name) for name in names if name != ".")


def context_copies() -> Iterator[tuple[Stage, Sequence[str], str]]:
    """Return stage, sources and target of every COPY from the checkout."""
    for stage in STAGES:
        for copy in stage.every("COPY"):
            if "from" not in copy.options:
                *sources, target = copy.arguments
                yield stage, sources, target
