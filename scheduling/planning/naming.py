"""What a plan says of a moment, in sentences that are true each by itself. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from scheduling.planning.clock_timeline import Gap, Repeat
from scheduling.planning.instants import EPOCH_ORDINAL, seconds_of
from scheduling.planning.left_out import Named, named
from scheduling.planning.markets import market_of
from scheduling.planning.moments import Shown, clock_text, reading_text
from scheduling.planning.plan import due_at, last_occurrence, next_occurrence
from scheduling.planning.rules import PRESETS, CronRule, PresetRule
from scheduling.planning.verdicts import Ground
from scheduling.planning.zones import load_zone

if TYPE_CHECKING:
    from scheduling.planning.moments import Moment
    from scheduling.planning.plan import Plan
    from scheduling.planning.rules import Rule

MOST_NAMED = 3_600
LOOK_BACK = timedelta(days=3660)
TICK, SECOND = timedelta(microseconds=1), timedelta(seconds=1)


def named_in(plan: Plan, moment: Moment) -> list[Named]:
    """What the rule names in the moment, left out or not, in order."""
    if moment.shown is Shown.NEVER:
        return _made_up_for(plan, moment)
    found = named(plan, moment.start - TICK, moment.end - TICK, limit=MOST_NAMED)
    # The instants of skipped readings are made up: they belong to a moment that is never shown.
    return [each for each in found if each.ground is not Ground.DST_GAP]


def _made_up_for(plan: Plan, moment: Moment) -> list[Named]:
    """What becomes of readings that the clock skips, if the rule names them."""
    around = moment.start - SECOND, moment.end
    dropping = replace(plan, gap=Gap.SKIP)
    readings = [
        each.local
        for each, ground, _ in named(dropping, *around, limit=MOST_NAMED)
        if ground is Ground.DST_GAP and moment.reading <= each.local < moment.stop
    ]
    if not readings:
        return []
    there = named(plan, *around, limit=MOST_NAMED)
    exactly = [each for each in there if each.occurrence.local in readings]
    # Readings that fall onto one instant are one occurrence, which has the first one's reading.
    return exactly or [each for each in there if each.planned_at == moment.start]


def expression_of(rule: Rule) -> str:
    """The cron expression of a rule that is one; "" of any other."""
    if isinstance(rule, CronRule):
        return rule.expression
    return PRESETS[rule.name] if isinstance(rule, PresetRule) else ""


def rule_text(plan: Plan) -> str:
    """The rule in words, with its expression, its zone and its market."""
    expression = expression_of(plan.rule)
    text = f"{plan.rule.describe()} ({expression})" if expression else plan.rule.describe()
    market = f", while the {market_of(plan.market).title} trades" if plan.market else ""
    return f"{text}{market}, by the clock in {plan.zone}"


def clock_says(moment: Moment) -> str:
    """What the clock shows."""
    if moment.shown is Shown.NEVER:
        before, after = moment.start - SECOND, moment.start
        zone = load_zone(moment.zone)
        return (
            f"The clock in {moment.zone} never shows {reading_text(moment.reading)}: it jumps from "
            f"{(before.astimezone(zone) + SECOND):%H:%M} to {after.astimezone(zone):%H:%M}."
        )
    shown = "" if moment.shown is Shown.ONCE else f" {moment.shown}"
    return f"The clock shows {clock_text(moment.start, moment.zone)}{shown}."


def plan_says(plan: Plan, moment: Moment, found: list[Named]) -> list[str]:
    """Why the rule names the moment or does not, and what leaves it out."""
    if not found:
        return [*_why_not(plan, moment), _neighbours(plan, moment)]
    first = found[0]
    said = [_naming(plan, moment, first)]
    if len(found) > 1:
        said.append(f"It names {len(found)} dates in that minute; this is about the first.")
    if first.ground is not None:
        said.append(left_out_text(plan, first))
    elif due_at(plan, first.occurrence) != first.planned_at:
        due = clock_text(due_at(plan, first.occurrence), plan.zone)
        said.append(f"Its runs are spread over {plan.jitter_seconds} s: this one is due at {due}.")
    return said


def left_out_text(plan: Plan, each: Named) -> str:
    """What leaves the occurrence out."""
    if each.ground is Ground.DST_GAP:
        return f"The clock skips {reading_text(each.occurrence.local)}, and it is not made up for."
    if each.ground is Ground.BLACKOUT:
        at = seconds_of(each.planned_at)
        names = [calendar.name for calendar in plan.blackouts if calendar.spell_at(at)]
        because = f": {each.label}" if each.label else ""
        return f"The calendar {' and '.join(names)} leaves it out{because}."
    until = "" if plan.skip_until is None else clock_text(plan.skip_until, plan.zone)
    return f"It is among the dates that somebody skipped beforehand, up to {until}."


def _naming(plan: Plan, moment: Moment, each: Named) -> str:
    reading = reading_text(each.occurrence.local)
    if each.occurrence.shifted or moment.shown is Shown.NEVER:
        if each.ground is Ground.DST_GAP:
            return f"The rule names {reading}."
        at = clock_text(each.planned_at, plan.zone)
        return f"The rule names a time that the clock skips; it is made up for at {at}."
    return f"The rule names {clock_text(each.planned_at, plan.zone)}."


def _why_not(plan: Plan, moment: Moment) -> list[str]:
    """The bounds and choices that keep the rule from naming the moment, where one does."""
    if plan.starts_at is not None and moment.end <= plan.starts_at:
        return [f"The schedule begins at {clock_text(plan.starts_at, plan.zone)}."]
    if plan.ends_at is not None and moment.start > plan.ends_at:
        return [f"The schedule ended at {clock_text(plan.ends_at, plan.zone)}."]
    if plan.market and named_in(replace(plan, market=""), moment):
        return [_market_text(plan, moment.start)]
    is_repeated = moment.shown in (Shown.FIRST, Shown.SECOND)
    if is_repeated and named_in(replace(plan, repeat=Repeat.BOTH), moment):
        return [f"Of a time that the clock shows twice, the rule names the {plan.repeat} one."]
    return []


def _market_text(plan: Plan, at: datetime) -> str:
    market = market_of(plan.market)
    local = at.astimezone(load_zone(market.zone)).date()
    number = local.toordinal() - EPOCH_ORDINAL
    day = next(each for each in market.days(local.year) if each.day == number)
    if day.session is None:
        return f"The {market.title} does not trade that day: {day.label}."
    early = f", an early close ({day.label})" if day.label else ""
    opens, closes = (f"{_clock(second, market.zone):%H:%M}" for second in day.session)
    return f"The {market.title} trades from {opens} to {closes} {market.zone} that day{early}."


def _clock(second: int, zone: str) -> datetime:
    return datetime.fromtimestamp(second, load_zone(zone))


def _neighbours(plan: Plan, moment: Moment) -> str:
    before = last_occurrence(plan, moment.start - LOOK_BACK, moment.start - TICK)
    after = next_occurrence(plan, moment.start - TICK)
    last = clock_text(before.planned_at, plan.zone) if before else "none"
    following = clock_text(after.planned_at, plan.zone) if after else "none"
    return f"The rule does not name it. The date before is {last}, the one after is {following}."
