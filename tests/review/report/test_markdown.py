import re
import time
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.compare.changes import ChangeKind, PropertyChange
from aistacks_review.report.markdown import MARKER, markdown

TAGS = frozenset(re.findall(r"\w+", "h3 h4 table thead tbody tr th td b br code p sub details summary ul li pre a"))
VOID = {"br"}
# What GitHub or GitLab make something of outside of code: mentions, references, hashes, addresses, emoji, formulas.
READ = re.compile(
    r"@\w|[#!~%&$]\w|\b[A-Z]{2,}-\d|://|www\.|\w@|\b[0-9a-f]{7,40}\b|:[a-z_+-]+:|\[|`|\*\w|\$[^ ]+\$|<|\bjavascript:"
)


class Reader(HTMLParser):
    """Checks that tags nest, and keeps texts that stand outside of code."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.bare, self.tags, self.attributes, self.comments = [], [], set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"code", "pre", "a"} & set(self.open):
            self.bare.append(data)

    def handle_comment(self, data):
        self.comments.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def rendered(text):
    """As a forge's Markdown makes it; every block must be HTML of ours."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    assert {token.type for token in parser.parse(text)} == {"html_block"}
    return parser.render(text)


def safe(text):
    reader = read(rendered(text))
    assert reader.tags <= TAGS
    assert {(tag, name) for tag, name, _ in reader.attributes} <= {("pre", "lang"), ("code", "dir"), ("a", "href")}
    assert reader.comments == [" aistacks-plan "]
    assert text.count("<!--") == 1
    assert [data for data in reader.bare if READ.search(data)] == []
    assert text.replace("\n", "").isprintable()
    return reader


def test_the_first_screen_says_it_in_words(lake_review):
    text = markdown([lake_review])
    first = text[: text.index("<details>")]
    assert text.startswith(f"{MARKER}\n")
    for words in (
        "Must not be merged: what stops it is in prod.",
        "<b>Must not be merged</b>",
        "<b>+ 1</b> created<br><b>~ 1</b> changed<br><b>± 1</b> replaced<br><b>\N{MINUS SIGN} 1</b> deleted",
        "<b>Data loss</b> (critical): The bucket <code>lake-gold</code> is deleted.<br>and 1 more risk",
        "<b>at least 40</b> (+35 of what is known)<br>range 37\N{EN DASH}44 of what is known",
        "at least 132 % of the budget of 30",
        "and 1 resource not known",
        "<b>1 fail</b><br>1 waived<br>1 not to be judged yet<br>212 pass",
    ):
        assert words in first


def test_the_details_say_the_rest(lake_review):
    text = markdown([lake_review])
    for words in (
        "<b><code>DataLake lake</code></b>: 1 bucket deleted, 1 bucket policy changed",
        "- bucket lake-gold  (protected: Pulumi will refuse this; it stays in the cloud, unmanaged)",
        "-     policy Statement[0].Action: &quot;s3:Get*&quot;\n+     policy Statement[0].Action: &quot;s3:*&quot;",
        "+     cidrBlock: &quot;10.1.0.0/16&quot;   (so it is replaced)",
        "40 resources stay as before",
        "Prices as of <code>2026-11-20</code> in <code>eu-west-1</code>",
        "<td>200 (100\N{EN DASH}400) GB-month</td><td>0.023</td><td>4.60</td><td>2.30\N{EN DASH}9.20</td>",
        "<td>200 GB in each layer</td>",
        "Fix: Deny <code>aws:SecureTransport</code> false.",
        "At <code>stacks/__main__.py:12</code>",
        "Waived by <code>data-team</code> until <code>2027-03-31</code>",
        "not sure: it depends on what is known only after deployment",
        "stack reference: <code>organisation/shared/prod</code>",
        "The cloud has a bucket more.",
        "One part was left out.",
        "Planned from <code>0123456789ab</code> against <code>89abcdef0123</code>.",
    ):
        assert words in text
    safe(text)


def test_every_block_is_ours_and_well_formed(real_reviews):
    reader = safe(markdown(real_reviews, page_url="https://ci.example.com/1/plan.html"))
    assert [value for tag, _, value in reader.attributes if tag == "a"] == ["https://ci.example.com/1/plan.html"]


def test_a_hostile_program_is_only_text(hostile_review):
    for limit in (1_000_000, 60_000, 20_000, 5_000):
        text = markdown([hostile_review], limit=limit)
        safe(text)
        assert len(text.encode()) <= limit


def test_a_hostile_error_is_only_text(reviewed, hostile):
    safe(markdown([reviewed(error=text, environment=text) for text in hostile]))


def test_an_address_that_is_none_is_no_link(lake_review):
    for address in ('https://x.example/"><script>', "javascript:alert(1)", "<!-- aistacks-plan -->"):
        assert "<a " not in markdown([lake_review], page_url=address)
        safe(markdown([lake_review], page_url=address, limit=3000))


def test_secrets_and_unknowns(reviewed, registration, changed):
    one = registration("a:b:C", "c", inputs={"key": "opensesame"}, secrets=["key"])
    change = changed(
        ChangeKind.UPDATE,
        one,
        PropertyChange("key", "opensesam", "opensesame", secret=True),
        PropertyChange("id", UNKNOWN, "opensesame/x"),
        reason="because opensesame",
    )
    text = markdown([reviewed([change], notes=["opensesame!"], disagreements=["it is opensesame"])])
    assert "opensesam" not in text
    assert "-     key: (secret)" in text
    assert "-     id: known after deployment" in text


@pytest.mark.parametrize("limit", [60_000, 65_536, 1_000_000, 30_000, 10_000, 3_000, 1_500, 700, 300, 30, 5, 0])
def test_the_limit_is_kept_whatever_comes(large_review, lake_review, limit):
    began = time.process_time()
    text = markdown([large_review(), lake_review], limit=limit, page_url="https://ci.example.com/1")
    assert time.process_time() - began < 2
    assert len(text.encode()) <= limit
    if limit >= 300:
        reader = safe(text)
        assert "shortened" in text or limit < 700
        assert ("a", "href", "https://ci.example.com/1") in reader.attributes
    if limit >= 60_000:
        assert re.search(r"and 4,\d\d\d more resources|more resources?, not shown here", text)
        # The small one beside it is told whole.
        assert "Statement[0].Action" in text


def test_a_hundred_environments(reviewed, registration, changed):
    change = changed(ChangeKind.UPDATE, registration("a:b:C", "c"), PropertyChange("x", "y" * 500, "z" * 500))
    text = markdown([reviewed([change] * 40, environment=f"env{i}") for i in range(300)])
    safe(text)
    assert len(text.encode()) <= 60_000
    assert "more environments, not shown here" in text


def test_no_environment_and_no_change(reviewed):
    assert "No environment was planned." in safe(markdown([])).bare[0] + markdown([])
    text = markdown([reviewed(environment="")])
    safe(text)
    assert "none changes" in text
    assert "not estimated" in text
    assert "no check ran" in text
    assert "<details>" not in text
