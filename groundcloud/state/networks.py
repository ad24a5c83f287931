"""EC2's kinds, in the order of deletion: what runs, what it holds, and the networks around it.

What an account has from the start (its default network, the default group and main routes of each) stays.
"""

from __future__ import annotations

from groundcloud.state.kind import Kind

NETWORKS = (
    Kind(
        "ec2",
        "DescribeInstances",
        "Reservations[].Instances[] | [?!contains(['shutting-down', 'terminated'], State.Name)]"
        ".{InstanceIds: [InstanceId]}",
        "TerminateInstances",
    ),
    Kind(
        "ec2",
        "DescribeLaunchTemplates",
        "LaunchTemplates[].{LaunchTemplateId: LaunchTemplateId}",
        "DeleteLaunchTemplate",
    ),
    Kind(
        "ec2",
        "DescribeNatGateways",
        "NatGateways[?!contains(['deleting', 'deleted'], State)].{NatGatewayId: NatGatewayId}",
        "DeleteNatGateway",
    ),
    Kind(
        "ec2",
        "DescribeVpcEndpoints",
        "VpcEndpoints[?!contains(['deleting', 'deleted'], State)].{VpcEndpointIds: [VpcEndpointId]}",
        "DeleteVpcEndpoints",
    ),
    Kind("ec2", "DescribeAddresses", "Addresses[].{AllocationId: AllocationId}", "ReleaseAddress"),
    Kind(
        "ec2",
        "DescribeNetworkInterfaces",
        "NetworkInterfaces[?!RequesterManaged].{NetworkInterfaceId: NetworkInterfaceId}",
        "DeleteNetworkInterface",
    ),
    Kind("ec2", "DescribeVolumes", "Volumes[].{VolumeId: VolumeId}", "DeleteVolume"),
    Kind("ec2", "DescribeImages", "Images[].{ImageId: ImageId}", "DeregisterImage", {"Owners": ["self"]}),
    Kind(
        "ec2",
        "DescribeSnapshots",
        # LocalStack has every account own those of the images it comes with, hundreds that it does not delete.
        "Snapshots[?!starts_with(not_null(Description, ''), 'Auto-created snapshot for AMI')].{SnapshotId: SnapshotId}",
        "DeleteSnapshot",
        {"OwnerIds": ["self"]},
    ),
    Kind("ec2", "DescribeKeyPairs", "KeyPairs[].{KeyName: KeyName}", "DeleteKeyPair"),
    Kind("ec2", "DescribePlacementGroups", "PlacementGroups[].{GroupName: GroupName}", "DeletePlacementGroup"),
    Kind(
        "ec2",
        "DescribeSecurityGroups",
        "SecurityGroups[?GroupName!='default'].{GroupId: GroupId}",
        "DeleteSecurityGroup",
    ),
    Kind("ec2", "DescribeSubnets", "Subnets[?!DefaultForAz].{SubnetId: SubnetId}", "DeleteSubnet"),
    Kind(
        "ec2",
        "DescribeRouteTables",
        "RouteTables[?!(Associations[?Main])].{RouteTableId: RouteTableId}",
        "DeleteRouteTable",
    ),
    Kind(
        "ec2",
        "DescribeNetworkAcls",
        "NetworkAcls[?!IsDefault].{NetworkAclId: NetworkAclId}",
        "DeleteNetworkAcl",
    ),
    Kind(
        "ec2",
        "DescribeInternetGateways",
        "InternetGateways[].{InternetGatewayId: InternetGatewayId}",
        "DeleteInternetGateway",
    ),
    Kind("ec2", "DescribeVpcs", "Vpcs[?!IsDefault].{VpcId: VpcId}", "DeleteVpc"),
)
