"""Which nodes a pod may run on, as charts call it."""

from aistacks._kubernetes.scheduling import Scheduling, tolerate


def test_charts_call_it_as_kubernetes_does():
    assert Scheduling(
        {"role": "system"}, [tolerate("dedicated"), tolerate("nvidia.com/gpu", "NoSchedule")]
    ).values() == {
        "nodeSelector": {"role": "system"},
        "tolerations": [
            {"key": "dedicated", "operator": "Exists"},
            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
        ],
    }
