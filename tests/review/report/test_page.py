import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from aistacks_review.compare.changes import ChangeKind, PropertyChange
from aistacks_review.cost.figures import Range
from aistacks_review.report.markdown import markdown
from aistacks_review.report.page import page

VOID = {"br", "meta", "input"}
NEVER = {
    "script",
    "img",
    "iframe",
    "object",
    "embed",
    "link",
    "base",
    "form",
    "audio",
    "video",
    "image",
    "use",
    "a:href",
}
ATTRIBUTES_NEVER = re.compile(r"^(on\w+|style|src|srcset|action|formaction|xlink:href|background|poster|data|target)$")


class Reader(HTMLParser):
    """Checks that tags nest, and keeps what there is."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((tuple(self.open), data))

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self):
        return " ".join(" ".join(data for _, data in self.texts).split())


def safe(text):
    """The page is ours: no script, no handler, nothing loaded, no link out of it."""
    reader = Reader(text)
    assert {tag for tag, _ in reader.elements} & NEVER == set()
    assert [name for _, found in reader.elements for name in found if ATTRIBUTES_NEVER.match(name)] == []
    assert [found["href"] for found in reader.of("a") if not found["href"].startswith("#")] == []
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    assert re.findall(r"url\(|@import|expression", style) == []
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(m["content"] for m in reader.of("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.replace("\n", "").isprintable()
    return reader


def accessible(reader):
    """What can be checked without a browser; axe-core was run by hand in a real one (docs/reports.md)."""
    assert reader.of("html") == [{"lang": "en"}]
    assert len(reader.of("main")) == len(reader.of("header")) == len(reader.of("h1")) == 1
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    ids = [found["id"] for _, found in reader.elements if "id" in found]
    assert len(ids) == len(set(ids))
    for _, found in reader.elements:
        for name in ("aria-labelledby", "for"):
            assert set(found.get(name, "").split()) <= set(ids)
        if found.get("href", "").startswith("#"):
            assert found["href"][1:] in ids
    assert len(reader.of("caption")) == len(reader.of("table"))
    assert [found for found in reader.of("th") if "scope" not in found] == []
    for found in reader.of("svg"):
        assert found.get("aria-hidden") == "true" or (found["role"] == "img" and found["aria-labelledby"])
    for found in reader.elements:
        if found[1].get("role") == "region":
            assert found[1]["tabindex"] == "0"
            assert found[1]["aria-label"]
    regions = [found["aria-label"] for _, found in reader.elements if found.get("role") == "region"]
    assert len(regions) == len(set(regions))


def test_a_page_of_real_environments(real_reviews, timed):
    text, seconds = timed(lambda: page(real_reviews))
    assert seconds < 0.3
    assert len(text) < 1_500_000
    accessible(safe(text))


def test_it_says_everything(lake_review):
    reader = safe(page([lake_review]))
    accessible(reader)
    text = reader.text()
    for words in (
        "Must not be merged: what stops it is in prod.",
        "Planned from 0123456789ab against 89abcdef0123",
        "+ 1 created",
        "± 1 replaced",
        "40 as before",
        "Data loss (critical)",
        "Not sure: it depends on what is known only after deployment.",
        "132 % of the budget of $30",
        "Fix: Deny aws:SecureTransport false.",
        "stacks/__main__.py:12",
        "Waived by data-team until 2027-03-31",
        "1 policy check not to be judged before deployment",
        "(protected: Pulumi will refuse this; it stays in the cloud, unmanaged)",
        "policy Statement[0].Action",
        'becomes "10.1.0.0/16"',
        "so it is replaced",
        "200 GB in each layer",
        "the price list, 2026-11-20, SKU SKU1",
        "traffic of network-vpc : nobody knows it",
        "organisation/shared/prod",
        "The cloud has a bucket more.",
        "One part was left out.",
        "DataLake lake",
    ):
        assert words in text


def test_the_chart_is_to_scale(lake_review):
    reader = safe(page([lake_review]))
    bars = [found for found in reader.of("rect") if found.get("class") in ("span", "expected", "was")]
    limit = next(found for found in reader.of("line") if found.get("class") == "limit")
    whole = bars[:3]
    assert [found["class"] for found in whole] == ["span", "expected", "was"]
    # Of 44.20 dollars at most: from 37.30, 39.60 expected, 4.60 before, a budget of 30.
    assert whole[0]["x"] == "84.39%"
    assert whole[0]["width"] == "15.61%"
    assert whole[1]["width"] == "89.59%"
    assert whole[2]["width"] == "10.41%"
    assert limit["x1"] == "67.87%"


def test_filters_need_no_script(lake_review):
    text = page([lake_review])
    reader = Reader(text)
    kinds = {found["class"] for found in reader.of("input")}
    assert kinds == {"f-create", "f-update", "f-replace", "f-delete"}
    assert [found["value"] for found in reader.of("option")] == ["all", "c0", "c1"]
    for kind in ("create", "move"):
        assert f".env:has(.f-{kind}:checked) tr.is-{kind}" in text
    assert '#env-1:has(option[value="c1"]:checked) tbody:not(.c1)' in text
    rows = [found["class"] for found in reader.of("tr") if "row" in found.get("class", "")]
    assert rows == ["row is-delete", "row is-update", "row is-replace", "row is-create"]


def test_a_hostile_program_is_only_text(hostile_review, lake_review):
    reader = safe(page([hostile_review, lake_review]))
    accessible(reader)
    text = reader.text()
    assert "<img src=x onerror=alert(1)>" in text
    assert "{{ 7 * 7 }}" in text


def test_a_hostile_error_is_only_text(reviewed, hostile):
    safe(page([reviewed(error=text, environment=text) for text in hostile]))


def test_secrets_are_not_on_it(reviewed, registration, changed):
    one = registration("a:b:C", "c", inputs={"key": "opensesame"}, secrets=["key"])
    changes = [
        changed(kind, one, PropertyChange("key", "opensesam", "opensesame", secret=True), reason="opensesame")
        for kind in ChangeKind
    ]
    assert "opensesam" not in page([reviewed(changes, notes=["opensesame"])])


def test_a_large_change_makes_no_large_page(large_review, timed):
    text, seconds = timed(lambda: page([large_review()]))
    assert seconds < 2
    assert len(text) < 8_000_000
    reader = safe(text)
    assert len([found for found in reader.of("tr") if "row" in found.get("class", "")]) == 5_000
    assert "500 more risks" in reader.text()


def test_values_beyond_the_pages_room_are_counted(reviewed, registration, changed):
    properties = [PropertyChange(f"p{i}", "x" * 400, "y" * 400) for i in range(300)]
    changes = [changed(ChangeKind.UPDATE, registration("a:b:C", f"c{i}"), *properties) for i in range(40)]
    text = page([reviewed(changes)])
    assert len(text) < 5_000_000
    assert "300 properties not shown here" in Reader(text).text()


def test_more_rows_than_a_page_holds_are_counted(reviewed, registration, changed):
    one = registration("a:b:C", "c")
    text = page([reviewed([changed(ChangeKind.UPDATE, one)] * 8_100)])
    assert "100 more resources, not shown here" in Reader(text).text()


def test_odd_numbers_break_nothing(lake_review):
    odd = Range(float("nan"), float("inf"), float("-inf"))
    lines = [replace(line, monthly=odd, quantity=odd, price=float("nan")) for line in lake_review.cost.head.lines]
    cost = replace(lake_review.cost, head=replace(lake_review.cost.head, lines=lines), budget=float("inf"))
    review = replace(lake_review, cost=cost)
    assert "unknown" in safe(page([review])).text()
    assert "unknown" in markdown([review])


def test_no_environment_and_no_change(reviewed):
    assert "No environment was planned." in safe(page([])).text()
    reader = safe(page([reviewed(environment="")]))
    accessible(reader)
    text = reader.text()
    assert "none changes" in text
    assert "not estimated" in text
    assert "What changes" not in text
    assert reader.of("svg") == []


@pytest.mark.parametrize("base", [None, "base"])
def test_a_new_environment(lake_review, base):
    review = replace(lake_review, base=None, base_revision="") if base is None else lake_review
    text = safe(page([review])).text()
    assert ("there is nothing to compare with" in text) == (base is None)
