import pytest

from collectors.replay.house.filing import Template
from collectors.replay.house.fonts import BOLD, REGULAR, Lettering, Run, to_unicode


def extracted(lettering: Lettering, runs: list[Run]) -> str:
    """What a reader makes of `runs` by the fonts' maps."""
    meanings = lettering.meanings()
    return "".join(
        chr(meanings.get(run.font, {}).get(ord(code), ord(code)))
        for run in runs
        for code in run.codes
    ).replace("\0", "")


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Filing Status:", "F S:"),
        ("Subholding Of:", "S O:"),
        ("Periodic Transaction Report", "P T R"),
        ("Certification and Signature", "C  S"),
    ],
)
def test_the_new_template_loses_the_small_letters_of_labels(label, text):
    lettering = Lettering(Template.NEW)

    assert extracted(lettering, list(lettering.small_capitals(label, BOLD, 16))) == text


def test_the_new_template_keeps_ordinary_text():
    lettering = Lettering(Template.NEW)
    label = list(lettering.small_capitals("Filing Status:", REGULAR, 12))
    value = lettering.plain(" New", REGULAR, 13)

    assert extracted(lettering, [*label, value]) == "F S: New"


def test_the_old_template_reads_a_capital_as_what_it_was_last_used_for():
    lettering = Lettering(Template.OLD)
    data = lettering.plain("Alba Gas (ALBG)", REGULAR, 13)
    label = list(lettering.small_capitals("Filing Status:", REGULAR, 12))

    assert extracted(lettering, [data, *label]) == "alba gas (alBg)Filing status:"


def test_a_later_capital_gives_the_letter_its_case_back():
    lettering = Lettering(Template.OLD)
    label = list(lettering.small_capitals("Filing Status:", REGULAR, 12))
    data = lettering.plain("Act of the STOCK Union, GLN", REGULAR, 13)

    assert extracted(lettering, [*label, data]) == "FiLiNG STATUS:Act of the STOCK Union, GLN"


def test_each_face_has_its_own_memory():
    lettering = Lettering(Template.OLD)
    label = list(lettering.small_capitals("Status", REGULAR, 12))
    bold = lettering.plain("Type", BOLD, 13)

    assert extracted(lettering, [*label, bold]) == "statusType"


def test_a_map_is_cut_into_blocks_of_a_hundred():
    text = to_unicode({code: code for code in range(32, 256)}).decode()

    assert text.count("endbfchar") == 3
    assert "100 beginbfchar <20> <0020> <21> <0021>" in text
    assert "24 beginbfchar" in text
