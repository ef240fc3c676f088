"""Lists the keys of a Helm chart's values.yaml, for tests/components/monitoring/chart_keys.yaml.

Check the chart's repository out at the version that charts.yaml pins, put the charts that it depends on as folders into
its `charts/` (`helm dependency build` leaves archives: unpack them), and run

    .venv/bin/python tools/chart_keys.py path/to/charts/kube-prometheus-stack "owner/repo commit, charts/…"

It prints the chart's entry. Only names of keys, no values, no text.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def entry(chart: Path, source: str) -> dict[str, Any]:
    """The chart's version, where it was read, and the keys of each mapping in its values, by the mapping's path."""
    about = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    return {"version": about["version"], "source": source, "keys": dict(mappings(values(chart)))}


def values(chart: Path) -> dict[str, Any]:
    """The chart's default values, with those of the charts that it depends on below their names."""
    found: dict[str, Any] = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8")) or {}
    about = yaml.safe_load((chart / "Chart.yaml").read_text(encoding="utf-8"))
    for dependency in about.get("dependencies", []):
        inner = chart / "charts" / dependency["name"]
        if (inner / "values.yaml").is_file():
            found[dependency["name"]] = merged(values(inner), found.get(dependency["name"], {}))
    return found


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Both, as Helm merges them: mappings key by key, of anything else the one above."""
    done = dict(below)
    for key, value in above.items():
        inner = done.get(key)
        done[key] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return done


def mappings(value: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """The path and the keys of each mapping that isn't empty; an empty one takes any key."""
    if isinstance(value, dict) and value:
        yield path or ".", sorted(value)
        for key, inner in value.items():
            yield from mappings(inner, f"{path}.{key}" if path else str(key))


def main() -> None:
    """Print the entry of the chart in the folder named first, read from what is named second."""
    chart = Path(sys.argv[1])
    found = entry(chart, sys.argv[2])
    # A version in quotes, lists on one line.
    print(yaml.safe_dump({chart.name: found}, sort_keys=False, width=118, default_flow_style=None), end="")  # noqa: T201


if __name__ == "__main__":
    main()
