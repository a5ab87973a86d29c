"""The names that filings are made under, as the Clerk's index writes them: often not as
`collectors.replay.members` has them, and one that belongs to nobody (Quillfeather).
"""

from __future__ import annotations

from collectors.replay.house.filing import Filer

HALVORSEN = Filer(last="Halvorsen", first="Ingrid M.", state_district="MN04")
OYELARAN = Filer(last="Oyelaran", first="Marcus T.", state_district="IL07")
WHITLOCK_D = Filer(last="Whitlock", first="Dana", state_district="TX05")
WHITLOCK_R = Filer(last="Whitlock", first="Roy", state_district="TX19")
WHITLOCK_BLANK = Filer(last="Whitlock", first="R.", state_district="", prefix="")
PENALOZA = Filer(last="Pe\u00f1aloza", first="In\u00e9s", state_district="CA31")
PENALOZA_PLAIN = Filer(last="Penaloza", first="Ines", state_district="CA31")
FONTAINE = Filer(last="Fontaine-Marchetti", first="\u00c9lise", state_district="NJ05")
BRANDVOLD = Filer(last="Brandvold", first="Kate", state_district="ND00")
STRAND = Filer(last="Strand", first="Wendell", state_district="SD00")
FENWICK = Filer(last="Fenwick-Shaw", first="Gerald", state_district="OH09", status="Former Member")
QUILLFEATHER = Filer(last="Quillfeather", first="Barnaby", state_district="NV02")
ASHGROVE = Filer(last="Ashgrove", first="Theodore L.", state_district="GA11", suffix="Jr")
RAMANUJAN = Filer(last="Ramanujan-Cole", first="Priya", state_district="WA06")
DUBOIS = Filer(last="Dubois Thackeray", first="Lucille", state_district="LA02")
OKONJO = Filer(last="Okonjo-Reyes", first="Samuel", state_district="NY13")
CASTELLAN = Filer(last="Castellan", first="Vera", state_district="AZ07")
CASTELLAN_BEFORE = Filer(last="Castellan", first="Vera", state_district="AZ03")
CANDIDATE = Filer(
    last="Umberfield",
    first="Jonah",
    state_district="OR04",
    prefix="Mr.",
    status="Congressional Candidate",
)
NOMINEE = Filer(
    last="Garc\u00eda-Luz",
    first="Ram\u00f3n",
    state_district="",
    prefix="",
    status="Congressional Candidate",
)
