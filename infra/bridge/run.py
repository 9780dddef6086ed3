"""One run on one resource: who it is about, and by what means."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from bridge.errors import Refused
from bridge.kind import Kind
from bridge.lock import Lock
from bridge.patience import Patience
from bridge.ports import ControlPlane, Host, Parameters
from bridge.record import Place, Record, record_of, record_text
from bridge.resource import Resources
from bridge.steady import SteadyParameters, SteadyPlane


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where resources are, and whose they are."""

    region: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What apply and delete work with, while they have the lock."""

    place: Place
    home: Home
    resources: Resources
    plane: ControlPlane
    parameters: Parameters
    patience: Patience
    lock: Lock

    @property
    def kind(self) -> Kind:
        """The type of the resource."""
        return self.resources.kind

    def say(self, text: str) -> None:
        """Tell how far it is."""
        self.patience.say(f"{self.place}: {text}")

    def record(self) -> Record | None:
        """Return what is known of the resource; None if nothing is.

        Raises:
            Refused: it is in another account or region. Its id would be unknown here, and a second
                one would be made.

        """
        text = self.parameters.read(self.place.parameter)
        if text is None:
            return None
        record = record_of(text, self.place.parameter)
        if (record.account, record.region) != (self.home.account, self.home.region):
            raise Refused(
                f"{self.place}: its record says account {record.account}, region {record.region}; "
                f"these credentials are for account {self.home.account}, region "
                f"{self.home.region}. Use the credentials and the region of the record, or another "
                "prefix"
            )
        return record

    def write(self, record: Record) -> Record:
        """Write the record down, and return it."""
        self.lock.renew()
        self.parameters.write(self.place.parameter, record_text(record, self.place))
        return record


@contextmanager
def opened(
    kind: Kind,
    place: Place,
    home: Home,
    ports: tuple[ControlPlane, Parameters, Host],
    patience: Patience,
) -> Generator[Run]:
    """Give a run that has the resource's lock, and give the lock up at the end.

    Also after an error: what is left to do stands in the record. A run that is killed cannot; then
    the lock runs out.
    """
    plane, parameters, host = ports
    steady = SteadyParameters(parameters, patience)
    lock = Lock(steady, patience, place.parameter, host)
    lock.acquire()
    try:
        steady_plane = SteadyPlane(plane, patience, lock)
        yield Run(
            place=place,
            home=home,
            resources=Resources(kind, steady_plane, patience),
            plane=steady_plane,
            parameters=steady,
            patience=patience,
            lock=lock,
        )
    finally:
        lock.release()
