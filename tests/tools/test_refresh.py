"""A refresh: a region's whole book, or the old one untouched."""

import shutil
from pathlib import Path

import pytest

from aistacks_catalog.aws.prices import book
from aistacks_core.errors import UserError
from price_offers import offers
from price_offers.refresh import refresh

SAMPLES = Path(__file__).parent / "offers"
PACKAGED = Path(book.__file__).parent / "prices"


@pytest.fixture
def prices(tmp_path):
    folder = tmp_path / "prices"
    folder.mkdir()
    shutil.copy(PACKAGED / "eu-west-1.csv", folder)
    return folder


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "offers"
    shutil.copytree(SAMPLES, folder)

    def find(code):
        path = folder / code / "eu-west-1" / "index.csv"
        return path if path.is_file() else None

    find.folder = folder
    return find


def test_new_prices_take_the_old_ones_place(prices, files):
    outcome = refresh("eu-west-1", offers.codes(), files, prices)
    now = book.load("eu-west-1", prices)
    assert ("ec2 on-demand g5.xlarge", 1.123, 1.2) in outcome.changed
    assert now.get("ec2", "on-demand g5.xlarge").source == "AWS price list, AmazonEC2 20261120180000, 2026-11-20"
    assert {"ec2 on-demand m8i.large", "redshift managed storage"} <= set(outcome.added)
    assert now.get("redshift", "managed storage").first == 0.0246
    assert outcome.same > 10


def test_what_the_price_list_does_not_have_stays(prices, files):
    before = book.load("eu-west-1", prices)
    outcome = refresh("eu-west-1", offers.codes(), files, prices)
    now = book.load("eu-west-1", prices)
    for service, item in [("ec2", "spot g5.xlarge"), ("eks", "control plane"), ("kms", "key")]:
        assert now.get(service, item) == before.get(service, item)
    assert outcome.kept > 10


def test_a_type_that_a_region_no_longer_has_goes(prices, files):
    outcome = refresh("eu-west-1", ["AmazonEC2"], files, prices)
    assert "p4d.24xlarge" in outcome.gone
    assert book.load("eu-west-1", prices).get("ec2", "on-demand p4d.24xlarge") is None


def test_a_second_time_changes_nothing(prices, files):
    refresh("eu-west-1", offers.codes(), files, prices)
    first = (prices / "eu-west-1.csv").read_text()
    outcome = refresh("eu-west-1", offers.codes(), files, prices)
    assert (outcome.changed, outcome.added, outcome.gone) == ([], [], [])
    assert (prices / "eu-west-1.csv").read_text() == first


def test_a_region_without_a_book_gets_one(tmp_path, files):
    refresh("eu-west-1", offers.codes(), files, tmp_path)
    assert book.load("eu-west-1", tmp_path).get("vpc", "NAT gateway").first == 0.048


def edit(files, code, change):
    path = files.folder / code / "eu-west-1" / "index.csv"
    path.write_text(change(path.read_text()))


@pytest.mark.parametrize(
    ("code", "change", "message"),
    [
        (
            "AmazonEC2",
            lambda t: t.replace("EU-NatGateway-Hours", "EU-NatGateway-Std"),
            r"no price of vpc NAT gateway \(usage type NatGateway-Hours\)",
        ),
        ("AmazonEC2", lambda t: t.replace('"Linux"', '"Linux/UNIX"'), "no instance type"),
        ("AmazonRedshift", lambda t: t[: len(t) // 2], "cut off|columns"),
        ("AmazonRedshift", lambda t: "", "no heading"),
        ("AmazonVPC", lambda t: "\x00" * 50, "expected an offer file|line contains NUL"),
    ],
)
def test_what_goes_wrong_leaves_the_book_as_it_was(prices, files, code, change, message):
    before = (prices / "eu-west-1.csv").read_bytes()
    edit(files, code, change)
    with pytest.raises(UserError, match=message) as caught:
        refresh("eu-west-1", offers.codes(), files, prices)
    assert "\n" not in str(caught.value)
    assert (prices / "eu-west-1.csv").read_bytes() == before
    assert [p.name for p in prices.iterdir()] == ["eu-west-1.csv"]


def test_no_file_at_all_is_told(prices):
    with pytest.raises(UserError, match=r"eu-west-1: got no offer file; expected at least one of AmazonEC2"):
        refresh("eu-west-1", offers.codes(), lambda code: None, prices)


def test_a_folder_that_cannot_be_written_is_told(tmp_path, files):
    with pytest.raises(UserError, match=r"expected a price book that can be written\. Name another folder with --book"):
        refresh("eu-west-1", ["AmazonVPC"], files, tmp_path / "nowhere")


def test_bytes_that_are_no_text_are_told(prices, files):
    (files.folder / "AmazonVPC" / "eu-west-1" / "index.csv").write_bytes(b'"FormatVersion","v1.0"\n\xff\xfe\xfd')
    with pytest.raises(UserError, match="an offer file of AWS's price list"):
        refresh("eu-west-1", ["AmazonVPC"], files, prices)
