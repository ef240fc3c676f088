"""The report of a verification, and the schema of what programs read."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from markdown_it import MarkdownIt

from aistacks_models.verification.document import Verification

TEMPLATES = Path(__file__).parents[2] / "model_images" / "aistacks_models" / "report" / "templates"
SCHEMA = TEMPLATES.parent / "schema" / "verification.v1.json"


class Page(HTMLParser):
    """What a page holds, as a browser or a screen reader would find it."""

    def __init__(self, text):
        super().__init__()
        self.levels, self.ids, self.tags, self.outside, self.open, self.bare = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        facts = dict(attrs)
        self.tags.append((tag, facts))
        self.ids += [facts["id"]] if "id" in facts else []
        self.levels += [int(tag[1])] if re.fullmatch(r"h[1-6]", tag) else []
        for name in ("src", "href", "xlink:href", "action"):
            if not facts.get(name, "#").startswith("#"):
                self.outside.append(facts[name])
        if tag == "table":
            self.bare.append(True)
        if tag == "caption":
            self.bare[-1] = False

    def of(self, tag):
        return [facts for name, facts in self.tags if name == tag]


@pytest.fixture(scope="module")
def found(inside, tmp_path_factory):
    return inside("verify_report.py", tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def html(found):
    return found["files"]["report.html"]


def test_the_committed_schema_is_the_codes():
    assert json.loads(SCHEMA.read_text()) == Verification.model_json_schema(mode="serialization")


def test_readers_in_other_languages_can_check_by_the_schema(found):
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(found["files"]["report.json"]), schema)


def test_the_same_verification_gives_the_same_bytes(found):
    assert found["same"]
    assert not re.search(r"20\d\d-\d\d-\d\d", found["files"]["trade.svg"])


def test_the_first_thing_said_is_what_was_chosen_and_what_it_costs(html, found):
    said = "int8 was chosen: 4 times as fast, 4 times smaller, at −0.0040 accuracy."  # noqa: RUF001
    assert said in html
    assert found["files"]["report.md"].splitlines()[2] == f"**{said}**"
    assert "instead of 0.9500: −0.0040; at worst −0.0080" in html  # noqa: RUF001


def test_what_was_refused_and_what_was_dropped_say_why(html):
    assert "Quality: it loses 0.0300 on 1,000 rows" in html
    assert "no GPU &lt;script&gt;" in html


def test_a_reference_that_stays_the_fastest_is_served_as_it_came(found):
    assert found["first"].splitlines()[2] == "**original is served as it came: no variant that passed is faster.**"
    assert "| original | **chosen** |" in found["first"]


def test_when_nothing_may_be_served_the_page_begins_with_that(found):
    assert "Nothing can be served. No variant that ONNX Runtime runs passed every gate." in found["none"]
    assert 'class="headline failed"' in found["none"]


def test_a_metric_without_classes_has_no_section_for_them(found):
    assert "Quality by class" in found["files"]["report.html"]
    assert "Quality by class" not in found["plain"]


def test_nothing_on_the_page_runs_or_fetches(html):
    page = Page(html)
    assert page.outside == []
    assert not {"script", "link", "img", "iframe", "form"} & {tag for tag, _ in page.tags}
    assert "default-src 'none'" in html


@pytest.mark.parametrize("name", ["report.html", "report.md", "classes.svg"])
def test_texts_from_elsewhere_are_escaped(found, name):
    text = found["files"][name]
    shown = MarkdownIt("commonmark").enable("table").render(text) if name.endswith(".md") else text
    assert "alert(1)" in shown
    assert "<script" not in shown


def test_headings_follow_one_another_and_every_table_has_a_caption(html):
    page = Page(html)
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.levels, page.levels[1:], strict=False))
    assert page.bare
    assert not any(page.bare)
    assert all(facts.get("scope") in ("col", "row") for facts in page.of("th"))


def test_every_figure_has_a_text_in_its_place(html):
    page = Page(html)
    figures = page.of("svg")
    assert len(figures) == 3
    assert all(facts["role"] == "img" and facts["aria-labelledby"] in page.ids for facts in figures)
    assert "3 variants as bubbles" in html


def test_ids_are_there_once(html):
    ids = Page(html).ids
    assert len(ids) == len(set(ids))


def test_figures_take_the_colours_of_the_page(html):
    drawing = html[html.index("<svg") :]
    assert "var(--text)" in drawing
    assert not re.search(r"#[0-9a-f]{6}\b", drawing)


def test_the_tables_of_the_markdown_are_whole(found):
    shown = MarkdownIt("commonmark").enable("table").render(found["files"]["report.md"])
    assert shown.count("<table>") == 4
    rows = re.findall(r"<tr>.*?</tr>", shown, re.S)
    assert all(len(re.findall(r"<t[hd]", row)) > 1 for row in rows)
    assert "| ---" not in shown


def luminance(colour):
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


PAIRS = [(ink, "ground") for ink in ("text", "muted", "accent", "create", "update", "delete")] + [
    ("text", "panel"), ("muted", "panel"), ("create", "create-ground"), ("delete", "delete-ground"),
    ("update", "create-ground"), ("delete", "create-ground"), ("muted", "create-ground"), ("text", "create-ground"),
    ("accent", "move-ground"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids="-on-".join)
def test_texts_stand_out_from_their_ground(scheme, pair):
    blocks = re.findall(r":root \{(.*?)\n ?\s*\}", (TEMPLATES / "style.css").read_text(), re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", blocks[scheme]))
    assert contrast(colours[pair[0]], colours[pair[1]]) >= 4.5
