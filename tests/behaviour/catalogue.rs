//! What can be called, by service, the most used first; what calls come with; what somebody does who has stolen a key.

/// A service and its calls.
pub const SERVICES: [(&str, &[&str]); 26] = [
    ("ec2", &["DescribeInstances", "DescribeSecurityGroups", "DescribeVolumes", "DescribeSubnets", "DescribeVpcs",
        "DescribeTags", "DescribeImages", "DescribeInstanceStatus", "CreateTags", "DescribeNetworkInterfaces",
        "DescribeSnapshots", "DescribeAvailabilityZones", "RunInstances", "StartInstances", "StopInstances",
        "TerminateInstances", "DescribeLaunchTemplates", "AuthorizeSecurityGroupIngress", "CreateSnapshot",
        "DescribeRegions", "DescribeKeyPairs", "RevokeSecurityGroupIngress", "CreateSecurityGroup", "DeleteSnapshot",
        "CreateVolume", "AttachVolume", "DeleteSecurityGroup", "DeleteVolume", "GetConsoleOutput", "CreateImage",
        "ModifyInstanceAttribute", "CreateKeyPair", "DescribeInstanceAttribute", "CopySnapshot", "DeregisterImage",
        "ModifySnapshotAttribute", "GetPasswordData"]),
    ("iam", &["GetRole", "ListRoles", "ListPolicies", "GetPolicy", "GetPolicyVersion", "ListAttachedRolePolicies",
        "ListRolePolicies", "GetUser", "ListUsers", "GetRolePolicy", "CreateRole", "AttachRolePolicy", "PutRolePolicy",
        "TagRole", "ListInstanceProfiles", "CreatePolicyVersion", "ListAccessKeys", "CreatePolicy", "DetachRolePolicy",
        "DeleteRolePolicy", "UpdateAssumeRolePolicy", "ListMFADevices", "DeleteRole", "GetAccountSummary", "CreateUser",
        "CreateAccessKey", "ListGroups", "AddUserToGroup", "AttachUserPolicy", "CreateLoginProfile", "PutUserPolicy",
        "GetAccountAuthorizationDetails", "ListUserPolicies", "DeleteUser"]),
    ("s3", &["ListBuckets", "GetBucketLocation", "GetBucketTagging", "GetBucketAcl", "GetBucketPolicy",
        "GetBucketVersioning", "GetBucketEncryption", "GetBucketPublicAccessBlock", "GetBucketLifecycle", "CreateBucket",
        "PutBucketTagging", "PutBucketPolicy", "PutBucketLifecycle", "PutBucketEncryption", "PutBucketVersioning",
        "DeleteBucketPolicy", "DeleteBucket", "PutBucketPublicAccessBlock", "PutBucketReplication"]),
    ("lambda", &["ListFunctions20150331", "GetFunction20150331v2", "GetFunctionConfiguration20150331v2",
        "UpdateFunctionCode20150331v2", "UpdateFunctionConfiguration20150331v2", "PublishVersion20150331",
        "CreateFunction20150331", "GetPolicy20150331v2", "AddPermission20150331v2", "ListVersionsByFunction20150331",
        "CreateEventSourceMapping20150331", "DeleteFunction20150331", "PublishLayerVersion20181031"]),
    ("logs", &["DescribeLogGroups", "DescribeLogStreams", "StartQuery", "GetQueryResults", "FilterLogEvents",
        "CreateLogStream", "CreateLogGroup", "PutRetentionPolicy", "DeleteLogGroup", "PutSubscriptionFilter",
        "DescribeSubscriptionFilters", "DeleteLogStream"]),
    ("monitoring", &["DescribeAlarms", "GetDashboard", "PutMetricAlarm", "ListDashboards", "DescribeAlarmHistory",
        "PutDashboard", "DeleteAlarms", "DisableAlarmActions"]),
    ("rds", &["DescribeDBInstances", "DescribeDBClusters", "DescribeDBSnapshots", "DescribeDBLogFiles",
        "DescribeDBParameterGroups", "ModifyDBInstance", "CreateDBSnapshot", "ListTagsForResource", "RebootDBInstance",
        "CreateDBInstance", "DeleteDBSnapshot", "CopyDBSnapshot", "RestoreDBInstanceFromDBSnapshot",
        "ModifyDBSnapshotAttribute", "DeleteDBInstance"]),
    ("eks", &["DescribeCluster", "ListClusters", "ListNodegroups", "DescribeNodegroup", "DescribeAddon",
        "UpdateNodegroupConfig", "ListAddons", "CreateNodegroup", "CreateAccessEntry", "UpdateClusterVersion",
        "DeleteNodegroup", "CreateCluster"]),
    ("ecr", &["GetAuthorizationToken", "BatchGetImage", "DescribeRepositories", "DescribeImages", "ListImages",
        "PutImage", "InitiateLayerUpload", "CompleteLayerUpload", "BatchDeleteImage", "CreateRepository",
        "SetRepositoryPolicy"]),
    ("ecs", &["DescribeServices", "DescribeTasks", "ListTasks", "UpdateService", "RegisterTaskDefinition",
        "DescribeClusters", "ListServices", "RunTask", "StopTask", "CreateService", "DeleteService"]),
    ("sqs", &["ListQueues", "GetQueueAttributes", "CreateQueue", "SetQueueAttributes", "PurgeQueue", "DeleteQueue"]),
    ("sns", &["ListTopics", "GetTopicAttributes", "ListSubscriptions", "CreateTopic", "Subscribe", "SetTopicAttributes"]),
    ("dynamodb", &["DescribeTable", "ListTables", "DescribeContinuousBackups", "UpdateTable", "CreateTable",
        "CreateBackup", "ExportTableToPointInTime", "DeleteTable"]),
    ("kms", &["Decrypt", "GenerateDataKey", "DescribeKey", "ListKeys", "ListAliases", "Encrypt", "GetKeyPolicy",
        "CreateGrant", "CreateKey", "PutKeyPolicy", "DisableKey", "ScheduleKeyDeletion"]),
    ("secretsmanager", &["GetSecretValue", "DescribeSecret", "ListSecrets", "PutSecretValue", "CreateSecret",
        "RotateSecret", "UpdateSecret", "BatchGetSecretValue", "DeleteSecret"]),
    ("ssm", &["GetParameter", "GetParameters", "GetParametersByPath", "DescribeInstanceInformation",
        "DescribeParameters", "StartSession", "PutParameter", "SendCommand", "GetCommandInvocation", "GetParameterHistory"]),
    ("cloudformation", &["DescribeStacks", "DescribeStackEvents", "ListStacks", "DescribeStackResources",
        "CreateChangeSet", "ExecuteChangeSet", "GetTemplate", "UpdateStack", "CreateStack", "DeleteStack"]),
    ("route53", &["ListHostedZones", "ListResourceRecordSets", "ChangeResourceRecordSets", "GetHostedZone", "GetChange",
        "CreateHostedZone"]),
    ("elasticloadbalancing", &["DescribeLoadBalancers", "DescribeTargetHealth", "DescribeTargetGroups",
        "DescribeListeners", "RegisterTargets", "DeregisterTargets", "ModifyListener", "CreateTargetGroup",
        "CreateLoadBalancer", "DeleteTargetGroup"]),
    ("autoscaling", &["DescribeAutoScalingGroups", "DescribeScalingActivities", "UpdateAutoScalingGroup",
        "SetDesiredCapacity", "CreateAutoScalingGroup", "StartInstanceRefresh"]),
    ("sts", &["AssumeRole", "GetCallerIdentity", "GetSessionToken", "GetFederationToken"]),
    ("cloudtrail", &["LookupEvents", "DescribeTrails", "GetTrailStatus", "GetEventSelectors", "UpdateTrail",
        "PutEventSelectors", "StopLogging", "DeleteTrail"]),
    ("guardduty", &["ListDetectors", "GetDetector", "ListFindings", "GetFindings", "ArchiveFindings", "CreateFilter",
        "UpdateDetector", "DeleteDetector"]),
    ("acm", &["ListCertificates", "DescribeCertificate", "RequestCertificate", "ExportCertificate"]),
    ("athena", &["StartQueryExecution", "GetQueryExecution", "GetQueryResults", "ListWorkGroups", "GetTableMetadata"]),
    ("ce", &["GetCostAndUsage", "GetCostForecast", "GetDimensionValues"]),
];

