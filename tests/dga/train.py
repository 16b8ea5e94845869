#!/usr/bin/env python3
"""Trains the model behind `dga(domain)` and measures it on names and families that it has not seen.

    python3 tests/dga/train.py ../shared/data

It prints what it finds and misses among names and families that it has not seen, then learns from all and writes
`src/ops/dga.model`.

Plain Python, seeded: the same lists give the same bytes. The lists are not part of the project, only what was learned
from them. `src/ops/dga.rs` computes the same features; `features` here and there must stay equal, which a
test holds (`tests/dga/labels.tsv`, written with the model).
"""
import csv
import gzip
import json
import math
import pathlib
import random
import struct
import sys
from array import array
from collections import Counter, defaultdict
from operator import mul

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789-"
OTHER, EDGE, SIZE = 37, 38, 39  # a symbol that is none of these, the edge of the label, how many there are
SECOND_LEVEL = {"co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "go", "gob", "in", "nom", "me", "web", "info"}
SHARED = {"ddns.net", "duckdns.org", "github.io"}  # suffixes under which anybody gets a name
ALIASES = {"new_goz": "newgoz", "zeus": "newgoz", "goz": "murofet"}  # one generator under two names
MAX_LABEL = 63


def registered(name):
    """The label that somebody registered. Roughly: the project itself uses the Public Suffix List."""
    parts = name.lower().rstrip(".").split(".")
    if len(parts) < 2:
        return None
    last_two = ".".join(parts[-2:])
    if len(parts) > 2 and (last_two in SHARED or (len(parts[-1]) == 2 and parts[-2] in SECOND_LEVEL)):
        return parts[-3]
    return parts[-2]


# --- lists -----------------------------------------------------------------------------------------------------------

def read_lists(data):
    """(label, family or None for benign, source) of the labelled list, and further benign labels."""
    labelled, more = [], {}
    with open(data / "dga_lists/dga_dev.csv", newline="") as f:
        for name, kind, source in list(csv.reader(f))[1:]:
            label = registered(name)
            if label and not label.startswith("xn--"):
                family = source.split("/")[-1]
                labelled.append((label, ALIASES.get(family, family) if kind == "dga" else None, source))
    names = set()
    for listed in ("misp_tranco10k", "misp_cisco_top20k"):
        names.update(json.load(open(data / f"top_domains/{listed}.json"))["list"])
    benign_hosts = json.load(open(data / "dns_mixed/dns_dev.labels.json"))
    asked = set()
    for line in gzip.open(data / "dns_mixed/dns_dev.jsonl.gz", "rt"):
        event = json.loads(line)
        if benign_hosts.get(event["srcids"].get("instance")) == "benign":
            asked.add(event["query_name"])
    known = {label for label, _, _ in labelled}
    for source, of in (("top", names), ("asked", asked)):
        for name in of:
            label = registered(name)
            if label and label not in known and not label.startswith("xn--") and len(label) <= MAX_LABEL:
                more.setdefault(label, source)
    # Names with a digit in front are over-represented among those that were asked for: keep one in ten.
    more = sorted((l, s) for l, s in more.items() if not l[0].isdigit() or random.Random(l).random() < 0.1)
    random.Random(1).shuffle(labelled)
    random.Random(2).shuffle(more)
    return labelled, more


def generated(count, words, seed):
    """Names as common kinds of generators make them, so that the model learns kinds rather than families."""
    rng = random.Random(seed)
    letters, consonants, vowels, digits = "abcdefghijklmnopqrstuvwxyz", "bcdfghjklmnpqrstvwxz", "aeiou", "0123456789"
    out = []
    while len(out) < count:
        kind = rng.random()
        if kind < 0.35:  # letters at random
            label = "".join(rng.choice(letters) for _ in range(rng.randint(6, 26)))
        elif kind < 0.48:  # letters and digits
            label = "".join(rng.choice(letters + digits) for _ in range(rng.randint(8, 28)))
        elif kind < 0.56:  # hexadecimal
            label = "".join(rng.choice(digits + "abcdef") for _ in range(rng.choice([8, 10, 12, 13, 14, 16, 20, 24, 32])))
        elif kind < 0.66:  # some letters only
            some = rng.sample(letters, rng.randint(8, 18))
            label = "".join(rng.choice(some) for _ in range(rng.randint(8, 20)))
        elif kind < 0.86:  # syllables
            pattern = rng.choice(["CV", "VC", "CVC", "CVV", "CVCC", "VCV", "CVVC"])
            some = vowels if rng.random() < 0.5 else vowels + "y"
            label = ""
            length = rng.randint(7, 14)
            while len(label) < length:
                label += "".join(rng.choice(consonants if p == "C" else some) for p in pattern)
            label = label[:length]
        elif kind < 0.94:  # some letters more often than others
            order = rng.sample(letters, 26)
            weights = [2 ** (-i / rng.uniform(4, 12)) for i in range(26)]
            label = "".join(rng.choices(order, weights, k=rng.randint(7, 18)))
        else:  # a real name with some letters changed
            changed = list(rng.choice(words))
            for _ in range(2):
                changed[rng.randrange(len(changed))] = rng.choice(letters)
            label = "".join(changed)
        out.append(label)
    return out


# --- the model -------------------------------------------------------------------------------------------------------

def symbols(label):
    return [EDGE, EDGE] + [i if (i := SYMBOLS.find(c)) >= 0 else OTHER for c in label] + [EDGE]


def letter_costs(labels):
    """Bits, in sixteenths, that each letter costs after the two before it: interpolated by Witten and Bell."""
    counts = [Counter(), Counter(), Counter()]
    for label, whole in labels:
        s = symbols(label)
        for i in range(2, len(s)):
            for n in range(3):
                gram = tuple(s[i - n:i + 1])
                # What was asked for is a slice of the alphabet: how names begin is learned from the other lists.
                if whole or EDGE not in gram[:-1]:
                    counts[n][gram] += 1
    seen, kinds = [Counter(), Counter(), Counter()], [Counter(), Counter(), Counter()]
    for n in range(3):
        for gram, k in counts[n].items():
            seen[n][gram[:-1]] += k
            kinds[n][gram[:-1]] += 1
    table = bytearray(SIZE ** 3)
    one = [(counts[0][(c,)] + kinds[0][()] / SIZE) / (seen[0][()] + kinds[0][()]) for c in range(SIZE)]
    for b in range(SIZE):
        k, d = seen[1][(b,)], kinds[1][(b,)]
        two = [(counts[1][(b, c)] + d * one[c]) / (k + d) if k else one[c] for c in range(SIZE)]
        for a in range(SIZE):
            k, d = seen[2][(a, b)], kinds[2][(a, b)]
            for c in range(SIZE):
                p = (counts[2][(a, b, c)] + d * two[c]) / (k + d) if k else two[c]
                table[(a * SIZE + b) * SIZE + c] = max(0, min(255, round(-16 * math.log2(p))))
    return table


def features(label, table):
    """How a label looks, in numbers. `features` of `src/ops/dga.rs` computes the same."""
    s = symbols(label)
    cost = [table[(s[i - 2] * SIZE + s[i - 1]) * SIZE + s[i]] for i in range(2, len(s))]
    body, n, steps = s[2:-1], len(s) - 3, len(cost)
    ordered = sorted(cost)
    vowel = [c in (0, 4, 8, 14, 20, 24) for c in body]
    digit = [26 <= c < 36 for c in body]
    consonants, vowels = [], []  # lengths of runs
    for i in range(n):
        for runs, belongs, before in (
            (consonants, body[i] < 26 and not vowel[i], i > 0 and body[i - 1] < 26 and not vowel[i - 1]),
            (vowels, vowel[i], i > 0 and vowel[i - 1]),
        ):
            if belongs and before:
                runs[-1] += 1
            elif belongs:
                runs.append(1)
    digits, kinds = sum(digit), Counter(body)
    hexadecimal = 0 < digits < n and all(d or c < 6 for d, c in zip(digit, body))
    return [
        sum(cost) / 16,
        sum(cost) / steps,
        ordered[-1],
        sum(ordered[-3:]),
        max(sum(cost[i:i + 4]) for i in range(max(1, steps - 3))),
        n,
        digits,
        digits / n,
        sum(vowel) / n,
        max(consonants, default=0),
        sum(r >= 3 for r in consonants),
        max(vowels, default=0),
        len(kinds),
        len(kinds) / n,
        sum(k * k for k in kinds.values()) / (n * n),
        sum(digit[i] != digit[i - 1] for i in range(1, n)),
        body.count(36),
        int(hexadecimal),
        ordered[steps // 2],
        sum(c > 96 for c in cost) / steps,
        sum(c < 24 for c in cost) / steps,
        int(vowel[-1]),
        sum(vowel[i] != vowel[i - 1] for i in range(1, n)) / max(n - 1, 1),
    ]


def terms(values, means, spreads):
    """Features around their mean, in units of their spread, at most four of them; then the product of every two."""
    z = [max(-4.0, min(4.0, (v - m) / s)) for v, m, s in zip(values, means, spreads)]
    return array("d", z + [a * b / 2 for i, a in enumerate(z) for b in z[i:]])


def learn(rows, rounds=6, decay=1e-5):
    """Logistic regression by AdaGrad over rows of (terms, 0 or 1, weight)."""
    size = len(rows[0][0])
    weights, squares, bias, bias_square = [0.0] * size, [1.0] * size, -2.0, 1.0
    order = list(range(len(rows)))
    rng = random.Random(3)
    for round_ in range(rounds):
        rng.shuffle(order)
        rate = 0.1 if round_ < rounds // 2 else 0.03
        for i in order:
            x, truth, weight = rows[i]
            z = bias + sum(map(mul, weights, x))
            g = (1 / (1 + math.exp(-max(-30.0, min(30.0, z)))) - truth) * weight
            if -3e-3 < g < 3e-3:
                continue
            squares = [q + (g * v) ** 2 for q, v in zip(squares, x)]
            weights = [w - rate * (g * v + decay * w) / math.sqrt(q) for w, v, q in zip(weights, x, squares)]
            bias_square += g * g
            bias -= rate * g / math.sqrt(bias_square)
    return weights, bias


def train(labelled, more, with_generated=0.5):
    """Letter costs and weights of labelled names. Each benign name is judged by costs that were learned without it."""
    benign = [(label, True) for label, family, _ in labelled if family is None]
    benign += [(label, source == "top") for label, source in more]
    machine = [(label, family) for label, family, _ in labelled if family is not None]
    table = letter_costs(benign)
    rows, parts = [], 4
    for part in range(parts):
        held = letter_costs([row for i, row in enumerate(benign) if i % parts != part])
        for i, (label, whole) in enumerate(benign):
            if i % parts == part and (whole or random.Random(label).random() < 0.2):
                rows.append((features(label, held), 0, 1.0))
    budget = len(rows) * 0.3
    sizes = Counter(family for _, family in machine)
    shares = {family: min(1.0, k / 60) / k for family, k in sizes.items()}  # families count alike, tiny ones less
    scale = budget * (1 - with_generated) / max(sum(shares[f] for _, f in machine), 1e-9)
    rows += [(features(label, table), 1, min(shares[f] * scale, 6.0)) for label, f in machine]
    made = generated(8000, [label for label, _ in benign if len(label) > 6], 4)
    rows += [(features(label, table), 1, budget * with_generated / len(made)) for label in made]
    columns = list(zip(*(x for x, _, _ in rows)))
    means = [as_stored(sum(c) / len(c)) for c in columns]
    spreads = [as_stored(max(1e-3, math.sqrt(sum((v - m) ** 2 for v in c) / len(c)))) for c, m in zip(columns, means)]
    weights, bias = learn([(terms(x, means, spreads), truth, w) for x, truth, w in rows])
    return table, means, spreads, weights, bias


def score(label, model):
    table, means, spreads, weights, bias = model
    return bias + sum(map(mul, weights, terms(features(label, table), means, spreads)))


# --- figures ---------------------------------------------------------------------------------------------------------

def held_out(labelled, more, by_family):
    """Scores of names that were not learned from: (benign by source, machine-made by family), fold by fold."""
    families = sorted({family for _, family, _ in labelled if family})
    folds = 5
    for fold in range(folds if by_family else 1):
        left_out = set(families[fold::folds])
        learn_from, judge = [], []
        for i, row in enumerate(labelled):
            out = row[1] in left_out if by_family and row[1] else i % folds == fold
            (judge if out else learn_from).append(row)
        model = train(learn_from, more)
        yield [(score(label, model), family, source) for label, family, source in judge]


def threshold(judged, share=0.005):
    benign = sorted((z for z, family, _ in judged if family is None), reverse=True)
    return benign[int(len(benign) * share)]


def measure(labelled, more, by_family):
    """Prints recall by family; gives the limit that one benign name in 200 is above."""
    recall, limits, taken, total = {}, [], Counter(), Counter()
    for judged in held_out(labelled, more, by_family):
        limit = threshold(judged)
        limits.append(limit)
        groups = defaultdict(list)
        for z, family, source in judged:
            if family:
                groups[family].append(z > limit)
            else:
                total[source] += 1
                taken[source] += z > limit
        recall.update({family: (sum(hits) / len(hits), len(hits)) for family, hits in groups.items()})
    kind = "families never seen" if by_family else "names never seen, of families seen"
    print(f"{kind}: macro-recall {sum(r for r, _ in recall.values()) / len(recall):.3f} of {len(recall)} families")
    for source in total:
        print(f"  false positives of {source}: {taken[source]} of {total[source]}")
    print(f"  limits {[round(x, 2) for x in limits]}")
    for family, (r, k) in sorted(recall.items(), key=lambda item: -item[1][0]):
        print(f"  {family:24} {r:.3f} of {k}")
    sys.stdout.flush()
    return sum(limits) / len(limits)


# --- the file --------------------------------------------------------------------------------------------------------

def as_stored(number):
    return struct.unpack("<f", struct.pack("<f", number))[0]


def write(path, model, limit):
    """`OGDGA1`, then as f32: bias, means, spreads, weights; then the letter costs, a byte each."""
    table, means, spreads, weights, bias = model
    numbers = [bias - limit, *means, *spreads, *weights]
    path.write_bytes(b"OGDGA1" + struct.pack(f"<{len(numbers)}f", *numbers) + bytes(table))
    return table, means, spreads, [as_stored(w) for w in weights], as_stored(bias - limit)


def main():
    data = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    labelled, more = read_lists(data)
    print(f"{len(labelled)} labelled names, {len(more)} further benign labels", flush=True)
    measure(labelled, more, by_family=False)
    # A score of one half stands where one benign name in 200 lies above, measured on names that were held out.
    limit = measure(labelled, more, by_family=True)
    root = pathlib.Path(__file__).resolve().parents[2]
    model = write(root / "src/ops/dga.model", train(labelled, more), limit)
    judged = ["example", "a", "xkqzvwjhtp", "0a1b2c3d4e5f", "some-shop", "9", *generated(40, ["wonderland"], 7)]
    with open(root / "tests/dga/labels.tsv", "w") as out:
        for label in judged:
            out.write(f"{label}\t{1 / (1 + math.exp(-score(label, model))):.4f}\n")


if __name__ == "__main__":
    main()
