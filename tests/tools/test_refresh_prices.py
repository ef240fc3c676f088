"""The maintainers' script, as they type it."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aistacks_catalog.aws.prices import book
from aistacks_core.errors import UserError
from price_offers import downloads, offers
from refresh_prices import app

SAMPLES = Path(__file__).parent / "offers"
PACKAGED = Path(book.__file__).parent / "prices"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the script; what it printed. A ``UserError`` comes out as it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(tmp_path / "cache"))

    def command(*words):
        result = CliRunner().invoke(app, [str(w) for w in words])
        if isinstance(result.exception, UserError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return command


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "book"
    folder.mkdir()
    shutil.copy(PACKAGED / "eu-west-1.csv", folder)
    return folder


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--region", "mars-north-1", "--from", "."), "mars-north-1: got a region whose usage types"),
        (
            ("--region", "eu-west-1", "--offer", "AmazonBraket"),
            "--offer: got 'AmazonBraket'; expected one of",
        ),
        (("--region", "eu-west-1", "--book", "nowhere"), "nowhere: got no folder"),
        (("--region", "eu-west-1", "--endpoint", "http://prices.example"), "--endpoint: got"),
        (("--region", "eu-west-1", "--from", "nowhere"), "eu-west-1: got no offer file"),
    ],
)
def test_a_mistake_is_one_line(run, words, message):
    with pytest.raises(UserError) as caught:
        run(*words)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_recorded_files_refresh_a_book(run, own):
    said = run("--region", "eu-west-1", "--from", SAMPLES, "--book", own)
    assert "eu-west-1  ec2 on-demand g5.xlarge  1.123 -> 1.2" in said
    assert "eu-west-1  redshift managed storage  new" in said
    assert "eu-west-1  ec2 p4d.24xlarge" not in said
    assert "p4d.24xlarge  no longer there" in said
    assert book.load("eu-west-1", own).get("ec2", "on-demand g5.xlarge").first == 1.2


def test_the_packaged_book_is_left_alone_when_another_is_named(run, own):
    before = (PACKAGED / "eu-west-1.csv").read_bytes()
    run("--region", "eu-west-1", "--from", SAMPLES, "--book", own)
    assert (PACKAGED / "eu-west-1.csv").read_bytes() == before


def test_downloads_are_gone_once_they_are_read(run, own, monkeypatch, tmp_path):
    def recorded(code, region, endpoint, into, show):
        path = into / f"{code}-1-{region}.csv"
        shutil.copy(SAMPLES / code / region / "index.csv", path)
        show(3_000_000, 0)
        show(3_000_000, 6_000_000)
        return path

    monkeypatch.setattr(downloads, "offer_file", recorded)
    run("--region", "eu-west-1", "--offer", "AmazonVPC", "--offer", "AmazonRedshift", "--book", own)
    assert list((tmp_path / "cache" / "offers").iterdir()) == []
    assert book.load("eu-west-1", own).get("redshift", "managed storage").first == 0.0246


def test_of_downloads_only_the_unusable_one_is_got_anew(run, own, monkeypatch, tmp_path):
    def cut(code, region, endpoint, into, show):
        path = into / f"{code}-1-{region}.csv"
        end = -50 if code == "AmazonRedshift" else None
        path.write_text((SAMPLES / code / region / "index.csv").read_text()[:end])
        return path

    before = (own / "eu-west-1.csv").read_bytes()
    monkeypatch.setattr(downloads, "offer_file", cut)
    with pytest.raises(UserError, match="cut off"):
        run("--region", "eu-west-1", "--offer", "AmazonVPC", "--offer", "AmazonRedshift", "--book", own)
    assert (own / "eu-west-1.csv").read_bytes() == before
    assert [p.name for p in (tmp_path / "cache" / "offers").iterdir()] == ["AmazonVPC-1-eu-west-1.csv"]


def test_the_price_list_is_awss_own_by_default():
    assert offers.facts()["endpoint"] == "https://pricing.us-east-1.amazonaws.com"
