"""Bottlerocket's settings as TOML: what is written is what is read back."""

import tomllib

import pytest

from aistacks._kubernetes.bottlerocket import SettingsError, merged, parsed, user_data


@pytest.mark.parametrize(
    "settings",
    [
        {"kernel": {"sysctl": {"net.core.rmem_max": "26214400"}}},
        {"a": {"x": 1, "on": True, "off": False, "half": 0.5, "b": {"c": ["one", "two"]}}, "motd": 'a "quoted" ü\n'},
        {"kubelet-device-plugins": {"nvidia": {"mig": {"profile": {"a100.40gb": "1g.5gb"}}}}},
        {"container-registry": {"mirrors": [{"registry": "*", "endpoint": ["https://mirror.example"]}]}},
        {"bootstrap-commands": {"000 x": {"commands": [["apiclient", "get"]], "mode": "always", "essential": True}}},
    ],
)
def test_settings_survive(settings):
    assert tomllib.loads(user_data(settings)) == {"settings": settings}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#!/bin/bash", "expected Bottlerocket's settings as TOML: "),
        ("[setting]\na = 1", "got setting; expected tables below settings only"),
        (
            "[settings.kubernetes]\ncluster-name = 'x'",
            "got settings.kubernetes.cluster-name; expected a setting that Ka",
        ),
    ],
)
def test_what_is_no_setting_of_the_user_s_is_refused(text, message):
    with pytest.raises(SettingsError) as error:
        parsed(text)
    assert message in str(error.value)


def test_two_tables_become_one_and_two_values_none():
    assert merged({"a": {"x": 1}}, {"a": {"y": 2}, "b": 3}) == {"a": {"x": 1, "y": 2}, "b": 3}
    with pytest.raises(SettingsError, match=r"got settings\.a\.x; expected a setting that no other argument"):
        merged({"a": {"x": 1}}, {"a": {"x": 1}})
