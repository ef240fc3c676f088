"""The values of every Helm release, held against its chart.

Karpenter's charts lie in the Go module whose definitions the sandbox serves: real Helm renders them, and each value has
to change what comes out. The other charts can't be had here: their values are held against the keys of the pinned
version. What these charts' templates make of a value, only an installation shows.
"""

import copy
import zipfile
from pathlib import Path

import pytest
import yaml

from aistacks import EksCluster, Monitoring
from aistacks.monitoring.facts import monitoring_facts
from aistacks_core.snapshot import UNKNOWN

RELEASE = "kubernetes:helm.sh/v3:Release"
KEYS = yaml.safe_load((Path(__file__).parent / "monitoring" / "chart_keys.yaml").read_text())
RENDERED = ("karpenter", "karpenter-crd")
ANSWERS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:user/me",
    },
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": "eu-central-1"},
}
MONITORING = {
    "cluster_name": "dev",
    "storage_class": "gp3",
    "node_selector": {"role": "system"},
    "tolerated_taints": ["dedicated"],
    "image_registry": "mirror.example.com/upstream",
    "alert_slack_secret": "slack",
    "alert_topic_arn": "arn:aws:sns:eu-west-1:111122223333:alerts",
    "labels": {"team": "ml"},
}

CLUSTER = {
    "subnet_ids": ["subnet-1", "subnet-2"],
    "admin_role_arns": {"me": "arn:aws:iam::111122223333:role/me"},
    "image_registry": "mirror.example.com/upstream",
    "isolated_vpc": True,
    "static_capacity": True,
    "node_repair": True,
}


