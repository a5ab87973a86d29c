"""What the package `holidays` knows, one year at a time: the one place that asks it.

It knows a span of years for each country and market (most end in 2100); outside of them it says
nothing, so no day is a holiday there. Names are in English where it has them.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

import holidays
from holidays.registry import COUNTRIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from holidays import HolidayBase

Days = dict["date", str]
SMALL_WORDS = {"and", "of", "the"}
WITH_ARTICLE = ("Bahamas", "Cayman", "Falkland", "Faroe", "Maldives", "Netherlands", "Philippines",
                "Seychelles", "Solomon", "United")  # fmt: skip


@cache
def country_titles() -> Mapping[str, str]:
    """ISO code -> English name, for the countries whose holidays are known."""
    titles = {codes[1]: _title(name) for name, codes in COUNTRIES.items()}
    return {code: titles[code] for code in sorted(subdivisions(), key=titles.__getitem__)}


@cache
def subdivisions() -> Mapping[str, list[str]]:
    """Country code -> the codes of its parts that have holidays of their own."""
    return holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=4096)
def public_holidays(country: str, subdivision: str, year: int) -> Days:
    """The public holidays of a country (and a part of it), days off in their stead included."""
    return dict(
        holidays.country_holidays(
            country,
            subdiv=subdivision or None,
            years=year,
            expand=False,
            language=_language(holidays.country_holidays(country)),
        )
    )


@lru_cache(maxsize=1024)
def market_holidays(market: str, year: int, category: str = "public") -> Days:
    """The days on which a market does not trade or, category `half_day`, closes early."""
    return dict(
        holidays.financial_holidays(
            market,
            years=year,
            expand=False,
            language=_language(holidays.financial_holidays(market)),
            categories=category,
        )
    )


def _language(entity: HolidayBase) -> str | None:
    """Named always: without a language, the server's own would decide."""
    return "en_US" if "en_US" in entity.supported_languages else entity.default_language


def _title(name: str) -> str:
    words = [word if word in SMALL_WORDS else word.capitalize() for word in name.split("_")]
    article = "the " if words[0] in WITH_ARTICLE else ""
    return article + " ".join(words)
