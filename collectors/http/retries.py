"""Short retries inside one fetch. Longer waits belong to the run: it ends and is tried again.

tenacity is used as it is, without stamina's wrapping, because a wait must notice a stop and stamina
hands its sleep to nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from collectors.http.verdicts import SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

TRIES = 3
LONGEST_WAIT_SECONDS = 60.0
BACK_OFF = wait_exponential_jitter(max=20, jitter=1)


def retrying(*, sleep: Callable[[float], None], log: Callable[[str], None]) -> Retrying:
    """Call a function up to TRIES times while it raises SourceUnavailable.

    All waits together stay under LONGEST_WAIT_SECONDS. The last error is raised as it is.
    """

    def tell(state: RetryCallState) -> None:
        log(f"{_error_of(state)} Trying again in {state.upcoming_sleep:.1f} seconds.")

    return Retrying(
        sleep=sleep,
        retry=retry_if_exception_type(SourceUnavailable),
        wait=_wait,
        stop=_is_enough,
        before_sleep=tell,
        reraise=True,
    )


def _wait(state: RetryCallState) -> float:
    after = getattr(_error_of(state), "after", None)
    return max(BACK_OFF(state), after.total_seconds() if after else 0.0)


def _is_enough(state: RetryCallState) -> bool:
    waits = state.idle_for + state.upcoming_sleep
    return state.attempt_number >= TRIES or waits > LONGEST_WAIT_SECONDS


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