/// Programs that call, as they name themselves; most accounts see the first six.
pub const AGENTS: [&str; 12] = [
    "Mozilla/5.0 (X11; Linux x86_64)", "aws-cli/2.17.32 md/awscrt", "Boto3/1.34.0 md/Botocore",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9", "aws-sdk-go-v2/1.30", "aws-sdk-java/2.25", "aws-sdk-js/3.600",
    "Pulumi/3.1", "aws-sdk-rust/1.3", "aws-sdk-php/3.3", "Cyberduck/8.7", "S3 Browser/11.6",
];

/// What somebody calls who has a key and wants to know what it opens.
pub const LOOK_AROUND: [&str; 14] = [
    "GetCallerIdentity", "ListUsers", "ListRoles", "ListAccessKeys", "GetAccountSummary", "ListUserPolicies",
    "ListGroups", "GetAccountAuthorizationDetails", "ListBuckets", "GetBucketAcl", "DescribeInstances",
    "DescribeRegions", "ListSecrets", "DescribeDBInstances",
];

/// What is called to stay, to blind, to take and to break.
pub const TAKE: [&str; 12] = [
    "CreateUser", "CreateAccessKey", "AttachUserPolicy", "PutUserPolicy", "StopLogging", "DeleteTrail",
    "DeleteDetector", "BatchGetSecretValue", "ModifySnapshotAttribute", "ModifyDBSnapshotAttribute", "GetPasswordData",
    "ScheduleKeyDeletion",
];

/// The number of a call.
pub fn number(service: usize, call: usize) -> u16 {
    (SERVICES[..service].iter().map(|s| s.1.len()).sum::<usize>() + call) as u16
}

/// How many calls there are.
pub fn calls() -> usize {
    SERVICES.iter().map(|s| s.1.len()).sum()
}

/// The service and name of a call.
pub fn called(number: u16) -> (&'static str, &'static str) {
    let mut rest = number as usize;
    for (service, calls) in SERVICES {
        match calls.get(rest) {
            Some(call) => return (service, call),
            None => rest -= calls.len(),
        }
    }
    panic!("no call {number}")
}

/// The number of the first call of a name.
pub fn named(name: &str) -> u16 {
    (0..calls() as u16).find(|&n| called(n).1 == name).unwrap_or_else(|| panic!("no call {name}"))
}
