import pytest

from collectors.disclosures.house.grammar import (
    Asset,
    RowUnreadable,
    lost_capitals,
    read_asset,
    vehicle_key,
)

CLEAN: frozenset[str] = frozenset()
# As one document of the old template prints them: its font has no capital B, D, G, L or U.
OLD_LABELS = ["FIlINg STATuS", "SubHOldINg OF"]


@pytest.mark.parametrize(
    ("text", "name", "ticker", "code"),
    [
        ("Apple Inc. (AAPL) [ST]", "Apple Inc.", "AAPL", "ST"),
        ("Berkshire Hathaway Inc. (BRK.B) [OP]", "Berkshire Hathaway Inc.", "BRK.B", "OP"),
        ("American Tower (REIT) (AMT) [ST]", "American Tower (REIT)", "AMT", "ST"),
        ("Shopping Centers (REIT) [PS]", "Shopping Centers (REIT)", None, "PS"),
        ("BTC (Bitcoin) [CT]", "BTC (Bitcoin)", None, "CT"),
        ("Fund of Funds (Del) [HN]", "Fund of Funds (Del)", None, "HN"),
        ("Daily Bear 3X ETF - TZA [OT]", "Daily Bear 3X ETF", "TZA", "OT"),
        ("Alphabet Inc. - Class C (GOOG) [ST]", "Alphabet Inc. - Class C", "GOOG", "ST"),
        ("Holdings - Common Stock [ST]", "Holdings - Common Stock", None, "ST"),
        ("Holdings - ADR [ST]", "Holdings - ADR", None, "ST"),
        ("US Treasury 4.25% - 91282CKE0 [GS]", "US Treasury 4.25% - 91282CKE0", None, "GS"),
        ("School District Bonds - PA [GS]", "School District Bonds - PA", None, "GS"),
        ("Realty Income Value [PS]", "Realty Income Value", None, "PS"),
        ("State Bond 5.00% JUN01 2022", "State Bond 5.00% JUN01 2022", None, None),
        ("Retirement Plan [4K]", "Retirement Plan", None, "4K"),
    ],
)
def test_an_asset_is_split_into_name_ticker_and_code(text, name, ticker, code):
    assert read_asset(text, CLEAN) == Asset(name, ticker, code)


@pytest.mark.parametrize(
    ("text", "asset"),
    [
        ("Apple Inc. (AAPl) [ST]", Asset("Apple Inc.", "AAPL", "ST")),
        ("brown Forman Inc Class b (bF.b) [ST]", Asset("brown Forman Inc Class b", "BF.B", "ST")),
        ("Treasury Note [gS]", Asset("Treasury Note", None, "GS")),
        ("Some Fund (Coin) [OT]", Asset("Some Fund (Coin)", None, "OT")),
        ("Some Fund (first) [OT]", Asset("Some Fund (first)", None, "OT")),
    ],
)
def test_only_capitals_that_the_font_lacks_may_be_small_in_a_ticker(text, asset):
    assert read_asset(text, lost_capitals(OLD_LABELS)) == asset


def test_labels_of_the_new_template_say_nothing_about_lost_capitals():
    assert lost_capitals(["F S", "S O", "D"]) == CLEAN


def test_an_asset_without_a_name_is_refused():
    with pytest.raises(RowUnreadable, match="has no name"):
        read_asset("[ST]", CLEAN)


@pytest.mark.parametrize(
    ("listed", "in_a_row"),
    [
        ("W.S.B Trust \u21d2 UBS Services 26", "W.S.B Trust > UBS Services 26"),
        ("Example Partnership (33% Interest)", "Example Partnership"),
        ("A & B, Inc. \u21d2 A, LLC (44.5% Interest)", "A & B, Inc. > A, LLC"),
        ("JoHN ExaMPLE IRA", "John Example IRA"),
        ("Trust\u21d2Account", "Trust  >  Account"),
    ],
)
def test_a_vehicle_is_known_by_either_spelling(listed, in_a_row):
    assert vehicle_key(listed) == vehicle_key(in_a_row)


def test_different_vehicles_stay_apart():
    assert vehicle_key("Account #1") != vehicle_key("Account #2")
