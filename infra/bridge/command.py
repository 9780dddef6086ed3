"""The commands: each a few words to the parts, and a result."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bridge import imports
from bridge.application import Outcome, apply
from bridge.catalogue import KINDS
from bridge.drift import Finding, drift_of
from bridge.errors import BridgeError, WrongUse
from bridge.options import Options, options
from bridge.patience import Patience
from bridge.ports import Chance, Clock, ControlPlane, Host, Members, Parameters
from bridge.record import Place, Record, record_text
from bridge.removal import delete
from bridge.run import Home, Run, opened
from bridge.survey import record_at, records

DONE, FAILED, DRIFTED = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """All that is not ours: AWS, time, randomness, and where words go."""

    plane: Callable[[str], ControlPlane]
    """The control plane of a region."""
    parameters: Callable[[str], Parameters]
    account: Callable[[str], str]
    clock: Clock
    chance: Chance
    host: Host
    result: Callable[[str], None]
    """Where results go, a line or more at a time."""
    progress: Callable[[str], None]


def main(arguments: Sequence[str], env: Mapping[str, str], outside: Outside) -> int:
    """Do what is asked for; return the exit code."""
    try:
        return _Call(options(arguments, env), outside).run()
    except BridgeError as error:
        outside.progress(f"bridge: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        outside.progress(
            "bridge: interrupted. What was done is written down: run it again to go on"
        )
        return FAILED


class _Call:
    def __init__(self, given: Options, outside: Outside) -> None:
        self._given = given
        self._outside = outside
        self._parameters = outside.parameters(given.parameter_region)
        self._patience = Patience(
            clock=outside.clock,
            chance=outside.chance,
            deadline=outside.clock.now() + given.timeout_s,
            say=lambda text: outside.progress(f"bridge: {text}"),
        )

    def run(self) -> int:
        commands = {
            "apply": self._apply,
            "delete": self._delete,
            "drift": self._drift,
            "import-blocks": self._import_blocks,
            "show": self._show,
        }
        return commands[self._given.command]()

    def _apply(self) -> int:
        place = self._given.place
        if place is None:
            raise WrongUse("apply is for one resource: give kind and name")
        with self._opened(place) as run:
            outcome = apply(run, self._given.desired, allow_replace=self._given.allow_replace)
        for notice in outcome.notices:
            self._patience.say(f"{place}: {notice}")
        self._print(_outcome(place, outcome), f"{place}: {outcome.verdict}")
        return DONE

    def _delete(self) -> int:
        place = self._given.place
        places = [place] if place else [one for one, _ in self._found()]
        # What lives in others, or holds them, goes before them.
        for one in sorted(places, key=lambda one: -KINDS[one.kind].rank):
            with self._opened(one) as run:
                verdict = "deleted" if delete(run) else "not there"
            self._print(
                {"kind": one.kind, "name": one.name, "verdict": verdict}, f"{one}: {verdict}"
            )
        return DONE

    def _drift(self) -> int:
        found = self._found()
        account = self._account()
        planes: dict[str, ControlPlane] = {}
        drifted = False
        for place, record in found:
            if record.account != account:
                raise BridgeError(
                    f"{place}: its record says account {record.account}; these credentials are "
                    f"for {account}"
                )
            plane = planes.setdefault(record.region, self._outside.plane(record.region))
            finding = drift_of(plane, self._patience, place, record)
            drifted = drifted or bool(finding.drift)
            self._print(_finding(finding), _finding_text(finding))
        return DRIFTED if drifted else DONE

    def _import_blocks(self) -> int:
        state = self._given.state
        addresses = {} if state is None else imports.addresses_in(state)
        text = imports.blocks(self._found(), addresses)
        self._print({"blocks": text}, text)
        return DONE

    def _show(self) -> int:
        for place, record in self._found():
            members: Members = json.loads(record_text(record, place))
            self._print(members, json.dumps(members, indent=2))
        return DONE

    def _found(self) -> list[tuple[Place, Record]]:
        place = self._given.place
        if place is not None:
            return [(place, record_at(self._parameters, self._patience, place))]
        return records(self._parameters, self._patience, self._given.prefix)

    def _opened(self, place: Place) -> AbstractContextManager[Run]:
        given, outside = self._given, self._outside
        home = Home(region=given.region, account=self._account())
        ports = (outside.plane(given.region), self._parameters, outside.host)
        return opened(KINDS[place.kind], place, home, ports, self._patience)

    def _account(self) -> str:
        region = self._given.region
        return self._patience.steadily("account", lambda: self._outside.account(region))

    def _print(self, members: Members, text: str) -> None:
        self._outside.result(json.dumps(members) if self._given.as_json else text)


def _outcome(place: Place, outcome: Outcome) -> Members:
    record = outcome.record
    return {
        "kind": place.kind,
        "name": place.name,
        "verdict": outcome.verdict,
        "id": record.current.id if record.current else "",
        "arn": record.arn,
        "outputs": record.outputs,
        "changes": [str(difference) for difference in outcome.differences],
        "notices": list(outcome.notices),
    }


def _finding(finding: Finding) -> Members:
    return {
        "kind": finding.place.kind,
        "name": finding.place.name,
        "drift": list(finding.drift),
        "unseen": list(finding.unseen),
    }


def _finding_text(finding: Finding) -> str:
    lines = [f"{finding.place}: {'drift' if finding.drift else 'as it was'}"]
    lines += [f"  {line}" for line in finding.drift]
    lines += [f"  not compared: {line}" for line in finding.unseen]
    return "\n".join(lines)
