"""AWS's offer files: samples in their format, written for these tests (``offers/``); which rows count, and what makes a
file no offer file."""

from pathlib import Path

import pytest

from aistacks_core.errors import UserError
from price_offers import offers

SAMPLES = Path(__file__).parent / "offers"


def text(code, region="eu-west-1"):
    return (SAMPLES / code / region / "index.csv").read_text()


def parse(content, code="AmazonEC2", region="eu-west-1"):
    return offers.parse(content.splitlines(keepends=True), code, region, "index.csv")


def test_of_all_rows_of_a_type_the_plain_on_demand_one_counts():
    found = parse(text("AmazonEC2"))
    assert (found.version, found.published) == ("20261120180000", "2026-11-20")
    (row,) = found.rows["ec2", "on-demand g5.xlarge"]
    assert (row.price, row.unit, row.region) == (1.2, "hour", "eu-west-1")
    assert row.source == "AWS price list, AmazonEC2 20261120180000"
    assert row.date == "2026-11-20"
    assert row.sku.startswith("SAMPLE")


def test_types_that_are_not_known_and_rows_of_other_things_are_passed_over():
    found = parse(text("AmazonEC2"))
    machines = sorted(item for service, item in found.rows if service == "ec2")
    assert machines == ["on-demand g5.xlarge", "on-demand m7i.large", "on-demand m8i.large"]
    assert found.rows["vpc", "NAT gateway"][0].price == 0.048


def test_tiers_are_rows_of_one_item():
    tiers = parse(text("AmazonVPC"), "AmazonVPC").rows["vpc", "interface endpoint data"]
    assert [(t.begin, t.end, t.price) for t in tiers] == [
        (0, 1048576, 0.01),
        (1048576, 5242880, 0.006),
        (5242880, float("inf"), 0.004),
    ]


def test_a_files_own_columns_may_lack_the_newer_ones():
    content = text("AmazonEC2").replace('"MarketOption"', '"Something Else"')
    with pytest.raises(UserError, match=r"a second price of ec2 on-demand g5\.xlarge"):
        parse(content.replace('"RunInstances:CB"', '"RunInstances"'))
    assert parse(content).rows["ec2", "on-demand g5.xlarge"][0].price == 1.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace('"v1.0"', '"v2.0"', 1), r"index\.csv: got 'FormatVersion,v2\.0'; expected an offer file"),
        (lambda t: "<html>Not found</html>\n", "expected an offer file of AWS's price list, format v1.0"),
        (lambda t: "", "got no heading"),
        (lambda t: "\n".join(t.splitlines()[:4]), "got no heading.*cut off"),
        (lambda t: t[:-40], r"index\.csv:27: got \d+ columns; expected 50. The file is cut off"),
        (lambda t: t.replace('"usageType"', '"UsageKind"'), "got no column usagetype; expected the columns of format"),
        (
            lambda t: t.replace('"OfferCode","AmazonEC2"', '"OfferCode","AmazonRDS"'),
            "got the offer AmazonRDS; expected AmazonEC2",
        ),
        (lambda t: t.replace('"Version","20261120180000"\n', ""), "got no version or publication date"),
        (lambda t: t.replace('"USD"', '"CNY"'), "got a price in 'CNY'; expected US dollars"),
        (
            lambda t: t.replace('"GB-Mo","0.0880000000"', '"GiB-Mo","0.0880000000"'),
            "got gp3 by 'GiB-Mo'; expected by gb-mo",
        ),
        (lambda t: t.replace('"0.0880000000"', '"-1"'), "got '-1'; expected a number from 0 up"),
        (lambda t: t.replace('"0.0880000000"', '"free"'), "got 'free'; expected a number from 0 up"),
    ],
)
def test_what_is_no_offer_file_is_told_in_one_line(change, message):
    with pytest.raises(UserError, match=message) as caught:
        parse(change(text("AmazonEC2")))
    assert "\n" not in str(caught.value)


def test_two_prices_of_one_thing_are_told():
    content = text("AmazonEC2").replace("EU-RegionalNatGateway-Hours", "EU-NatGateway-Hours")
    with pytest.raises(UserError, match=r"got a second price of vpc NAT gateway, 0\.096; expected 0\.048 alone"):
        parse(content)


def test_the_same_price_twice_is_one():
    content = text("AmazonEC2")
    again = content + content.splitlines()[-3].replace("VolumeP-Throughput.gp3", "VolumeP-Throughput.gp3") + "\n"
    assert len(parse(again).rows["ebs", "gp3 throughput"]) == 1


def test_a_region_whose_prefix_is_not_known_is_told():
    with pytest.raises(UserError, match="mars-north-1: got a region whose usage types aren't known here"):
        parse(text("AmazonEC2"), region="mars-north-1")


def test_another_regions_rows_are_passed_over():
    assert parse(text("AmazonEC2"), region="us-west-2").rows["vpc", "NAT gateway"][0].price == 0.045


def test_each_item_is_found_by_one_usage_type():
    for code in offers.codes():
        keys = [(i.usage, tuple(i.where.items())) for i in offers.items(code)]
        assert len(keys) == len(set(keys)), code
