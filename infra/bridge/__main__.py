"""`python -m bridge`: the bridge with the real AWS, clock and environment."""

import os
import signal
import sys

from bridge.agentcore import Boto3ControlPlane
from bridge.command import Outside, main
from bridge.machine import SystemChance, SystemClock, SystemHost
from bridge.ssm import SsmParameters
from bridge.sts import account


def _result(text: str) -> None:
    sys.stdout.write(text + "\n")


def _progress(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    # Ended by SIGTERM, too, it gives its lock up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(
        main(
            sys.argv[1:],
            os.environ,  # noqa: TID251 the entry: nothing below reads it
            Outside(
                plane=Boto3ControlPlane,
                parameters=SsmParameters,
                account=account,
                clock=SystemClock(),
                chance=SystemChance(),
                host=SystemHost(),
                result=_result,
                progress=_progress,
            ),
        )
    )
