import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from collectors.disclosures.house import text
from collectors.disclosures.house.parse import parse_filing
from collectors.disclosures.house.records import FilingStatus
from collectors.disclosures.house.text import Box, NotPdf, PdfUnreadable, read_pages

PAGE = (612, 792)


Drawing = Callable[[Canvas], None]


def pdf(*drawings: Drawing, encrypt: StandardEncryption | None = None) -> bytes:
    """Return the bytes of a PDF with one page per function that draws on a canvas."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=PAGE, encrypt=encrypt)
    for draw in drawings:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def hello(canvas: Canvas) -> None:
    canvas.drawString(100, 700, "Hello world")


def box(strokes: int) -> Drawing:
    def draw(canvas: Canvas) -> None:
        for _ in range(strokes):
            canvas.rect(545, 455, 9.5, 9.5)

    return draw


def image(x: float, y: float, width: float, height: float) -> Drawing:
    def draw(canvas: Canvas) -> None:
        white = ImageReader(io.BytesIO(b"P6 2 2 255 " + bytes([255] * 12)))
        canvas.drawImage(white, x, y, width, height)

    return draw


SCAN = image(0, 0, *PAGE)
SEAL = image(40, 680, 60, 60)


def test_words_bear_the_place_of_their_baseline():
    page = read_pages(pdf(hello))[0]
    assert [word.text for word in page.words] == ["Hello", "world"]
    first, second = page.words
    assert (first.x, first.y) == pytest.approx((100, 700), abs=0.01)
    assert second.x > first.x + 20
    assert second.y == pytest.approx(700, abs=0.01)


def test_pages_come_in_order():
    pages = read_pages(pdf(hello, lambda canvas: canvas.drawString(50, 50, "two")))
    assert [page.words[0].text for page in pages] == ["Hello", "two"]


def test_a_word_hyphenated_over_two_lines_is_two_words_in_two_places():
    def draw(canvas):
        canvas.drawString(100, 700, "Series LN-")
        canvas.drawString(100, 689, "FIRST Lien")

    words = read_pages(pdf(draw))[0].words
    assert [word.text for word in words] == ["Series", "LN-", "FIRST", "Lien"]
    assert [round(word.y) for word in words] == [700, 700, 689, 689]


@pytest.mark.parametrize(("strokes", "checked"), [(3, False), (4, True), (1, None), (5, None)])
def test_a_box_of_three_paths_is_empty_and_of_four_ticked(strokes, checked):
    boxes = read_pages(pdf(box(strokes)))[0].boxes
    assert [found.checked for found in boxes] == [checked]
    assert (boxes[0].x, boxes[0].y) == pytest.approx((549.75, 459.75), abs=1)


def test_boxes_drawn_inside_a_form_are_found():
    def draw(canvas):
        canvas.beginForm("row")
        box(4)(canvas)
        canvas.endForm()
        canvas.doForm("row")

    assert [found.checked for found in read_pages(pdf(draw))[0].boxes] == [True]


def test_rules_and_shading_are_no_boxes():
    def draw(canvas):
        canvas.rect(20, 400, 550, 40, fill=1)
        canvas.line(20, 400, 570, 400)

    assert read_pages(pdf(draw))[0].boxes == ()


@pytest.mark.parametrize(("glyphs", "checked"), [("gfedc", False), ("gfedcb", True)])
def test_the_old_templates_box_glyphs_are_boxes_even_when_glued(glyphs, checked):
    page = read_pages(pdf(lambda canvas: canvas.drawString(440, 300, f"$15,000{glyphs}")))[0]
    assert [word.text for word in page.words] == ["$15,000"]
    assert isinstance(page.boxes[0], Box)
    assert page.boxes[0].checked is checked
    assert page.boxes[0].x > 470


@pytest.mark.parametrize(("drawing", "expected"), [(SCAN, True), (SEAL, False), (hello, False)])
def test_a_page_is_an_image_when_an_image_covers_most_of_it(drawing, expected):
    assert read_pages(pdf(drawing))[0].is_image is expected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!DOCTYPE html><html><title>404</title></html>",
        b"\x00" * 5000,
        b" " * 2000 + b"%PDF-1.7",
    ],
)
def test_bytes_without_the_magic_are_no_pdf(body):
    with pytest.raises(NotPdf, match="This is not a PDF"):
        read_pages(body)
    assert parse_filing(body).status is FilingStatus.NOT_A_PDF


def test_the_magic_may_follow_a_few_stray_bytes():
    assert read_pages(b"\r\n\r\n" + pdf(hello))[0].words[0].text == "Hello"


@pytest.mark.parametrize("body", [b"%PDF-1.7", b"%PDF-1.4\n" + b"junk" * 500])
def test_a_damaged_pdf_is_unreadable_and_says_so(body):
    with pytest.raises(PdfUnreadable, match="damaged or cut short"):
        read_pages(body)
    assert parse_filing(body).status is FilingStatus.UNREADABLE


def test_a_pdf_locked_for_copying_alone_is_read():
    locked = StandardEncryption("", ownerPassword="owner", canCopy=0)
    assert read_pages(pdf(hello, encrypt=locked))[0].words[0].text == "Hello"


def test_a_pdf_with_an_unknown_password_is_unreadable():
    body = pdf(hello, encrypt=StandardEncryption("secret", ownerPassword="owner"))
    filing = parse_filing(body)
    assert filing.status is FilingStatus.UNREADABLE
    assert "encrypted with a password" in filing.reason


def test_too_many_pages_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(text, "MAX_PAGES", 2)
    assert len(read_pages(pdf(hello, hello))) == 2
    with pytest.raises(PdfUnreadable, match="3 pages; at most 2"):
        read_pages(pdf(hello, hello, hello))


def test_too_much_text_is_refused(monkeypatch):
    monkeypatch.setattr(text, "MAX_CHARACTERS", 20)
    with pytest.raises(PdfUnreadable, match="more than 20 characters"):
        read_pages(pdf(hello, hello))


def test_too_many_drawings_are_refused(monkeypatch):
    monkeypatch.setattr(text, "MAX_OBJECTS", 3)
    assert read_pages(pdf(box(3)))[0].boxes
    with pytest.raises(PdfUnreadable, match="more than 3 things"):
        read_pages(pdf(box(4)))


def test_a_page_with_nothing_on_it_is_empty():
    assert parse_filing(pdf(lambda _: None)).status is FilingStatus.EMPTY


def test_a_scanned_page_is_scanned():
    assert parse_filing(pdf(SCAN, SCAN)).status is FilingStatus.SCANNED


@settings(deadline=None)
@given(body=st.binary(max_size=300), prefix=st.sampled_from([b"", b"%PDF-1.4\n"]))
def test_no_bytes_raise(body, prefix):
    assert parse_filing(prefix + body).transactions == ()


GOOD = pdf(hello, box(3))


@settings(deadline=None)
@given(cut=st.integers(0, len(GOOD)), at=st.integers(0, len(GOOD) - 1), byte=st.integers(0, 255))
def test_no_damage_to_a_good_pdf_raises(cut, at, byte):
    damaged = bytearray(GOOD)
    damaged[at] = byte
    assert parse_filing(GOOD[:cut]).transactions == ()
    assert parse_filing(bytes(damaged)).transactions == ()
