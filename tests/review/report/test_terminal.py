import io
import re

import pytest
from rich.console import Console

from aistacks_review.compare.changes import ChangeKind, PropertyChange
from aistacks_review.report.terminal import show


def shown(reviews, width=80, encoding="utf-8", **more):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    console = Console(file=file, width=width, highlight=False, **more)
    show(reviews, console)
    file.flush()
    return raw.getvalue().decode(encoding)


def squeezed(text):
    return " ".join(re.sub(r"[│├└─]", " ", text).split())


def test_it_says_everything_in_eighty_columns(lake_review):
    text = shown([lake_review])
    assert max(len(line) for line in text.splitlines()) <= 80
    found = squeezed(text)
    for words in (
        "prod Must not be merged",
        "1 policy check fails and the expected cost is $9.60 over the budget of $30 a month.",
        "+1 created ~1 changed ±1 replaced \N{MINUS SIGN}1 deleted 40 as before",
        "at least $40 a month expected (+$35 of what is known), range $37\N{EN DASH}44 of what is known",
        "132 % of the budget of $30",
        "critical Data loss: The bucket lake-gold is deleted. why: no layer stacks/__main__.py:12",
        "(not sure: it depends on what is known only after deployment)",
        "high s3-tls-only: Buckets take TLS only lake-bronze-policy: the policy denies no plain HTTP",
        "fix: Deny aws:SecureTransport false.",
        "212 pass, 1 waived, 1 not to be judged before deployment",
        "DataLake lake: 1 bucket deleted, 1 bucket policy changed",
        "\N{MINUS SIGN} bucket lake-gold (protected: Pulumi will refuse this; it stays in the cloud, unmanaged)",
        '~ policy Statement[0].Action: "s3:Get*" → "s3:*"',
        '~ cidrBlock: "10.0.0.0/16" → "10.1.0.0/16" so it is replaced',
        "+ bucket logs",
        "All together at least $40 $37\N{EN DASH}44 +$35 known",
        "assumed: 200 GB in each layer",
        "not known: traffic of network-vpc (nobody knows it)",
        "The cloud has a bucket more.",
        "stack reference: organisation/shared/prod stacks/__main__.py:3",
        "One part was left out.",
    ):
        assert words in found


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_is_wider_than_the_terminal(lake_review, hostile_review, width):
    from rich.cells import cell_len

    lines = shown([lake_review, hostile_review], width).splitlines()
    assert len(lines) > 40
    assert [line for line in lines if cell_len(line) > width] == []


def test_a_hostile_program_gives_no_commands_and_no_markup(hostile_review):
    text = shown([hostile_review], 120)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[bold red]x[/]" in text
    assert text.replace("\n", "").isprintable()


def test_colours_are_the_only_commands_in_a_terminal(hostile_review):
    text = shown([hostile_review], 120, force_terminal=True, color_system="standard")
    assert "\x1b[" in text
    assert re.sub(r"\x1b\[[\d;]*m", "", text).replace("\n", "").isprintable()


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_an_old_encoding_takes_it(lake_review, hostile_review, real_reviews, encoding):
    text = shown([lake_review, hostile_review, *real_reviews], encoding=encoding)
    assert "created" in text


def test_minus_in_ascii(lake_review):
    text = squeezed(shown([lake_review], encoding="ascii"))
    assert "+1 created ~1 changed +-1 replaced -1 deleted" in text


def test_secrets_are_not_shown(reviewed, registration, changed):
    one = registration("a:b:C", "c", inputs={"key": "opensesame"}, secrets=["key"])
    change = changed(
        ChangeKind.REPLACE, one, PropertyChange("key", "opensesam", "opensesame", secret=True), reason="opensesame"
    )
    text = shown([reviewed([change], notes=["opensesame"])])
    assert "opensesam" not in text
    assert "(secret)" in text


def test_a_large_change_is_short(large_review, timed):
    text, seconds = timed(lambda: shown([large_review()]))
    assert seconds < 2
    assert len(text.splitlines()) < 3_000
    assert "more resources, not shown here" in text


def test_several_environments_end_with_the_verdict(real_reviews, reviewed):
    found = squeezed(shown([*real_reviews, reviewed(error="the program ended with a mistake", environment="odd")]))
    assert "odd Can't be planned the program ended with a mistake" in found
    assert found.startswith("Can't be planned: the program doesn't run in odd.")
    assert found.endswith("Can't be planned: the program doesn't run in odd.")
    assert "sandbox No change" in found
    assert "there is nothing to compare with" in found


def test_nothing_at_all():
    assert shown([]) == "No environment was planned.\n"