def known(value):
    """The value with a text where only AWS knows one."""
    if isinstance(value, dict):
        return {key: known(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [known(inner) for inner in value]
    return "later" if value is UNKNOWN else value


@pytest.fixture(scope="module")
def made():
    """What was registered before."""
    return {}


@pytest.fixture
def releases(record, made):
    """Inputs of every release that the library makes, by its chart's name."""

    def program():
        Monitoring("watch", MONITORING)
        EksCluster("ai", CLUSTER)

    if not made:
        plan = record(program, answers=lambda token, _args: ANSWERS.get(token))
        made.update({r.inputs["chart"].rsplit("/", 1)[-1]: known(r.inputs) for r in plan.of(RELEASE)})
    return made


def leaves(value, path=()):
    """Path and value of each leaf; an empty mapping or list is one."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inner:
        yield path, value
    for key, below in inner:
        yield from leaves(below, (*path, key))


def changed(values, path):
    """The values with another one of the same type at the path."""
    values = copy.deepcopy(values)
    at = values
    for key in path[:-1]:
        at = at[key]
    old = at[path[-1]]
    if isinstance(old, bool):
        at[path[-1]] = not old
    elif isinstance(old, (int, float)):
        at[path[-1]] = old + 1
    else:
        at[path[-1]] = {"x": "x"} if isinstance(old, dict) else ["x"] if isinstance(old, list) else f"{old or ''}x"
    return values


@pytest.fixture(scope="session")
def chart(tmp_path_factory):
    """Loads one of Karpenter's charts out of the Go module at the pinned version."""
    helm = pytest.importorskip("helm_python")
    go = pytest.importorskip("aistacks_sandbox.programs.go")
    facts = pytest.importorskip("aistacks_sandbox.programs.facts")
    (module,) = [d for d in facts.definitions() if d.name == "karpenter"]
    try:
        archive = zipfile.ZipFile(go.module_zip(module))
    except go.NoGoError as error:
        pytest.skip(f"Karpenter's module can't be had: {error}")
    folder = tmp_path_factory.mktemp("karpenter")
    root = f"{module.module}@{module.version}"
    with archive:
        archive.extractall(folder, [n for n in archive.namelist() if n.startswith(f"{root}/charts/karpenter")])
    loaded = {name: helm.Chart.load(folder / root / "charts" / name) for name in RENDERED}
    yield lambda name: loaded[name], module.version
    for one in loaded.values():
        one.close()


def rendered(chart, name, values):
    """What Helm renders, or why it refuses."""
    helm = pytest.importorskip("helm_python")
    try:
        return chart.render(values, name=name, namespace="kube-system")
    except helm.HelmError as error:
        return str(error)


def unread(chart, name, values):
    """Paths of the values that change nothing of what is rendered."""
    usual = rendered(chart, name, values)
    assert isinstance(usual, dict), usual
    return [path for path, _ in leaves(values) if rendered(chart, name, changed(values, path)) == usual]


def test_every_release_is_held_against_its_chart(releases):
    assert set(releases) == {*RENDERED, *KEYS}
    assert set(KEYS) == set(monitoring_facts("charts")["charts"])


@pytest.mark.parametrize("name", RENDERED)
def test_the_module_s_chart_is_the_pinned_one(releases, chart, name):
    _, version = chart
    assert f"v{releases[name]['version']}" == version


def test_a_template_reads_each_of_karpenters_values(releases, chart):
    load, _ = chart
    values = releases["karpenter"]["values"]
    assert len(list(leaves(values))) >= 8
    assert unread(load("karpenter"), "karpenter", values) == []


def test_a_value_that_no_template_reads_is_found(releases, chart):
    load, _ = chart
    values = {**releases["karpenter"]["values"], "controler": {"resources": {}}}
    assert unread(load("karpenter"), "karpenter", values) == [("controler", "resources")]


def test_karpenter_as_rendered_is_what_the_page_promises(releases, chart):
    load, _ = chart
    values = releases["karpenter"]["values"]
    texts = rendered(load("karpenter"), "karpenter", values).values()
    objects = [o for text in texts for o in yaml.safe_load_all(text) if o]
    (deployment,) = [o for o in objects if o["kind"] == "Deployment"]
    pod = deployment["spec"]["template"]["spec"]
    (controller,) = pod["containers"]
    # No CPU limit comes from the chart's defaults; its image is pinned by digest.
    assert "cpu" not in controller["resources"]["limits"]
    assert controller["resources"]["limits"]["memory"] == controller["resources"]["requests"]["memory"]
    assert controller["image"].startswith("mirror.example.com/upstream/public.ecr.aws/karpenter/controller:")
    assert "@sha256:" in controller["image"]
    assert pod["tolerations"] == values["tolerations"]
    environment = {e["name"]: e.get("value") for e in controller["env"]}
    assert environment["CLUSTER_NAME"] == values["settings"]["clusterName"]
    assert environment["ISOLATED_VPC"] == "true"
    assert environment["INTERRUPTION_QUEUE"] == values["settings"]["interruptionQueue"]
    (account,) = [o for o in objects if o["kind"] == "ServiceAccount"]
    assert account["metadata"]["name"] == values["serviceAccount"]["name"]
    # Monitoring's PodMonitor looks for this label and port.
    assert deployment["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"] == "karpenter"
    assert "http-metrics" in {port["name"] for port in controller["ports"]}


def test_the_chart_of_karpenters_definitions_brings_all_that_we_make_objects_of(chart):
    load, _ = chart
    texts = rendered(load("karpenter-crd"), "karpenter-crd", {}).values()
    kinds = {o["spec"]["names"]["kind"] for text in texts for o in yaml.safe_load_all(text) if o}
    assert {"EC2NodeClass", "NodePool", "NodeClaim"} <= kinds


def unknown(keys, values, path=""):
    """Paths of the values that the chart has no key for."""
    names = keys.get(path or ".")
    for key, value in values.items():
        below = f"{path}.{key}" if path else key
        if names is not None and key not in names:
            yield below
        elif isinstance(value, dict):
            yield from unknown(keys, value, below)


def at(values, path):
    for key in path.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return values


@pytest.mark.parametrize("name", KEYS)
def test_the_keys_are_those_of_the_pinned_version(name):
    assert KEYS[name]["version"] == monitoring_facts("charts")["charts"][name]["version"]
    assert KEYS[name]["source"]


@pytest.mark.parametrize("name", KEYS)
def test_the_chart_knows_each_value(releases, name):
    values = releases[name]["values"]
    assert values
    assert list(unknown(KEYS[name]["keys"], values)) == []


def test_a_value_that_a_chart_does_not_know_is_found():
    keys = KEYS["kube-prometheus-stack"]["keys"]
    wrong = {"grafana": {"sidecar": {"dashboards": {"searchNamespaces": "ALL"}}}, "prometheus": {"spec": {}}}
    assert list(unknown(keys, wrong)) == ["grafana.sidecar.dashboards.searchNamespaces", "prometheus.spec"]


def own_sizes(name):
    """Paths and names of the requests and limits that a chart has by itself."""
    for path, names in KEYS[name]["keys"].items():
        part, _, last = path.rpartition(".")
        if last in ("limits", "requests") and part.endswith("resources"):
            yield part, path, set(names)


@pytest.mark.parametrize("name", KEYS)
def test_no_size_of_a_charts_own_outlives_the_merge(releases, name):
    """Helm merges mappings: a limit that we don't name stays. A null unsets it."""
    values = releases[name]["values"]
    assert [path for part, path, names in own_sizes(name) if at(values, part) and names - set(at(values, path))] == []


def test_dcgm_exporters_chart_has_a_cpu_limit_of_its_own():
    assert ("resources", "resources.limits", {"cpu", "memory"}) in list(own_sizes("dcgm-exporter"))
