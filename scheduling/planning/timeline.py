"""What every kind of rule becomes: a line of instants that can be asked without walking it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from scheduling.planning.instants import Occurrence


class Timeline(Protocol):
    """The occurrences of a rule in a zone. Instants are whole seconds since 1970 (`instants`)."""

    def __hash__(self) -> int:
        """By identity: a timeline is a key of caches."""

    def next(self, after: int) -> Occurrence | None:
        """The first occurrence after the instant."""

    def last(self, after: int, until: int) -> Occurrence | None:
        """The last occurrence after the one and up to the other instant."""

    def count(self, after: int, until: int) -> int:
        """How many occurrences there are after the one and up to the other instant."""

    def dropped(self, after: int, until: int) -> tuple[Occurrence, ...]:
        """Readings that the clock jumped over between the two and that are not caught up.

        Each has an instant of its own, in order, within the last seconds before the jump, where
        the rule names no other. None may be missing; a few outside the two instants may be there.
        """
