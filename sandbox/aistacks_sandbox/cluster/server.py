"""A real Kubernetes API server on loopback: etcd, kube-apiserver and kube-controller-manager.

By itself it has no scheduler and no kubelet: objects are accepted, defaulted, judged and owned as in a real cluster,
and pods stay pending for ever; ``parts`` has what lets them run. Addresses of load balancers come from a small
controller of ours.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes import config as kube_config
from kubernetes.client import ApiClient, ApiException, Configuration, CoreV1Api

from aistacks_core.errors import UserError
from aistacks_core.files import write_atomically
from aistacks_core.http_session import answers, local_session
from aistacks_core.loopback import LOOPBACK, free_port, free_ports

from .. import processes
from ..holdings import Holding, holdings
from ..programs import etcd, kubernetes
from ..state import State
from . import certificates, definitions, load_balancers
from .certificates import Pki

ETCD = "etcd"
APISERVER = "kube-apiserver"
MANAGER_PROCESS = "kube-controller-manager"
ADDRESSES = load_balancers.PROCESS
_READY_SECONDS = 90.0
_APISERVER_GRACE = 2.0


@dataclass(frozen=True)
class Cluster:
    """A running API server. ``definitions`` says for each set of custom resources where it came from."""

    url: str
    kubeconfig: Path
    definitions: dict[str, str]


@dataclass(frozen=True)
class _Ports:
    etcd: int
    etcd_peer: int
    apiserver: int


def start(state: State) -> Cluster:
    """Bring the API server up, or find it up. What etcd's folder holds is served again.

    Gets the programs when they aren't here. Raises UserError when one can't be had or doesn't start.
    """
    etcd_program, servers = etcd.ensure(), kubernetes.ensure()
    if not certificates.whole(state.pki):
        # With other keys none of them would know the others.
        for name in (MANAGER_PROCESS, APISERVER, ETCD):
            processes.stop(state, name)
    pki = certificates.ensure(state.pki)
    if not processes.find(state, ETCD):
        # An API server whose etcd went away serves from memory what may be gone.
        processes.stop(state, MANAGER_PROCESS)
        processes.stop(state, APISERVER)
    ports = _ports(state)
    url = f"https://{LOOPBACK}:{ports.apiserver}"
    storage = processes.start(state, ETCD, _etcd(etcd_program.path, state, pki, ports), port=ports.etcd)
    processes.wait_ready(storage, lambda: _serves(ports.etcd, pki), _READY_SECONDS)
    server = processes.start(state, APISERVER, _apiserver(servers.apiserver.path, pki, ports), port=ports.apiserver)
    write_kubeconfig(state, url)
    processes.wait_ready(server, lambda: _is_ready(url, pki), _READY_SECONDS)
    write_atomically(pki.folder / "manager.kubeconfig", kubeconfig_of(url, pki, pki.manager_token), mode=0o600)
    manager = processes.start(state, MANAGER_PROCESS, _manager(servers.controller_manager.path, pki))
    start_addresses(state, url)
    with client(state) as api:
        applied = definitions.apply(api)
        processes.wait_ready(manager, lambda: _has_default_account(api), _READY_SECONDS)
    return Cluster(url, state.kubeconfig, applied)


def write_kubeconfig(state: State, url: str) -> None:
    """Write the clients' file, where it isn't as it should be."""
    pki = Pki(state.pki)
    text = kubeconfig_of(url, pki, pki.admin_token)
    if not state.kubeconfig.exists() or state.kubeconfig.read_bytes() != text.encode():
        write_atomically(state.kubeconfig, text, mode=0o600)


def start_addresses(state: State, url: str | None = None) -> None:
    """Start what gives load balancers their addresses, or leave it running; the clients' file is there afterwards.

    ``url``: Default: the server's own.
    """
    server = processes.find(state, APISERVER)
    if url is None and server is not None:
        url = f"https://{LOOPBACK}:{server.port}"
    if url is not None:
        write_kubeconfig(state, url)
        module = load_balancers.__name__
        argv = [sys.executable, "-m", module, url, str(state.pki), str(state.pki.parent / "sandbox.json")]
        processes.start(state, ADDRESSES, argv)


def stop(state: State) -> None:
    """Stop the processes; the API server before etcd. The data stay."""
    processes.stop(state, ADDRESSES)
    processes.stop(state, MANAGER_PROCESS)
    # It would wait a quarter of a minute for its own watches to end; what it holds is etcd's.
    processes.stop(state, APISERVER, timeout=_APISERVER_GRACE)
    processes.stop(state, ETCD)


def is_ready(state: State) -> bool:
    """Whether the API server runs and says that it is ready. Starts nothing."""
    if not state.exists():
        return False
    server = processes.find(state, APISERVER)
    return bool(
        server and certificates.whole(state.pki) and _is_ready(f"https://{LOOPBACK}:{server.port}", Pki(state.pki))
    )


@contextlib.contextmanager
def client(state: State) -> Iterator[ApiClient]:
    """The official client on the sandbox's API server, as administrator; no proxy in between."""
    settings = Configuration()
    kube_config.load_kube_config(str(state.kubeconfig), client_configuration=settings)  # type: ignore[no-untyped-call]
    settings.proxy = None
    with ApiClient(settings) as api:
        try:
            yield api
        finally:
            api.rest_client.pool_manager.clear()


