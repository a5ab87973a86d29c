"""The documents under test, as the site serves them late in 2026."""

from datetime import date

from collectors.replay.documents import Document, Edition
from collectors.replay.house.site import HouseSite
from collectors.replay.house.volumes import filings_of

TODAY = date(2026, 12, 31)
YEARS = (2024, 2025, 2026)
ALL = tuple(published for year in YEARS for published in filings_of(year))


def index_of(year: int) -> Document:
    document = HouseSite().find(f"/public_disc/financial-pdfs/{year}FD.zip", Edition(TODAY))
    assert document is not None
    return document
