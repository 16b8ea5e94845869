//! `resource`: the details member that fits the kind, and the caller's credentials beside it.

use serde_json::Value as Json;

use crate::sink::facts::{Act, Facts, last_part};
use crate::sink::obj::Obj;

/// Kinds of Kubernetes objects that run containers.
const WORKLOADS: &[&str] =
    &["pods", "deployments", "daemonsets", "statefulsets", "replicasets", "replicationcontrollers", "jobs", "cronjobs"];

/// The whole `resource`.
pub fn resource(facts: &Facts<'_>) -> Json {
    let kind = facts.kind();
    let (uid, name, arn) = (facts.uid(), facts.name(), facts.resource_arn());
    let named = |id: &str, arn_name: &str| Obj::new().put(id, name.clone()).put(arn_name, arn.clone());
    let mut out = Obj::new().set("resourceType", kind);
    if kind == "AccessKey" || facts.act() == Act::ApiCall {
        out = out.put("accessKeyDetails", access_key(facts));
    }
    out = match kind {
        "S3Bucket" | "S3Object" => out.list("s3BucketDetails", bucket(facts).into_iter().collect()),
        "Instance" => out.put("instanceDetails", instance(facts)),
        "RDSDBInstance" => {
            out.put("rdsDbInstanceDetails", database(facts)).put("rdsDbUserDetails", database_user(facts))
        }
        "RDSLimitlessDB" => out
            .put(
                "rdsLimitlessDbDetails",
                named("dbShardGroupIdentifier", "dbShardGroupArn")
                    .put("engine", facts.first(&["database.engine", "database.type"]))
                    .some(),
            )
            .put("rdsDbUserDetails", database_user(facts)),
        "Lambda" => out.put("lambdaDetails", named("functionName", "functionArn").some()),
        "ECSCluster" => out.put("ecsClusterDetails", named("name", "arn").some()),
        "Container" => out.put("containerDetails", container(facts)),
        "EBSSnapshot" => out.put("ebsSnapshotDetails", Obj::new().put("snapshotArn", arn.as_deref().or(uid)).some()),
        "EC2Image" => out.put("ec2ImageDetails", Obj::new().put("imageArn", arn.as_deref().or(uid)).some()),
        "EC2RecoveryPoint" | "S3RecoveryPoint" => {
            out.put("recoveryPointDetails", Obj::new().put("recoveryPointArn", arn.as_deref().or(uid)).some())
        }
        _ => out,
    };
    if kind == "EKSCluster" || facts.act() == Act::KubernetesCall {
        out = out.put("eksClusterDetails", cluster(facts)).put("kubernetesDetails", kubernetes(facts));
    }
    out.json()
}

fn access_key(facts: &Facts<'_>) -> Option<Json> {
    let user = facts.text("actor.user.name").or_else(|| {
        let principal = facts.finding.principal.as_deref()?;
        Some(last_part(principal).to_owned())
    });
    Obj::new()
        .put("accessKeyId", facts.access_key())
        .put("principalId", facts.text("actor.user.uid_alt"))
        .put("userName", user)
        .put("userType", facts.user_type())
        .some()
}

fn bucket(facts: &Facts<'_>) -> Option<Json> {
    // An object's ARN is its bucket's with the key behind it.
    let arn = facts.resource_arn().map(|arn| match arn.split_once('/') {
        Some((bucket, _)) => bucket.to_owned(),
        None => arn,
    });
    let name = arn.as_deref().map(|a| last_part(a).to_owned()).or_else(|| facts.name());
    let object = (facts.kind() == "S3Object").then(|| {
        let arn = facts.resource_arn();
        let key = arn.as_deref().and_then(|a| a.split_once('/')).map(|(_, key)| key.to_owned());
        Obj::new().put("objectArn", arn).put("key", key).some()
    });
    Obj::new().put("arn", arn).put("name", name).list("s3ObjectDetails", object.flatten().into_iter().collect()).some()
}

fn instance(facts: &Facts<'_>) -> Option<Json> {
    let ip = facts.first(&["local.ip", "src_endpoint.ip"]).filter(|_| facts.act() != Act::ApiCall);
    let v6 = ip.as_ref().filter(|ip| ip.contains(':')).cloned();
    let interface = Obj::new()
        .list("ipv6Addresses", v6.clone().into_iter().collect())
        .put("networkInterfaceId", facts.first(&["local.interface_uid", "src_endpoint.interface_uid"]))
        .put("privateIpAddress", ip.filter(|_| v6.is_none()))
        .put("subnetId", facts.text("local.subnet_uid"))
        .put("vpcId", facts.first(&["local.vpc_uid", "src_endpoint.vpc_uid"]))
        .some();
    let id = facts.uid().map(last_part).map(str::to_owned).or_else(|| facts.text("local.instance_uid"));
    Obj::new()
        .put("instanceId", id)
        .put("availabilityZone", facts.text("cloud.zone"))
        .list("networkInterfaces", interface.into_iter().collect())
        .some()
}

fn cluster(facts: &Facts<'_>) -> Option<Json> {
    let is_cluster = facts.kind() == "EKSCluster";
    let name = facts.text("cluster.name").or_else(|| facts.name().filter(|_| is_cluster));
    let arn = facts.resource_arn().filter(|_| is_cluster);
    Obj::new().put("name", name).put("arn", arn).some()
}

fn kubernetes(facts: &Facts<'_>) -> Option<Json> {
    let impersonated =
        Obj::new().put("username", facts.text("impersonated.name")).list("groups", facts.list("impersonated.groups"));
    let user = Obj::new()
        .put("username", facts.text("actor.user.name"))
        .put("uid", facts.text("actor.user.uid"))
        .list("groups", facts.list("actor.user.groups"))
        .list("sessionName", facts.list("actor.session.name"))
        .put("impersonatedUser", impersonated.some());
    let workload = facts.text("target.type").filter(|t| WORKLOADS.contains(&t.as_str())).and_then(|kind| {
        Obj::new()
            .put("name", facts.text("target.name"))
            .set("type", kind)
            .put("namespace", facts.text("target.namespace"))
            .some()
    });
    Obj::new().put("kubernetesUserDetails", user.some()).put("kubernetesWorkloadDetails", workload).some()
}

fn database(facts: &Facts<'_>) -> Option<Json> {
    Obj::new()
        .put("dbInstanceIdentifier", facts.name())
        .put("dbInstanceArn", facts.resource_arn())
        .put("engine", facts.first(&["database.engine", "database.type"]))
        .some()
}

fn database_user(facts: &Facts<'_>) -> Option<Json> {
    Obj::new()
        .put("user", facts.text("actor.user.name"))
        .put("application", facts.text("application"))
        .put("database", facts.text("database.name"))
        .some()
}

fn container(facts: &Facts<'_>) -> Option<Json> {
    Obj::new()
        .put("id", facts.uid())
        .put("name", facts.finding.resource.name.as_deref())
        .put("image", facts.text("container.image.name"))
        .some()
}