def held(state: State) -> list[Holding]:
    """What the API server holds that isn't its own, sorted. Raises UserError when it can't be asked."""
    if not is_ready(state):
        raise UserError(APISERVER, "no answer", "a running API server", "Run `aistacks sandbox up`.")
    with client(state) as api:
        return holdings(api)


def _etcd(program: Path, state: State, pki: Pki, ports: _Ports) -> list[str]:
    clients, peers = f"https://{LOOPBACK}:{ports.etcd}", f"http://{LOOPBACK}:{ports.etcd_peer}"
    return [
        str(program),
        f"--data-dir={state.etcd}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        f"--cert-file={pki.server_certificate}",
        f"--key-file={pki.server_key}",
        f"--trusted-ca-file={pki.authority}",
        "--client-cert-auth",
        "--enable-grpc-gateway=false",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=1h",
    ]


def _apiserver(program: Path, pki: Pki, ports: _Ports) -> list[str]:
    return [
        str(program),
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={ports.apiserver}",
        # The service "kubernetes" may not point to loopback; without its endpoints nothing here is missing.
        "--endpoint-reconciler-type=none",
        f"--etcd-servers=https://{LOOPBACK}:{ports.etcd}",
        f"--etcd-cafile={pki.authority}",
        f"--etcd-certfile={pki.client_certificate}",
        f"--etcd-keyfile={pki.client_key}",
        f"--tls-cert-file={pki.server_certificate}",
        f"--tls-private-key-file={pki.server_key}",
        f"--token-auth-file={pki.tokens}",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        "--enable-admission-plugins=PodSecurity,NamespaceLifecycle,ServiceAccount,ResourceQuota,LimitRanger",
        "--allow-privileged=true",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={pki.accounts_certificate}",
        f"--service-account-signing-key-file={pki.accounts_key}",
        "--service-cluster-ip-range=10.96.0.0/16",
        # With Debian's etcd 3.4 the first events of such a watch come up to 40 seconds late.
        "--feature-gates=WatchList=false",
        "--profiling=false",
    ]


def _manager(program: Path, pki: Pki) -> list[str]:
    return [
        str(program),
        f"--kubeconfig={pki.folder / 'manager.kubeconfig'}",
        f"--root-ca-file={pki.authority}",
        f"--service-account-private-key-file={pki.accounts_key}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
        "--secure-port=0",
        "--profiling=false",
    ]


def kubeconfig_of(url: str, pki: Pki, token: str) -> str:
    """A client's file with that token."""
    authority = str(pki.authority)
    name = "aistacks-sandbox"
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": url, "certificate-authority": authority}}],
            "users": [{"name": name, "user": {"token": token}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )


def _ports(state: State) -> _Ports:
    """The ports of the last start, so that a kubeconfig stays good; new ones where a stranger took them."""
    memory = state.root / "ports.json"
    try:
        ports = _Ports(**json.loads(memory.read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        ports = None
    holders = {process.name for process in processes.running(state)}
    if ports and (ETCD in holders or (_is_free(ports.etcd) and _is_free(ports.etcd_peer))):
        if APISERVER in holders or _is_free(ports.apiserver):
            return ports
        ports = _Ports(ports.etcd, ports.etcd_peer, free_port())
    else:
        ports = _Ports(*free_ports(3))
    write_atomically(memory, json.dumps(ports.__dict__))
    return ports


def _is_free(port: int) -> bool:
    try:
        return free_port(port) == port
    except UserError:
        return False


def _serves(port: int, pki: Pki) -> bool:
    """Whether etcd answers. An API server that finds none waits a second and more before it tries again."""
    with local_session() as session:
        session.verify = str(pki.authority)
        session.cert = (str(pki.client_certificate), str(pki.client_key))
        return answers(session, f"https://{LOOPBACK}:{port}/health")


def _is_ready(url: str, pki: Pki) -> bool:
    with local_session() as session:
        session.verify = str(pki.authority)
        session.headers["Authorization"] = f"Bearer {pki.admin_token}"
        return answers(session, f"{url}/readyz")


def _has_default_account(api: ApiClient) -> bool:
    """Pods are refused until the controllers have made it."""
    try:
        CoreV1Api(api).read_namespaced_service_account("default", "default")
    except ApiException:
        return False
    return True
