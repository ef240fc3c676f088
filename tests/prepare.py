"""Gets what tests share, before any test's clock runs: the first time some of it is built for ten minutes and more."""

from contextlib import suppress
from functools import partial

from aistacks_core import python_env
from aistacks_core.errors import UserError
from aistacks_sandbox.programs import engine, etcd, go, kubernetes, obtain

SHARED = (
    engine.ensure,
    kubernetes.ensure,
    etcd.ensure,
    partial(obtain.ensure, "promtool"),
    partial(obtain.ensure, "pulumi-language-yaml"),
    *(partial(obtain.ensure, program) for program in ("kube-scheduler", "kwok", "karpenter")),
    *(partial(python_env.ensure, name) for name in ("models", "tensorflow", "triton")),
)

if __name__ == "__main__":
    for get in SHARED:
        # The tests that need it skip, or say themselves why it can't be had.
        with suppress(UserError):
            get()
    go.clean()
