"""The generated PDFs have the structure of the Clerk's, seen through two readers."""

import io
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest

from collectors.replay.house.filing import Published, Shape, Template
from collectors.replay.house.site import draw
from tests.integration.replay.documents import ALL

REPORTS = [each for each in ALL if each.filing.kind == "P" and each.filing.shape is Shape.TEXT]
SCANS = [each for each in ALL if each.filing.shape is Shape.SCAN]
BY_ID = {each.doc_id: each for each in ALL}
HEADER_START, HEADER_END = "ID Owner Asset", "$200?"


def texts(body: bytes) -> list[str]:
    """The text of each page in content order."""
    with pypdfium2.PdfDocument(body) as document:
        return [_text(page) for page in document]


def _text(page: pypdfium2.PdfPage) -> str:
    with closing(page), closing(page.get_textpage()) as text_page:
        return str(text_page.get_text_bounded()).replace("\r\n", "\n").strip()


def boxes(body: bytes) -> Iterator[int]:
    """The number of paths of each check box in the last column, in the order of drawing."""
    with pypdfium2.PdfDocument(body) as document:
        for page in document:
            yield from (len(list(pieces)) for _, pieces in groupby(_middles(page), _is_near()))
            page.close()


def _middles(page: pypdfium2.PdfPage) -> Iterator[float]:
    for piece in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=2):
        left, bottom, right, top = piece.get_bounds()
        if left > 540 and right - left < 14 and top - bottom < 14:
            yield (top + bottom) / 2


def _is_near() -> Callable[[float], float]:
    """A key for `groupby` that stays the same while heights differ by less than 3 pt."""
    last = [0.0]

    def key(middle: float) -> float:
        if abs(middle - last[0]) > 3:
            last[0] = middle
        return last[0]

    return key


def by_template(template: Template) -> list[Published]:
    return [each for each in REPORTS if each.filing.template is template]


@pytest.mark.parametrize(
    ("template", "permissions"), [(Template.OLD, -3897), (Template.NEW, -1849)]
)
def test_reports_are_encrypted_with_an_empty_password_and_forbid_copying(template, permissions):
    reader = pypdf.PdfReader(io.BytesIO(draw(by_template(template)[0])))
    encryption = reader.trailer["/Encrypt"].get_object()
    assert isinstance(encryption, pypdf.generic.DictionaryObject)

    assert {name: encryption[name] for name in ("/Filter", "/V", "/R", "/Length", "/P")} == {
        "/Filter": "/Standard",
        "/V": 2,
        "/R": 3,
        "/Length": 128,
        "/P": permissions,
    }
    assert reader.decrypt("") == pypdf.PasswordType.USER_PASSWORD


def test_the_new_template_hides_the_small_letters_of_its_labels():
    body = draw(BY_ID["29260004"])
    reader = pypdf.PdfReader(io.BytesIO(body))
    first = texts(body)[0]

    assert "\x00" in reader.pages[0].extract_text()
    assert "\x00" not in first
    lines = first.split("\n")
    assert lines[0] == "P T R"
    assert {"F I", "T", "F S: New", "F S: Amended", "F S: Deleted", "C: Amount corrected"} <= set(
        lines
    )
    assert " Yes No" in first


def test_the_old_template_scrambles_the_case_of_labels_and_data():
    first = texts(draw(BY_ID["29250007"]))[0]

    assert "FILINg sTaTus: New" in first
    assert "Hart Dairy (HRTD) [sT] P 01/14/2025 02/01/2025 $1,001 - $15,000 gfedc\n" in first
    assert "Cape salt (CPsL) [sT] s 01/07/2025 02/01/2025 $1,001 - $15,000 gfedcb\n" in first


@pytest.mark.parametrize("published", by_template(Template.NEW), ids=lambda each: each.doc_id)
def test_the_new_template_draws_three_paths_for_a_box_and_four_for_a_ticked_one(published):
    found = list(boxes(draw(published)))

    assert set(found) <= {3, 4}
    assert len(found) >= len(published.filing.rows)
    assert (4 in found) is any(row.gains for row in published.filing.rows)


def test_a_row_that_is_broken_over_pages_has_its_box_on_both():
    published = BY_ID["29260009"]

    assert list(boxes(draw(published))) == [
        paths
        for row in published.filing.rows
        for paths in [4 if row.gains else 3] * (2 if row.description else 1)
    ]


def test_the_new_template_wraps_its_first_page_in_a_form():
    with pypdfium2.PdfDocument(draw(BY_ID["29260009"])) as document:
        kinds = [{each.type for each in page.get_objects(max_depth=1)} for page in document]

    assert kinds[0] == {pdfium_c.FPDF_PAGEOBJ_FORM}
    assert pdfium_c.FPDF_PAGEOBJ_FORM not in kinds[1]


def test_a_continued_table_repeats_its_header_first_in_the_new_template():
    first, *later = texts(draw(BY_ID["29250014"]))

    assert len(later) > 20
    assert first.endswith("Filing ID #29250014")
    assert all(text.startswith(HEADER_START) for text in later[:-1])


def test_a_continued_table_repeats_its_header_last_in_the_old_template():
    first, *later = texts(draw(BY_ID["29240009"]))

    assert len(later) > 4
    assert first.lower().endswith("filing id #29240009")
    assert all(text.endswith(HEADER_END) for text in later)
    assert not any(text.lower().startswith(HEADER_START.lower()) for text in later)


@pytest.mark.parametrize(
    ("doc_id", "last", "first"),
    [
        ("29250007", "Ironbark Therapeutics Inc. (IRBK) P 01/15/2025", "[sT] $50,000\ngfedc\n"),
        ("29260009", "JT Ironbark Therapeutics Inc. (IRBK) S 06/03/2026", "[ST] $50,000\nF S:"),
        ("29250008", "US Treasury Bill [GS] S 06/03/2025", "$250,000\nF S: New"),
        ("29260010", "SP Linseed S.A. American Shares Each S", "Representing one (LNSD) [ST]\n"),
        ("29260011", "S O: W.S. Trust > Charter Financial", "D: Structured investment product."),
        ("29240002", "SUBHOLDINg OF: W.S. Trust", "LOCATION: Boise, ID, US\n"),
        ("29240004", "I V D", "First Trust (Owner: SP)\nL: US\n"),
    ],
)
def test_pages_break_where_a_reader_is_easily_lost(doc_id, last, first):
    one, two = texts(draw(BY_ID[doc_id]))[:2]
    end = one.rpartition("\nFiling ID")[0].split("\n")[-1]
    is_headed = two.startswith(HEADER_START)
    start = two.partition(f"{HEADER_END}\n")[2] if is_headed else two

    assert end.startswith(last)
    assert start.startswith(first)


@pytest.mark.parametrize("published", SCANS, ids=lambda each: each.doc_id)
def test_a_paper_filing_is_pictures_without_text_or_encryption(published):
    body = draw(published)
    reader = pypdf.PdfReader(io.BytesIO(body))

    assert not reader.is_encrypted
    assert [len(page.images) for page in reader.pages] == [1] * len(reader.pages)
    assert texts(body) == [""] * len(reader.pages)


def test_a_long_paper_filing_has_several_pages():
    pages = {len(pypdf.PdfReader(io.BytesIO(draw(each))).pages) for each in SCANS}

    assert pages == {1, 2}


@pytest.mark.parametrize("published", ALL, ids=lambda each: each.doc_id)
def test_every_document_is_drawn_to_the_same_bytes(published):
    assert draw(published) == draw(published)
