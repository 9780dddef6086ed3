"""The key-value engine, version 2 (API docs, "KV secrets engine - version 2")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from devstack.vault.clock import stamp
from devstack.vault.engines.engine import Closed
from devstack.vault.errors import VaultError, absent, bad
from devstack.vault.fields import Document, Fields
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import Route, writes

_MAX_VERSIONS = 10


@dataclass(slots=True, kw_only=True)
class Version:
    """One version of a secret."""

    number: int
    data: Document
    created_at: float
    deleted_at: float | None = None
    destroyed: bool = False

    def metadata(self, custom: Mapping[str, str]) -> Document:
        """What comes with the version, whether its data does or not."""
        return {
            "created_time": stamp(self.created_at),
            "custom_metadata": dict(custom) or None,
            "deletion_time": "" if self.deleted_at is None else stamp(self.deleted_at),
            "destroyed": self.destroyed,
            "version": self.number,
        }

    def readable(self, now: float) -> bool:
        """Whether its data is still given out."""
        return not self.destroyed and (self.deleted_at is None or self.deleted_at > now)


@dataclass(slots=True, kw_only=True)
class Entry:
    """All versions of a secret."""

    created_at: float
    updated_at: float
    newest: int = 0
    versions: dict[int, Version] = field(default_factory=dict[int, Version])
    max_versions: int = 0
    cas_required: bool = False
    custom: Mapping[str, str] = field(default_factory=dict[str, str])

    def add(self, data: Document, *, most: int, now: float) -> Version:
        """Add a version, and forget those that are too old."""
        self.newest += 1
        self.updated_at = now
        version = Version(number=self.newest, data=data, created_at=now)
        self.versions[self.newest] = version
        for number in sorted(self.versions)[: -(self.max_versions or most)]:
            del self.versions[number]
        return version


@dataclass(slots=True, kw_only=True)
class KeyValues(Closed):
    """One mount."""

    kind: str = "kv"
    cas_required: bool = False
    max_versions: int = _MAX_VERSIONS
    _entries: dict[str, Entry] = field(default_factory=dict[str, Entry])

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        read, delete, update = Operation.READ, Operation.DELETE, Operation.UPDATE
        lists = {Operation.LIST: self._list}
        return (
            Route("config", {read: self._read_config, **writes(self._configure)}),
            Route(
                r"data/(?P<path>.+)",
                {
                    read: self._read,
                    delete: self._delete_newest,
                    Operation.PATCH: self._patch,
                    **writes(self._write),
                },
            ),
            Route(r"delete/(?P<path>.+)", writes(self._delete)),
            Route(r"undelete/(?P<path>.+)", writes(self._undelete)),
            Route(r"destroy/(?P<path>.+)", {**writes(self._destroy), update: self._destroy}),
            Route(r"metadata/(?P<path>(?:.*/)?)", lists),
            Route(
                r"metadata/(?P<path>.+)",
                {
                    read: self._read_metadata,
                    delete: self._forget,
                    **writes(self._write_metadata),
                },
            ),
        )

    def exists(self, request: Request) -> bool:
        """Whether the secret is there: writing its first version is `create`."""
        action, _, path = request.below.partition("/")
        return action not in {"data", "metadata"} or path in self._entries

    def _read_config(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        config = {
            "cas_required": self.cas_required,
            "delete_version_after": "0s",
            "max_versions": self.max_versions,
        }
        return Response(data=config, kind=self.kind)

    def _configure(self, request: Request, names: Mapping[str, str]) -> None:
        del names
        self.cas_required = request.fields.flag("cas_required", default=self.cas_required)
        self.max_versions = request.fields.whole("max_versions") or self.max_versions

    def _entry(self, path: str) -> Entry:
        entry = self._entries.get(path)
        if entry is None:
            raise absent()
        return entry

    def _read(self, request: Request, names: Mapping[str, str]) -> Response:
        entry = self._entry(names["path"])
        version = entry.versions.get(request.fields.whole("version") or entry.newest)
        if version is None:
            raise absent()
        metadata = version.metadata(entry.custom)
        if version.readable(request.now):
            return Response(data={"data": version.data, "metadata": metadata}, kind=self.kind)
        # Deleted or destroyed: not found, but what is known about it comes along.
        return Response(data={"data": None, "metadata": metadata}, status=404, kind=self.kind)

    def _write(self, request: Request, names: Mapping[str, str]) -> Response:
        if not request.fields.has("data"):
            raise bad("no data provided")
        return self._added(request, names["path"], request.fields.mapping("data"))

    def _patch(self, request: Request, names: Mapping[str, str]) -> Response:
        entry = self._entry(names["path"])
        newest = entry.versions.get(entry.newest)
        if newest is None or not newest.readable(request.now):
            raise absent()
        merged = {**newest.data, **request.fields.mapping("data")}
        kept = {name: value for name, value in merged.items() if value is not None}
        return self._added(request, names["path"], kept)

    def _added(self, request: Request, path: str, data: Document) -> Response:
        entry = self._entries.get(path)
        self._check_cas(request.fields, entry)
        if entry is None:
            entry = Entry(created_at=request.now, updated_at=request.now)
            self._entries[path] = entry
        version = entry.add(data, most=self.max_versions, now=request.now)
        return Response(data=version.metadata(entry.custom), kind=self.kind)

    def _check_cas(self, fields: Fields, entry: Entry | None) -> None:
        options = Fields(fields.mapping("options"))
        required = self.cas_required or (entry is not None and entry.cas_required)
        if not options.has("cas"):
            if required:
                raise bad("check-and-set parameter required for this call")
            return
        if options.whole("cas") != (0 if entry is None else entry.newest):
            raise bad("check-and-set parameter did not match the current version")

    def _delete_newest(self, request: Request, names: Mapping[str, str]) -> None:
        entry = self._entries.get(names["path"])
        if entry is not None:
            _end([entry.newest], entry, request.now)

    def _delete(self, request: Request, names: Mapping[str, str]) -> None:
        _end(_numbers(request.fields), self._entry(names["path"]), request.now)

    def _undelete(self, request: Request, names: Mapping[str, str]) -> None:
        entry = self._entry(names["path"])
        for number in _numbers(request.fields):
            if number in entry.versions:
                entry.versions[number].deleted_at = None

    def _destroy(self, request: Request, names: Mapping[str, str]) -> None:
        entry = self._entry(names["path"])
        for number in _numbers(request.fields):
            if number in entry.versions:
                entry.versions[number].destroyed = True
                entry.versions[number].data = {}

    def _list(self, request: Request, names: Mapping[str, str]) -> Response:
        del request
        prefix = names["path"]
        rest = [path[len(prefix) :] for path in self._entries if path.startswith(prefix)]
        keys = {name if not tail else f"{name}/" for name, tail, _ in map(_split, rest)}
        if not keys:
            raise absent()
        return Response(data={"keys": sorted(keys)}, kind=self.kind)

    def _read_metadata(self, request: Request, names: Mapping[str, str]) -> Response:
        del request
        entry = self._entry(names["path"])
        shown = ("created_time", "deletion_time", "destroyed")
        versions = {
            str(version.number): {name: version.metadata({})[name] for name in shown}
            for version in entry.versions.values()
        }
        data: Document = {
            "cas_required": entry.cas_required,
            "created_time": stamp(entry.created_at),
            "current_version": entry.newest,
            "custom_metadata": dict(entry.custom) or None,
            "delete_version_after": "0s",
            "max_versions": entry.max_versions,
            "oldest_version": min(entry.versions, default=0),
            "updated_time": stamp(entry.updated_at),
            "versions": versions,
        }
        return Response(data=data, kind=self.kind)

    def _write_metadata(self, request: Request, names: Mapping[str, str]) -> None:
        fresh = Entry(created_at=request.now, updated_at=request.now)
        entry = self._entries.setdefault(names["path"], fresh)
        fields = request.fields
        entry.max_versions = fields.whole("max_versions", entry.max_versions)
        entry.cas_required = fields.flag("cas_required", default=entry.cas_required)
        if fields.has("custom_metadata"):
            custom = fields.mapping("custom_metadata")
            entry.custom = {name: str(value) for name, value in custom.items()}

    def _forget(self, request: Request, names: Mapping[str, str]) -> None:
        del request
        self._entries.pop(names["path"], None)


def _split(path: str) -> tuple[str, str, str]:
    return path.partition("/")


def _numbers(fields: Fields) -> list[int]:
    versions = fields.all.get("versions")
    if not isinstance(versions, list) or not versions:
        raise VaultError(400, "No version number provided")
    entries = cast("list[object]", versions)
    return [Fields({"version": version}).whole("version") for version in entries]


def _end(numbers: list[int], entry: Entry, now: float) -> None:
    for number in numbers:
        version = entry.versions.get(number)
        if version is not None and version.readable(now):
            version.deleted_at = now
