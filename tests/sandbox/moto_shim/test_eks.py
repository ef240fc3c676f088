"""EKS as the shim serves it, asked through boto3 over HTTP."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aistacks_catalog.aws import facts

Client = Callable[..., Any]
POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


@pytest.fixture
def eks(client: Client) -> Any:
    return client("eks")


@pytest.fixture
def make_cluster(eks: Any, network: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Any]:
    made: list[str] = []

    def make(**changes: Any) -> Any:
        wish = {
            "name": f"c{len(made)}-{request.node.name[:60].translate(str.maketrans('[].', '---'))}",
            "version": "1.34",
            "roleArn": network["role"],
            "resourcesVpcConfig": {"subnetIds": network["subnets"]},
            "accessConfig": {
                "authenticationMode": "API",
                "bootstrapClusterCreatorAdminPermissions": False,
            },
        }
        cluster = eks.create_cluster(**wish | changes)["cluster"]
        made.append(cluster["name"])
        return cluster

    yield make
    for name in made:
        with contextlib.suppress(eks.exceptions.ResourceNotFoundException):
            for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
                eks.delete_nodegroup(clusterName=name, nodegroupName=group)
            eks.delete_cluster(name=name)


def refused(call: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_cluster_reads_back_as_it_was_asked_for(eks: Any, make_cluster: Any, network: Any) -> None:
    asked = {
        "upgradePolicy": {"supportType": "STANDARD"},
        "encryptionConfig": [
            {"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}}
        ],
        "resourcesVpcConfig": {
            "subnetIds": network["subnets"],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        "logging": {"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]},
        "tags": {"team": "ml"},
    }
    name = make_cluster(**asked)["name"]
    cluster = eks.describe_cluster(name=name)["cluster"]
    assert cluster["status"] == "ACTIVE"
    assert cluster["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    assert cluster["upgradePolicy"] == asked["upgradePolicy"]
    assert cluster["encryptionConfig"] == asked["encryptionConfig"]
    vpc = cluster["resourcesVpcConfig"]
    assert vpc["vpcId"] == network["vpc"]
    assert vpc["clusterSecurityGroupId"].startswith("sg-")
    assert (vpc["endpointPublicAccess"], vpc["endpointPrivateAccess"]) == (False, True)
    assert vpc["publicAccessCidrs"] == []
    assert cluster["logging"]["clusterLogging"] == [
        {"types": ["api", "audit"], "enabled": True},
        {"types": ["authenticator", "controllerManager", "scheduler"], "enabled": False},
    ]
    assert cluster["tags"] == {"team": "ml"}
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"


def test_a_deleted_cluster_takes_its_security_group_along(eks: Any, client: Client, make_cluster: Any) -> None:
    cluster = make_cluster()
    group = eks.describe_cluster(name=cluster["name"])["cluster"]["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert eks.delete_cluster(name=cluster["name"])["cluster"]["status"] == "DELETING"
    code, _ = refused(lambda: client("ec2").describe_security_groups(GroupIds=[group]))
    assert code == "InvalidGroup.NotFound"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "9.99"}, "unsupported Kubernetes version 9.99"),
        (
            {"resourcesVpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}},
            "The subnet ID 'subnet-1' does not exist",
        ),
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "does not exist"),
    ],
)
def test_what_aws_refuses_of_a_cluster(make_cluster: Any, change: dict[str, Any], message: str) -> None:
    code, told = refused(lambda: make_cluster(**change))
    assert code == "InvalidParameterException"
    assert message in told


def test_a_cluster_needs_two_zones(make_cluster: Any, network: Any) -> None:
    subnet = {"subnetIds": network["subnets"][:1]}
    _, told = refused(lambda: make_cluster(resourcesVpcConfig=subnet))
    assert told == "Subnets specified must be in at least two different AZs"


def test_deletion_protection_holds(eks: Any, make_cluster: Any) -> None:
    name = make_cluster(deletionProtection=True)["name"]
    assert refused(lambda: eks.delete_cluster(name=name))[0] == "InvalidRequestException"
    eks.update_cluster_config(name=name, deletionProtection=False)
    eks.delete_cluster(name=name)


def test_updates_of_a_cluster_are_told_and_done(eks: Any, make_cluster: Any) -> None:
    name = make_cluster()["name"]
    updates = [
        eks.update_cluster_config(name=name, resourcesVpcConfig=wish)["update"]
        for wish in [{"endpointPrivateAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]}]
    ]
    updates.append(
        eks.update_cluster_config(name=name, logging={"clusterLogging": [{"types": ["audit"], "enabled": True}]})[
            "update"
        ]
    )
    updates.append(eks.update_cluster_version(name=name, version="1.35")["update"])
    assert [each["type"] for each in updates] == ["EndpointAccessUpdate", "LoggingUpdate", "VersionUpdate"]
    for each in updates:
        told = eks.describe_update(name=name, updateId=each["id"])["update"]
        assert told["status"] == "Successful"
    assert set(eks.list_updates(name=name)["updateIds"]) == {each["id"] for each in updates}
    cluster = eks.describe_cluster(name=name)["cluster"]
    assert cluster["version"] == "1.35"
    assert cluster["resourcesVpcConfig"]["publicAccessCidrs"] == ["192.0.2.0/24"]
    assert cluster["logging"]["clusterLogging"][0] == {"types": ["audit"], "enabled": True}


@pytest.mark.parametrize("version", ["1.35", "1.32", "9.99"])
def test_a_version_goes_up_one_step_only(eks: Any, make_cluster: Any, version: str) -> None:
    name = make_cluster(version="1.33")["name"]
    code, _ = refused(lambda: eks.update_cluster_version(name=name, version=version))
    assert code == "InvalidParameterException"


def test_encryption_is_associated_once(eks: Any, make_cluster: Any) -> None:
    name = make_cluster()["name"]
    config = [{"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:us-east-1:123456789012:key/k"}}]
    eks.associate_encryption_config(clusterName=name, encryptionConfig=config)
    assert eks.describe_cluster(name=name)["cluster"]["encryptionConfig"] == config
    code, _ = refused(lambda: eks.associate_encryption_config(clusterName=name, encryptionConfig=config))
    assert code == "ResourceInUseException"


def test_an_addon_lives_and_dies(eks: Any, make_cluster: Any, network: Any) -> None:
    cluster = make_cluster()
    name = cluster["name"]
    wish: Any = {"clusterName": name, "addonName": "vpc-cni"}
    made = eks.create_addon(**wish, configurationValues='{"a": 1}', tags={"k": "v"}, resolveConflicts="OVERWRITE")
    assert made["addon"]["addonVersion"] == facts.addon_version(cluster["version"], "vpc-cni")
    assert refused(lambda: eks.create_addon(**wish))[0] == "ResourceInUseException"
    eks.update_addon(**wish, addonVersion="v1.21.1-eksbuild.5", configurationValues='{"a": 2}')
    addon = eks.describe_addon(**wish)["addon"]
    assert (addon["addonVersion"], addon["configurationValues"]) == ("v1.21.1-eksbuild.5", '{"a": 2}')
    assert addon["status"] == "ACTIVE"
    assert eks.list_addons(clusterName=name)["addons"] == ["vpc-cni"]
    eks.tag_resource(resourceArn=addon["addonArn"], tags={"more": "yes"})
    eks.untag_resource(resourceArn=addon["addonArn"], tagKeys=["k"])
    assert eks.list_tags_for_resource(resourceArn=addon["addonArn"])["tags"] == {"more": "yes"}
    assert eks.delete_addon(**wish)["addon"]["status"] == "DELETING"
    assert refused(lambda: eks.describe_addon(**wish))[0] == "ResourceNotFoundException"


def test_an_addon_brings_its_own_pod_identity(eks: Any, make_cluster: Any, network: Any) -> None:
    name = make_cluster()["name"]
    eks.create_addon(
        clusterName=name,
        addonName="aws-ebs-csi-driver",
        podIdentityAssociations=[{"serviceAccount": "ebs-csi-controller-sa", "roleArn": network["role"]}],
    )
    [association] = eks.list_pod_identity_associations(clusterName=name)["associations"]
    assert association["serviceAccount"] == "ebs-csi-controller-sa"
    assert ":addon/" in association["ownerArn"]
    eks.delete_addon(clusterName=name, addonName="aws-ebs-csi-driver")
    assert eks.list_pod_identity_associations(clusterName=name)["associations"] == []


def test_addon_versions_are_those_that_we_pin(eks: Any) -> None:
    answer = eks.describe_addon_versions(kubernetesVersion="1.35", addonName="coredns")["addons"]
    assert [each["addonVersions"][0]["addonVersion"] for each in answer] == [facts.addon_version("1.35", "coredns")]
    assert len(eks.describe_addon_versions(kubernetesVersion="1.34")["addons"]) >= 7
    versions = eks.describe_cluster_versions()["clusterVersions"]
    assert {"1.34", "1.35"} <= {each["clusterVersion"] for each in versions}


def test_an_access_entry_lives_and_dies(eks: Any, make_cluster: Any) -> None:
    name = make_cluster()["name"]
    arn = "arn:aws:iam::123456789012:role/path/admins"
    wish: Any = {"clusterName": name, "principalArn": arn}
    entry = eks.create_access_entry(**wish, tags={"k": "v"})["accessEntry"]
    assert entry["type"] == "STANDARD"
    assert entry["username"] == "arn:aws:sts::123456789012:assumed-role/admins/{{SessionName}}"
    eks.update_access_entry(**wish, kubernetesGroups=["viewers"])
    assert eks.describe_access_entry(**wish)["accessEntry"]["kubernetesGroups"] == ["viewers"]
    assert eks.list_access_entries(clusterName=name)["accessEntries"] == [arn]

    eks.associate_access_policy(**wish, policyArn=POLICY, accessScope={"type": "cluster"})
    [policy] = eks.list_associated_access_policies(**wish)["associatedAccessPolicies"]
    assert (policy["policyArn"], policy["accessScope"]) == (POLICY, {"type": "cluster", "namespaces": []})
    eks.disassociate_access_policy(**wish, policyArn=POLICY)
    assert eks.list_associated_access_policies(**wish)["associatedAccessPolicies"] == []
    code, _ = refused(lambda: eks.disassociate_access_policy(**wish, policyArn=POLICY))
    assert code == "ResourceNotFoundException"
    eks.delete_access_entry(**wish)
    assert refused(lambda: eks.describe_access_entry(**wish))[0] == "ResourceNotFoundException"


def test_access_entries_need_the_api_mode(eks: Any, make_cluster: Any) -> None:
    name = make_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})["name"]
    wish: Any = {"clusterName": name, "principalArn": "arn:aws:iam::123456789012:role/a"}
    assert refused(lambda: eks.create_access_entry(**wish))[0] == "InvalidRequestException"
    eks.update_cluster_config(name=name, accessConfig={"authenticationMode": "API"})
    eks.create_access_entry(**wish)
    back: Any = {"authenticationMode": "CONFIG_MAP"}
    code, _ = refused(lambda: eks.update_cluster_config(name=name, accessConfig=back))
    assert code == "InvalidParameterException"


def test_a_pod_identity_lives_and_dies(eks: Any, make_cluster: Any, network: Any) -> None:
    name = make_cluster()["name"]
    wish: Any = {"namespace": "models", "serviceAccount": "server", "roleArn": network["role"]}
    made = eks.create_pod_identity_association(clusterName=name, **wish, tags={"k": "v"})["association"]
    assert refused(lambda: eks.create_pod_identity_association(clusterName=name, **wish))[0] == (
        "ResourceInUseException"
    )
    key: Any = {"clusterName": name, "associationId": made["associationId"]}
    other = "arn:aws:iam::123456789012:role/other"
    eks.update_pod_identity_association(**key, roleArn=other)
    told = eks.describe_pod_identity_association(**key)["association"]
    assert (told["roleArn"], told["tags"], told["disableSessionTags"]) == (other, {"k": "v"}, False)
    listed = eks.list_pod_identity_associations(clusterName=name, namespace="models")["associations"]
    assert [each["associationId"] for each in listed] == [made["associationId"]]
    assert eks.list_pod_identity_associations(clusterName=name, namespace="x")["associations"] == []
    eks.delete_pod_identity_association(**key)
    assert refused(lambda: eks.describe_pod_identity_association(**key))[0] == "ResourceNotFoundException"


def test_a_node_group_reads_back_as_it_was_asked_for(eks: Any, client: Client, make_cluster: Any, network: Any) -> None:
    name = make_cluster()["name"]
    template = client("ec2").create_launch_template(
        LaunchTemplateName=f"lt-{name}"[:60], LaunchTemplateData={"InstanceType": "m7i.large"}
    )["LaunchTemplate"]
    wish: Any = {
        "scalingConfig": {"minSize": 0, "maxSize": 3, "desiredSize": 1},
        "labels": {"role": "system"},
        "taints": [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}],
        "updateConfig": {"maxUnavailablePercentage": 33},
        "launchTemplate": {"id": template["LaunchTemplateId"], "version": "1"},
        "amiType": "BOTTLEROCKET_x86_64",
    }
    key: Any = {"clusterName": name, "nodegroupName": "system"}
    eks.create_nodegroup(**key, **wish, nodeRole=network["role"], subnets=network["subnets"])
    group = eks.describe_nodegroup(**key)["nodegroup"]
    assert {part: group[part] for part in wish if part != "launchTemplate"} == {
        part: value for part, value in wish.items() if part != "launchTemplate"
    }
    assert group["launchTemplate"] == {
        "id": template["LaunchTemplateId"],
        "name": template["LaunchTemplateName"],
        "version": "1",
    }
    assert "remoteAccess" not in group and "remoteAccessSecurityGroup" not in group["resources"]
    assert group["version"] == "1.34"

    scaling = {"minSize": 1, "maxSize": 5, "desiredSize": 2}
    update = eks.update_nodegroup_config(**key, scalingConfig=scaling)["update"]
    assert eks.describe_update(name=name, updateId=update["id"])["update"]["status"] == "Successful"
    assert eks.describe_nodegroup(**key)["nodegroup"]["scalingConfig"] == scaling
    eks.update_cluster_version(name=name, version="1.35")
    eks.update_nodegroup_version(**key, version="1.35")
    assert eks.describe_nodegroup(**key)["nodegroup"]["version"] == "1.35"
    assert refused(lambda: eks.delete_cluster(name=name))[0] == "ResourceInUseException"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"scalingConfig": {"minSize": 4, "maxSize": 2, "desiredSize": 3}},
            "minSize can't be greater than maxSize",
        ),
        (
            {"scalingConfig": {"minSize": 3, "maxSize": 4, "desiredSize": 2}},
            "can't be greater than desired size 2",
        ),
        ({"subnets": ["subnet-0"]}, "The subnet ID 'subnet-0' does not exist"),
        ({"launchTemplate": {"name": "none"}}, "does not exist"),
    ],
)
def test_what_aws_refuses_of_a_node_group(
    eks: Any, make_cluster: Any, network: Any, change: dict[str, Any], message: str
) -> None:
    wish = {"nodeRole": network["role"], "subnets": network["subnets"], "nodegroupName": "g"}
    name = make_cluster()["name"]
    code, told = refused(lambda: eks.create_nodegroup(clusterName=name, **wish | change))
    assert code == "InvalidParameterException"
    assert message in told
