"""Price books: each row with its source and date, tiers, and what can't be read."""

import math
import re
from pathlib import Path

import pytest

from aistacks_catalog.aws.facts import instances, regions
from aistacks_catalog.aws.prices import book
from aistacks_core.errors import UserError

HEADING = ",".join(book.COLUMNS)
GOOD = "vpc,NAT gateway,eu-west-1,hour,0.048,0,,SKU,a page,2026-11-24"


def written(folder, *lines, region="eu-west-1"):
    (folder / f"{region}.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("region", book.regions())
def test_each_book_can_be_read_and_each_row_says_where_its_price_is_from(region):
    assert region in regions()
    prices = book.load(region)
    rows = [row for price in prices for row in price.rows]
    assert len(rows) > 150
    for row in rows:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+/.+@[0-9a-f]{8}( \(middle zone\))?", row.source), row
        assert not row.sku or re.fullmatch(r"[A-Z0-9]{16}", row.sku), row
        assert "2024-01-01" < row.date < "2026-12-01", row
        # A database in two zones is two machines.
        assert 0 <= row.price < (400 if "Multi-AZ" in row.item else 200), row


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "eu-central-1", "us-west-2"])
def test_the_common_regions_have_what_our_stacks_are_made_of(region):
    prices = book.load(region)
    for service, item in [
        ("eks", "control plane"), ("eks", "extended support"), ("vpc", "NAT gateway"), ("vpc", "NAT gateway data"),
        ("vpc", "interface endpoint"), ("vpc", "interface endpoint data"), ("vpc", "public IPv4 address"),
        ("ebs", "gp3"), ("s3", "storage"), ("s3", "writing requests"), ("s3", "reading requests"),
        ("redshift", "serverless"), ("redshift", "node ra3.4xlarge"), ("logs", "ingested"), ("logs", "vended"),
        ("logs", "stored"), ("kms", "key"), ("kms", "requests"), ("athena", "scanned"), ("transfer", "internet"),
        ("ec2", "on-demand g5.xlarge"), ("ec2", "spot g5.xlarge"), ("ec2", "on-demand m7i.large"),
    ]:  # fmt: skip
        assert prices.get(service, item), (service, item)


@pytest.mark.parametrize("region", book.regions())
def test_instances_are_types_that_are_known_and_spot_is_below_on_demand(region):
    prices = book.load(region)
    for price in prices:
        kind, _, type_ = price.rows[0].item.partition(" ")
        if price.rows[0].service == "ec2":
            assert type_ in instances(), type_
            if kind == "spot":
                assert price.first < prices.get("ec2", f"on-demand {type_}").first


def test_a_tier_costs_its_own_price():
    with_tiers = book.load("us-east-1").get("s3", "storage")
    # 600 TB: 50 at 0.023, 450 at 0.022, 100 at 0.021, a TB being 1,024 GB.
    assert with_tiers.cost(600 * 1024) == pytest.approx(51200 * 0.023 + 460800 * 0.022 + 102400 * 0.021)
    assert with_tiers.cost(0) == 0


def test_a_free_first_tier_is_free_and_the_price_is_the_next_ones():
    requests = book.load("eu-west-1").get("sns", "requests")
    assert (requests.cost(1_000_000), requests.first) == (0, 5e-7)
    assert requests.cost(3_000_000) == pytest.approx(1.0)


def test_no_region_stands_in_for_another(tmp_path):
    written(tmp_path, HEADING, GOOD)
    assert len(book.load("eu-west-1", tmp_path)) == 1
    assert len(book.load("eu-west-2", tmp_path)) == 0


@pytest.mark.parametrize("region", ["../../etc/passwd", "", "eu-west-1.csv", "EU-WEST-1", "nowhere-9"])
def test_what_is_no_region_has_an_empty_book(region):
    assert len(book.load(region)) == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("vpc,NAT gateway,eu-west-1,hour,0.048", r"eu-west-1\.csv:2: got 5 columns"),
        (GOOD.replace("0.048", "cheap"), r":2: got price 'cheap'; expected a number from 0 up"),
        (GOOD.replace("0.048", "-1"), "a number from 0 up"),
        (GOOD.replace("0.048", "nan"), "a number from 0 up"),
        (GOOD.replace("eu-west-1", "eu-west-2"), "the region 'eu-west-2'; expected eu-west-1"),
        (GOOD.replace("a page", ""), "got no source"),
        (GOOD.replace("2026-11-24", "yesterday"), "the date 'yesterday'; expected YYYY-MM-DD"),
        (GOOD.replace("0,,", "5,3,"), "a quantity that ends after it begins"),
        (f"{GOOD}\n{GOOD}", ":3: got two prices of vpc NAT gateway for the same quantity"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, message):
    with pytest.raises(UserError, match=message):
        book.load("eu-west-1", written(tmp_path, HEADING, line))


def test_another_heading_is_told(tmp_path):
    with pytest.raises(UserError, match=r":1: got another heading"):
        book.load("eu-west-1", written(tmp_path, "service,price", GOOD))


def test_bytes_that_are_no_text_are_told(tmp_path):
    (tmp_path / "eu-west-1.csv").write_bytes(HEADING.encode() + b"\n\xff\xfe")
    with pytest.raises(UserError, match="a price book"):
        book.load("eu-west-1", tmp_path)


def test_an_empty_file_is_told(tmp_path):
    (tmp_path / "eu-west-1.csv").write_text("")
    with pytest.raises(UserError, match="another heading"):
        book.load("eu-west-1", tmp_path)


def test_the_folder_can_be_another(tmp_path, monkeypatch):
    monkeypatch.setenv(book.VARIABLE, str(written(tmp_path, HEADING, GOOD)))
    assert book.folder() == tmp_path
    assert book.regions() == ["eu-west-1"]
    assert len(book.load("eu-west-1")) == 1


@pytest.mark.parametrize("region", book.regions())
def test_a_row_is_written_as_it_was_read(region):
    lines = (Path(book.__file__).parent / "prices" / f"{region}.csv").read_text().splitlines()[1:]
    for line, row in zip(lines, book.read([HEADING, *lines], "it", region), strict=True):
        assert ",".join(row.cells()) == line
        assert row.end == math.inf or row.end > row.begin
