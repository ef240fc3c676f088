"""`aistacks prices`, as a user types it."""

import pytest
from typer.testing import CliRunner

from aistacks_cli.prices import prices
from aistacks_core.errors import UserError


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in a folder without environments; what it printed. A ``UserError`` comes out as it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AISTACKS_CACHE_DIR", str(tmp_path / "cache"))

    def command(*words):
        result = CliRunner().invoke(prices, [str(w) for w in words])
        if isinstance(result.exception, UserError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return command


def test_prices_are_shown_with_where_they_are_from(run):
    shown = run("show", "vpc", "--region", "eu-west-1")
    assert "NAT gateway" in shown
    assert "0.048" in shown
    assert "KFNSSCHWD43WZK2R" in shown
    assert "2025-10-28" in shown
    assert "g5.xlarge" not in shown


def test_each_tier_is_shown(run):
    shown = run("show", "s3", "--region", "us-east-1")
    assert "51,200" in shown
    assert "0.022" in shown


def test_the_environments_regions_are_the_default(run, tmp_path):
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-west-2\n")
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text("config:\n  aws:region: us-west-2\n")
    (tmp_path / "Pulumi.odd.yaml").write_text("config: [")
    (tmp_path / "Pulumi.none.yaml").write_text("")
    shown = run("show", "eks")
    assert "eu-west-2" in shown
    assert "us-west-2" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("show", "vpc"), "--region: got none, and no environment's file here names one"),
        (
            ("show", "nonsense", "--region", "eu-west-1"),
            "nonsense in eu-west-1: got no price; expected a service of apigateway, athena,",
        ),
        (
            ("show", "--region", "mars-north-1"),
            "prices in mars-north-1: got no price; expected a region that has a price",
        ),
    ],
)
def test_a_mistake_is_one_line(run, words, message):
    with pytest.raises(UserError) as caught:
        run(*words)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
