"""Bottlerocket's settings as TOML: what is written is what is read back."""

import tomllib

import pytest

from aistacks._kubernetes.bottlerocket import user_data


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel": {"sysctl": {"net.core.rmem_max": "26214400"}}},
        {"a": {"x": 1, "on": True, "off": False, "half": 0.5, "b": {"c": ["one", "two"]}}, "motd": 'a "quoted" ü\n'},
        {"kubelet-device-plugins": {"nvidia": {"mig": {"profile": {"a100.40gb": "1g.5gb"}}}}},
        {"bootstrap-commands": {"000 x": {"commands": [["apiclient", "get"]], "mode": "always", "essential": True}}},
    ],
)
def test_settings_survive(settings):
    assert tomllib.loads(user_data(settings)) == {"settings": settings}
