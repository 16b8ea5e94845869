"""Checks findings (NDJSON on stdin) against the shape Finding of GuardDuty's service model, given as a path.

Judges as botocore's parser and validator would: names on the wire, types, required members, enums, lengths; and it
refuses members that the model does not know, which botocore would silently drop.
"""

import json
import sys

# Enum-like strings that the model leaves open, from the service's documentation.
WORDS = {
    ("Action", "actionType"): {"NETWORK_CONNECTION", "PORT_PROBE", "DNS_REQUEST", "AWS_API_CALL",
                               "KUBERNETES_API_CALL", "RDS_LOGIN_ATTEMPT"},
    ("NetworkConnectionAction", "connectionDirection"): {"INBOUND", "OUTBOUND", "UNKNOWN"},
    ("Service", "resourceRole"): {"ACTOR", "TARGET"},
}
TYPES = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "float": (int, float),
         "timestamp": (str, int, float), "list": list, "map": dict, "structure": dict}
RANGES = {"integer": (-2**31, 2**31 - 1), "long": (-2**63, 2**63 - 1)}


def check(shapes, name, value, at, wrong):
    shape = shapes[name]
    kind = shape["type"]
    fits = isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not fits:
        wrong.append(f"{at}: {kind} expected, found {json.dumps(value)[:60]}")
    elif kind == "structure":
        members = {m.get("locationName", n): (n, m["shape"]) for n, m in shape["members"].items()}
        for required in shape.get("required", []):
            if shape["members"][required].get("locationName", required) not in value:
                wrong.append(f"{at}: `{required}` is missing")
        for key, inner in value.items():
            if key not in members:
                wrong.append(f"{at}.{key}: not in the model")
                continue
            check(shapes, members[key][1], inner, f"{at}.{key}", wrong)
            if (name, key) in WORDS and inner not in WORDS[name, key]:
                wrong.append(f"{at}.{key}: unknown word {inner}")
    elif kind == "list":
        for i, inner in enumerate(value):
            check(shapes, shape["member"]["shape"], inner, f"{at}[{i}]", wrong)
    elif kind == "map":
        for key, inner in value.items():
            check(shapes, shape["key"]["shape"], key, f"{at} key", wrong)
            check(shapes, shape["value"]["shape"], inner, f"{at}.{key}", wrong)
    elif kind in RANGES and not RANGES[kind][0] <= value <= RANGES[kind][1]:
        wrong.append(f"{at}: {value} does not fit {kind}")
    if fits and kind in ("string", "list"):
        if "enum" in shape and value not in shape["enum"]:
            wrong.append(f"{at}: {value} is none of the enum's values")
        if not shape.get("min", 0) <= len(value) <= shape.get("max", len(value)):
            wrong.append(f"{at}: length {len(value)} is out of bounds")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        shapes = json.load(file)["shapes"]
    wrong, count = [], 0
    for line in sys.stdin:
        count += 1
        finding = json.loads(line)
        check(shapes, "Finding", finding, "finding", wrong)
        actions = [k for k in finding.get("service", {}).get("action", {}) if k != "actionType"]
        if len(actions) > 1:
            wrong.append(f"finding.service.action: more than one action: {actions}")
    for line in wrong:
        print(line)
    print(f"{count} findings, {len(wrong)} wrong")
    return 1 if wrong else 0


sys.exit(main())
