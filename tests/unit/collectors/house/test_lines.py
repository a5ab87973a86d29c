from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.disclosures.house.lines import joined, lines_of
from collectors.disclosures.house.text import Word

WORDS = st.lists(
    st.builds(
        Word,
        x=st.floats(0, 600, allow_nan=False),
        y=st.floats(0, 800, allow_nan=False),
        text=st.sampled_from(["Apple", "Inc.", "P"]),
    )
)


def test_words_of_one_height_are_one_line_from_left_to_right():
    words = [Word(60, 500, "right"), Word(20, 499.2, "left"), Word(20, 480, "below")]
    assert [line.text for line in lines_of(words)] == ["left right", "below"]


@settings(deadline=None)
@given(words=WORDS)
def test_no_word_is_lost_or_doubled(words):
    assert sorted(word for line in lines_of(words) for word in line.words) == sorted(words)


@settings(deadline=None)
@given(words=WORDS)
def test_the_order_in_which_a_page_draws_its_words_does_not_matter(words):
    texts = [line.text for line in lines_of(words)]
    assert [line.text for line in lines_of(reversed(words))] == texts


def test_cells_join_with_spaces_and_broken_words_without():
    assert joined(["Series F Non-", "Cumulative", "", "[CS]"]) == "Series F Non-Cumulative [CS]"
    assert joined(["$15,001 -", "$50,000"]) == "$15,001 - $50,000"
    assert joined([]) == ""
