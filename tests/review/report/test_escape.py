import pytest

from aistacks_core.symbols import mark
from aistacks_review.report.escape import clean, code, link, prose


def test_what_is_plain_stays_as_it_is():
    assert clean("lake-bronze") == "lake-bronze"
    assert clean("Größe 大きさ") == "Größe 大きさ"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a\\u202eb"),
        ("a\u200bb", "a\\u200bb"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("a\u00a0b", "a b"),
        ("a\u3164b", "ab"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 2),
    ],
)
def test_what_hides_or_reorders_is_seen(text, shown):
    assert clean(text) == shown


def test_a_cut_text_is_as_long_as_it_may_be():
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert clean("x" * 10, 10) == "x" * 10


def test_a_mark_is_no_readers_business_wherever_the_cut_is():
    text = f"arn:aws:s3:::lake-{mark('urn')}/*"
    assert clean(text) == "arn:aws:s3:::lake-…/*"
    for limit in range(1, 40):
        assert "zz" not in clean(text, limit)


def test_anything_becomes_text():
    assert clean(None) == "None"
    assert clean(3) == "3"


def test_code_escapes_and_isolates_what_runs_from_right_to_left():
    assert code("<b>&") == "<code>&lt;b&gt;&amp;</code>"
    assert code("\u05d0") == '<code dir="auto">\u05d0</code>'
    assert code("") == "<code>(empty)</code>"


def test_prose_leaves_words_and_marks_what_is_none():
    assert prose("The bucket lake-gold, and all of it, can't be had back (by nobody).") == (
        "The bucket <code>lake-gold</code>, and all of it, can&#x27;t be had back (by nobody)."
    )


@pytest.mark.parametrize(
    "word",
    [
        "@you",
        "#12",
        "!12",
        "$12",
        "~3",
        "GH-7",
        "a/b#1",
        "https://x.example",
        "www.x.example",
        "a@b",
        "deadbeef1",
    ],
)
def test_nothing_that_a_forge_reads_stands_bare(word):
    assert prose(f"see {word} now") == f"see <code>{word}</code> now"
    assert prose(f"({word})").startswith(("(<code>", "<code>"))


def test_an_emojis_name_is_no_word():
    assert prose("a :tada: b") == "a <code>:tada</code>: b"


def test_amounts_are_words_where_no_forge_reads():
    assert prose("$1,200 more") == "<code>$1,200</code> more"
    assert prose("$1,200 more", amounts=True) == "$1,200 more"


def test_only_a_plain_address_becomes_a_link():
    assert (
        link("https://ci.example.com/a/1?x=1&y=2", "all") == '<a href="https://ci.example.com/a/1?x=1&amp;y=2">all</a>'
    )
    for bad in ("javascript:alert(1)", 'https://x.example/"onclick=', "https://x.example/ a", "", "//x.example"):
        assert link(bad, "all") == "all"
