"""The small marks that every page uses: icons, states, instants. Their markup is here alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from scheduling.views import words

if TYPE_CHECKING:
    from django.template import RequestContext

NOT_YET = "\N{EN DASH}"
CURRENT = SafeString('aria-current="page"')

register = template.Library()
register.filter("first_line", words.first_line)
register.filter("reason_sentence", words.reason_sentence)
register.filter("size_text", words.size_text)
register.filter("length_text", words.length_text)


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside a word: hidden from readers of the text."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>',
        static("icons.svg"),
        name,
    )


@register.simple_tag
def state(look: words.Look) -> SafeString:
    """A state: icon and word; the tone repeats them in colour."""
    return format_html('<span class="state {}">{} {}</span>', look.tone, icon(look.icon), look.word)


@register.simple_tag
def instant(at: datetime | None) -> SafeString | str:
    """An instant on the project's clock; its title tells the zone and the instant in UTC."""
    if at is None:
        return NOT_YET
    return _time(at, f"{localtime(at):%Y-%m-%d %H:%M:%S}")


@register.simple_tag(takes_context=True)
def relative(context: RequestContext, at: datetime | None) -> SafeString | str:
    """ "in 12 minutes" or "3 hours ago", counted from the page's `now`; the title is exact."""
    return NOT_YET if at is None else _time(at, words.when(at, context["now"]))


@register.simple_tag
def instant_as(at: datetime, text: str) -> SafeString:
    """Own words for an instant; the title is exact."""
    return _time(at, text)


def _time(at: datetime, text: str) -> SafeString:
    utc = at.astimezone(UTC)
    local = localtime(at)
    title = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    if local.utcoffset():
        title = f"{local:%Y-%m-%d %H:%M:%S} {local.tzinfo} · {title}"
    return format_html('<time datetime="{}" title="{}">{}</time>', utc.isoformat(), title, text)


@register.simple_tag
def day(on: date | None) -> SafeString | str:
    """A date without a time, as a source states it."""
    if on is None:
        return NOT_YET
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), on.isoformat())


@register.filter
def seconds_text(seconds: float | None) -> str:
    """A length given in seconds."""
    return "" if seconds is None else words.length_text(timedelta(seconds=seconds))


@register.simple_tag(takes_context=True)
def here(context: RequestContext, *names: str) -> str:
    """`aria-current` for the navigation entry that the page belongs to."""
    match = context["request"].resolver_match
    return CURRENT if match and match.url_name in names else ""
