"""Scores the recorded turns: `python evaluate.py [--json] [FILE.json …]` (default: turns/*.json).

Exit codes: 0 every turn meets every criterion; 1 one does not; 2 a record cannot be read.
"""

import argparse
import json
import sys
from pathlib import Path

# The agents' packages lie beside this folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from research.evaluation import CRITERIA, TurnMalformed, scores, turn_of

TURNS = Path(__file__).resolve().parent / "turns"


def main(arguments: list[str]) -> int:
    """Evaluate; returns the exit code."""
    parser = argparse.ArgumentParser(description="Scores recorded turns.")
    parser.add_argument("--json", action="store_true", help="print facts as JSON")
    parser.add_argument("files", nargs="*", type=Path, help="records; default: turns/*.json")
    options = parser.parse_args(arguments)
    files: list[Path] = options.files or sorted(TURNS.glob("*.json"))
    try:
        found = {
            file.stem: scores(turn_of(json.loads(file.read_text(encoding="utf-8"))))
            for file in files
        }
    except (OSError, ValueError, TurnMalformed) as error:
        print(f"evaluate: a record cannot be read: {error}", file=sys.stderr)  # noqa: T201
        return 2
    print(json.dumps(_summary(found)) if options.json else _table(found))  # noqa: T201
    return 0 if found and all(all(one.values()) for one in found.values()) else 1


def _summary(found: dict[str, dict[str, bool]]) -> dict[str, object]:
    shares = {name: sum(one[name] for one in found.values()) for name in CRITERIA}
    passed = sum(all(one.values()) for one in found.values())
    return {"turns": found, "met": shares, "passed": passed, "total": len(found)}


def _table(found: dict[str, dict[str, bool]]) -> str:
    lines = [
        f"{turn}: " + ", ".join(name if met else f"NOT {name}" for name, met in one.items())
        for turn, one in found.items()
    ]
    passed = sum(all(one.values()) for one in found.values())
    return "\n".join([*lines, f"{passed} of {len(found)} turns meet all criteria"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
