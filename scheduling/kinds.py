"""The public face for collectors: what a job kind is, and what a run hands to it.

A collector imports this module and nothing else of `scheduling`. It knows no ORM and no settings:
the runner (`scheduling/execution`) builds the context, tests hand in a fake one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime


class Cause(StrEnum):
    """Why a kind could not do its work. A subset of `scheduling.states.Reason`."""

    SOURCE_UNAVAILABLE = "SOURCE_UNAVAILABLE"
    SOURCE_BLOCKED = "SOURCE_BLOCKED"
    LAYOUT_CHANGED = "LAYOUT_CHANGED"
    BAD_PARAMETERS = "BAD_PARAMETERS"


class RetryLater(Exception):
    """The world is not ready: try the run again, `after` a delay the source named, if it did.

    `source` is the slug of the one at fault, empty when it is not known, None when there is none.
    """

    def __init__(
        self, text: str, *, cause: Cause, after: timedelta | None = None, source: str | None = ""
    ) -> None:
        super().__init__(text)
        self.cause = cause
        self.after = after
        self.source = source


class GiveUp(Exception):
    """A retry cannot help: a person must look. `source` is the slug of the one at fault."""

    def __init__(self, text: str, *, cause: Cause, source: str = "") -> None:
        super().__init__(text)
        self.cause = cause
        self.source = source


class RunStopped(Exception):
    """A kind raises it when it ends early because `ctx.should_stop()` was true."""


class BadParameters(GiveUp):
    """Parameters that the kind's model refuses; `errors` maps the field's name to a sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        sentence = "; ".join(f"{field}: {text}" for field, text in errors.items())
        super().__init__(sentence, cause=Cause.BAD_PARAMETERS)
        self.errors = errors


@dataclass(frozen=True, kw_only=True)
class SourceSpec:
    """A site that data comes from. `hosts` are all it may be fetched from."""

    slug: str
    title: str
    url: str
    hosts: tuple[str, ...]
    min_interval_seconds: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a finished run did: counts of items, and one line for people."""

    found: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    summary: str = ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer: `body` decompressed, header names in lower case, `url` after redirects."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "")

    @property
    def last_modified(self) -> str:
        return self.headers.get("last-modified", "")


class HttpClient(Protocol):
    """The guarded client of `collectors.http`."""

    def get(
        self, url: str, *, etag: str = "", last_modified: str = "", max_bytes: int | None = None
    ) -> Answer:
        """Return answers 200, 304 and 404; raise RetryLater or GiveUp for any other."""
        ...

    def close(self) -> None: ...


class Archive(Protocol):
    """Raw bytes kept by content hash (`collectors.archive`)."""

    def put(self, body: bytes) -> str:
        """Keep `body` and return its SHA-256 in hex."""
        ...

    def get(self, digest: str) -> bytes:
        """Return what `put` kept; raise KeyError when it is gone."""
        ...


class RunContext(Protocol):
    """What a run hands to its kind. Calls are cheap; log and progress are sent in batches."""

    @property
    def run_id(self) -> int: ...

    @property
    def attempt(self) -> int: ...

    @property
    def job_name(self) -> str: ...

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of a run: what a receiving system can tell doubles by."""
        ...

    @property
    def planned_at(self) -> datetime | None: ...

    @property
    def dry_run(self) -> bool: ...

    @property
    def sources(self) -> tuple[SourceSpec, ...]: ...

    @property
    def http(self) -> HttpClient: ...

    @property
    def archive(self) -> Archive: ...

    def now(self) -> datetime:
        """The instant, in UTC. A kind reads no other clock."""
        ...

    def should_stop(self) -> bool:
        """True once somebody asked the run to end: finish the item at hand and return."""
        ...

    def log(self, text: str, *, level: str = "INFO") -> None: ...

    def progress(self, done: int, total: int | None = None, phase: str = "") -> None: ...

    def artifact(self, name: str, body: bytes, *, media_type: str) -> None: ...


class Params(BaseModel):
    """Base of every kind's parameters; names that it does not declare are refused.

    Parameters are kept in plain sight: in the job, its revisions, every run's snapshot. A secret is
    no parameter; let one hold the NAME of the environment variable that `run` reads it from. A kind
    with a field of a secret type (`SecretStr`, or `writeOnly` in its schema) is not loaded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def secret_fields(params: type[BaseModel]) -> list[str]:
    """Names of the fields, also of nested models, that would hold a secret."""
    schema = params.model_json_schema()
    shapes = [schema, *schema.get("$defs", {}).values()]
    fields = (field for shape in shapes for field in shape.get("properties", {}).items())
    return sorted({name for name, shape in fields if _is_secret(shape)})


def _is_secret(shape: object) -> bool:
    match shape:
        case {"writeOnly": True}:
            return True
        case dict():
            return any(map(_is_secret, shape.values()))
        case list():
            return any(map(_is_secret, shape))
    return False


P = TypeVar("P", bound=Params)


class JobKind(ABC, Generic[P]):
    """Code that can be run, registered under `slug` in `collectors/registry.py`.

    Raise `version` when the meaning of the parameters or of the results changes: every run keeps
    the one that it was made with. `is_for_staff`: only jobs of staff may be of this kind.
    """

    slug: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    params: type[P]
    sources: ClassVar[tuple[SourceSpec, ...]] = ()
    version: ClassVar[int] = 1
    idempotent: ClassVar[bool] = False
    is_for_staff: ClassVar[bool] = False
    time_limit: ClassVar[timedelta] = timedelta(hours=1)
    max_attempts: ClassVar[int] = 3

    @abstractmethod
    def run(self, ctx: RunContext, params: P) -> Outcome:
        """Do the work once. Raise RetryLater or GiveUp; anything else counts as our bug."""

    def read_params(self, raw: Mapping[str, Any]) -> P:
        """Check stored or typed parameters. Raises BadParameters naming each field at fault."""
        try:
            return self.params.model_validate(raw)
        except ValidationError as error:
            raise BadParameters(
                {
                    ".".join(map(str, item["loc"])) or "parameters": item["msg"]
                    for item in error.errors()
                }
            ) from error


@dataclass(frozen=True, kw_only=True)
class ParsedDocument:
    """One document read: `status` in the kind's own words, `records` ready for JSON.

    `is_readable` is False when the bytes could not be read at all.
    """

    doc_id: str
    status: str
    is_readable: bool
    reason: str = ""
    records: tuple[dict[str, Any], ...] = ()


class DocumentKind(JobKind[P]):
    """A kind that parses documents and can do so again from the archive."""

    @abstractmethod
    def parse_document(self, name: str, body: bytes) -> ParsedDocument:
        """Parse one file without a database or a network."""

    @abstractmethod
    def reparse(self, ctx: RunContext) -> Iterator[tuple[str, str]]:
        """Parse again, from the archive, what an older parser read; yields (document, status)."""
