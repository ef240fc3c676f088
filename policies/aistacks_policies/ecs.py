"""ECS: what a task's containers are given, and what a cluster shows of them."""

from __future__ import annotations

from .resource import Resource
from .rule import Severity, rule
from .secret_texts import looks_like
from .stack import Types
from .task_definitions import containers
from .values import PASS, Answers, Truth, all_of, fail, no

_TASKS: Types = ("aws:ecs/taskDefinition:TaskDefinition",)
_CLUSTERS: Types = ("aws:ecs/cluster:Cluster",)
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA")


@rule(
    "ecs-not-privileged",
    _TASKS,
    Severity.HIGH,
    "ECS.4",
    "CKV_AWS_334",
    title="No container of a task is privileged",
    fix="Drop privileged.",
)
def not_privileged(task: Resource) -> Answers:
    """A privileged container is root on the machine."""
    return [c["privileged"].or_else(False).must_be(False) for c in containers(task)]


@rule(
    "ecs-read-only-root",
    _TASKS,
    Severity.LOW,
    "ECS.5",
    "CKV_AWS_336",
    title="Containers of tasks have a read-only root filesystem",
    fix="Set readonlyRootFilesystem to true, and mount a volume where the container writes.",
)
def read_only_root(task: Resource) -> Answers:
    """The image's files are read-only: what breaks in can't stay there. Windows containers can't, and aren't judged."""
    family = task["runtimePlatform"]["operatingSystemFamily"]
    if family.text.startswith("WINDOWS"):
        return [PASS]
    return [c["readonlyRootFilesystem"].or_else(False).must_be(True) for c in containers(task)]


@rule(
    "ecs-not-root-on-host-network",
    _TASKS,
    Severity.HIGH,
    "ECS.1",
    title="Containers in the host's network don't run as root",
    fix="Set networkMode to awsvpc, or user to one that isn't root.",
)
def not_root_on_host(task: Resource) -> Answers:
    """In the machine's own network a root user reaches what only the machine should: the metadata service, the
    agent."""
    host = task["networkMode"].equals("host")
    for container in containers(task):
        user = container["user"]
        root: Truth = None if user.unknown else user.or_else("root").text.split(":")[0] in ("root", "0")
        yield user.judged(no(all_of((host, root))), "is root, in the host's network")


@rule(
    "ecs-no-secrets-in-environment",
    _TASKS,
    Severity.CRITICAL,
    "ECS.8",
    title="Containers' environments hold no secrets",
    fix="Name the secret in secrets with valueFrom; give the task a role instead of keys.",
)
def no_secrets(task: Resource) -> Answers:
    """No variable holds credentials, a token or a password. Everybody who may describe the task definition can read
    them."""
    for container in containers(task):
        for variable in container["environment"].each():
            name, value = variable["name"], variable["value"]
            if name.unknown or value.unknown:
                yield variable.unsure()
                continue
            what = (
                "credentials of AWS" if name.text in _CREDENTIALS and value.text else looks_like(value.text, name.text)
            )
            yield variable.judged(what is None, f"{name.text} holds what looks like {what}")


@rule(
    "ecs-logs",
    _TASKS,
    Severity.MEDIUM,
    "ECS.9",
    title="Containers of tasks keep their logs",
    fix="Set logConfiguration with logDriver awslogs or awsfirelens.",
)
def logs(task: Resource) -> Answers:
    """What a container wrote before it failed is kept outside of it."""
    return [c["logConfiguration"]["logDriver"].must_be_set() for c in containers(task)]


@rule(
    "ecs-volumes-tls",
    _TASKS,
    Severity.MEDIUM,
    "CKV_AWS_97",
    title="Tasks reach file systems by TLS",
    fix="Set efsVolumeConfiguration.transitEncryption to ENABLED.",
)
def volumes_tls(task: Resource) -> Answers:
    """Files aren't readable on the way to a container."""
    for volume in task["volumes"].each():
        files = volume["efsVolumeConfiguration"]
        yield PASS if files.absent else files["transitEncryption"].or_else("DISABLED").must_be("ENABLED")


@rule(
    "ecs-own-roles",
    _TASKS,
    Severity.LOW,
    "CKV_AWS_249",
    title="A task's role isn't the one that starts it",
    fix="Give executionRoleArn and taskRoleArn a role each.",
)
def own_roles(task: Resource) -> Answers:
    """The role that reads images and secrets to start a task isn't what its containers may do."""
    starts, runs = task["executionRoleArn"], task["taskRoleArn"]
    if starts.absent or runs.absent:
        return [PASS]
    same: Truth = None if starts.unknown or runs.unknown else starts.raw == runs.raw
    return [runs.judged(no(same), "is the role of executionRoleArn, too")]


@rule(
    "ecs-insights",
    _CLUSTERS,
    Severity.LOW,
    "ECS.12",
    "CKV_AWS_65",
    title="ECS clusters report metrics of their tasks",
    fix="Add the setting containerInsights with value enabled or enhanced.",
)
def insights(cluster: Resource) -> Answers:
    """CPU, memory and restarts are known by task, not by cluster alone."""
    settings = cluster["settings"]
    found = [
        s["value"].must_be("enabled", "enhanced") for s in settings.each() if s["name"].equals("containerInsights")
    ]
    if found:
        return found
    return (
        [settings.unsure()]
        if any(s["name"].unknown for s in settings.each())
        else [fail("containerInsights isn't set")]
    )
