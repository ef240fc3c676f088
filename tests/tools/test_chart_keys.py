"""The maintainers' list of a chart's keys."""

import subprocess
import sys
from pathlib import Path

import yaml

SCRIPT = Path(__file__).parents[2] / "tools" / "chart_keys.py"


def write(folder, about, values):
    folder.mkdir(parents=True)
    (folder / "Chart.yaml").write_text(yaml.safe_dump(about))
    (folder / "values.yaml").write_text(yaml.safe_dump(values))


def test_keys_of_a_chart_and_of_those_below_it_without_their_values(tmp_path):
    chart = tmp_path / "shop"
    needs = [{"name": "till"}, {"name": "absent"}]
    write(
        chart,
        {"name": "shop", "version": "1.2.3", "dependencies": needs},
        {"labels": {}, "till": {"drawer": {"coins": "secret"}}, "resources": {"limits": {"cpu": "1"}}},
    )
    write(chart / "charts" / "till", {"name": "till", "version": "2.0.0"}, {"drawer": {"notes": []}, "bell": None})
    printed = subprocess.run(
        [sys.executable, SCRIPT, chart, "owner/repo 1a2b3c"], capture_output=True, text=True, check=True
    ).stdout
    assert "secret" not in printed
    assert yaml.safe_load(printed) == {
        "shop": {
            "version": "1.2.3",
            "source": "owner/repo 1a2b3c",
            "keys": {
                ".": ["labels", "resources", "till"],
                "till": ["bell", "drawer"],
                "till.drawer": ["coins", "notes"],
                "resources": ["limits"],
                "resources.limits": ["cpu"],
            },
        }
    }
