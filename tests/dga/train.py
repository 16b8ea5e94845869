#!/usr/bin/env python3
"""Trains the model behind `dga(domain)` and measures it on names and families that it has not seen.

    python3 tests/dga/train.py write LEARN JUDGE FURTHER…     learns from LEARN, prints what it finds in the others and
                                                              writes `src/ops/dga.model`
    python3 tests/dga/train.py families LEARN JUDGE FURTHER…  the same for families left out, fold by fold; writes nothing

A folder of lists has `machine/FAMILY.txt` and `benign/SOURCE.txt`, one domain name a line. `docs/dga.md` says where
such lists are; they are not part of the project, only what was learned from them. Needs numpy, torch, and tldextract
for the Public Suffix List. Seeded: on one machine the same lists give the same bytes. `src/ops/dga.rs` computes
`Model.score`, which a test holds (`tests/dga/labels.tsv`, written with the model).
"""
import math
import pathlib
import random
import struct
import sys
import zlib
from collections import Counter, defaultdict

import numpy as np
import tldextract
import torch
from torch import nn

SYMBOLS = "abcdefghijklmnopqrstuvwxyz0123456789-"
OTHER, EDGE, SIZE = 37, 38, 39  # a symbol that is none of these, the edge of the label, how many there are
PAD = 39
MAX_LABEL = 63
TAPS, FIRST, NEXT, SECOND, SUFFIX, DENSE = 5, 96, 3, 64, 12, 64
GRAMS, SLOTS = (3, 4, 5), 1 << 17  # runs of so many letters have a number each, in a table of so many
POOLED = 2 * FIRST + 2 * SECOND + 3 * len(GRAMS) + SUFFIX + 2
STALE = 0.02  # of benign names are stale ones, see `stale`
MADE = 0.15  # of the machine-made names are the script's own
FOLDS = 3
STEPS = {"write": 2600, "families": 1000}
BATCH, BENIGN, COSTS = 768, 0.6, 3.0  # names of a batch, the share of benign ones, what one of them counts
SHARE = 0.005  # of benign names that lie above one half
ROOT = pathlib.Path(__file__).resolve().parents[2]
extract = tldextract.TLDExtract(suffix_list_urls=(), include_psl_private_domains=True)


# --- lists -----------------------------------------------------------------------------------------------------------

def registered(name):
    """The label that somebody registered, and the public suffix behind it; none of bare suffixes and `xn--…`."""
    parts = extract(name)
    label, suffix = parts.domain.lower(), parts.suffix.lower()
    if not label or not suffix or label.startswith("xn--") or len(label) > MAX_LABEL:
        return None
    return label, suffix


def read(folder, kind):
    """{family or source: [(label, suffix), …]}, each once, in an order by chance."""
    out = {}
    for path in sorted(pathlib.Path(folder).glob(f"{kind}/*.txt")):
        names = sorted({r for line in open(path) if line.strip() and (r := registered(line.strip()))})
        random.Random(path.stem).shuffle(names)
        if names:
            out[path.stem] = names
    return out


def generated(count, benign, suffixes, seed):
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
            changed = list(rng.choice(benign)[0])
            for _ in range(2):
                changed[rng.randrange(len(changed))] = rng.choice(letters)
            label = "".join(changed)
        out.append((label, rng.choice(suffixes)))
    return out


def stale(count, seed):
    """Names as the Conficker worm made them, which public lists of popular names hold, one in a hundred, from when its
    victims asked for little else. They are told the model to be benign, or they would use up the half per cent."""
    rng = random.Random(seed)
    suffixes = ["biz", "cc", "cn", "com", "info", "net", "org", "ws"]
    return [("".join(chr(97 + rng.randrange(26)) for _ in range(rng.randint(5, 11))), rng.choice(suffixes))
            for _ in range(count)]


def held_out(names, share):
    """Names to learn from, and one in `share` to judge by, told apart by the label alone."""
    mark = [zlib.crc32(label.encode()) % share for label, _ in names]
    return [n for n, k in zip(names, mark) if k], [n for n, k in zip(names, mark) if not k]


# --- the model -------------------------------------------------------------------------------------------------------

def vocabulary(benign):
    """Suffixes that many benign names have. Any other counts by its last label, then by its shape: a suffix that only
    some family uses has no number of its own, else the model would learn lists."""
    counts = Counter(suffix for _, suffix in benign)
    return ["..", "~~", "~"] + sorted(s for s, k in counts.items() if k >= 150)


def suffix_of(suffix, known):
    """The number of a suffix: its own, that of its last label, of any of several labels, of two letters, of any."""
    if suffix in known:
        return known[suffix]
    if "." in suffix:
        last = suffix.rsplit(".", 1)[1]
        return known[last] if len(last) == 2 and len(suffix.split(".")[0]) <= 3 and last in known else known[".."]
    return known["~~"] if len(suffix) == 2 else known["~"]


def encoded(names, known):
    """Symbols between two edges, filled up with PAD; lengths with edges; numbers of suffixes."""
    x = np.full((len(names), MAX_LABEL + 2), PAD, np.uint8)
    n = np.zeros(len(names), np.int64)
    s = np.zeros(len(names), np.int64)
    at = {c: i for i, c in enumerate(SYMBOLS)}
    for i, (label, suffix) in enumerate(names):
        row = [EDGE] + [at.get(c, OTHER) for c in label] + [EDGE]
        x[i, :len(row)] = row
        n[i], s[i] = len(row), suffix_of(suffix, known)
    return x, n, s


def slots(x):
    """Where the table has the number of the run that begins at each symbol, for each length of runs; SLOTS if it would
    reach beyond the edge."""
    wide = np.pad(x, ((0, 0), (0, max(GRAMS))), constant_values=PAD).astype(np.uint32)
    out = np.empty((x.shape[0], len(GRAMS), x.shape[1]), np.int64)
    for i, length in enumerate(GRAMS):
        key = np.zeros(x.shape, np.uint32)
        for k in range(length):
            key = key * np.uint32(SIZE) + wide[:, k:k + x.shape[1]]
        at = ((key ^ np.uint32(length << 28)) * np.uint32(0x9E3779B1)) >> np.uint32(32 - 17)
        out[:, i] = np.where(wide[:, length - 1:length - 1 + x.shape[1]] == PAD, SLOTS, at)
    return out


class Net(nn.Module):
    """Letters in fives, those in threes, the largest and the mean of each over the label; what runs of letters say, the
    largest, the least and the mean; suffix and length; dense."""

    def __init__(self, suffixes):
        super().__init__()
        self.letters = nn.Embedding(SIZE + 1, 24, padding_idx=PAD)
        self.first = nn.Conv1d(24, FIRST, TAPS, padding=TAPS // 2)
        self.next = nn.Conv1d(FIRST, SECOND, NEXT, padding=NEXT // 2)
        self.grams = nn.Embedding(SLOTS + 1, 1, padding_idx=SLOTS)
        nn.init.zeros_(self.grams.weight)
        self.suffix = nn.Embedding(suffixes, SUFFIX)
        nn.init.normal_(self.suffix.weight, std=0.1)
        self.dense = nn.Linear(POOLED, DENSE)
        self.last = nn.Linear(DENSE, 1)
        self.drop = nn.Dropout(0.2)

    def forward(self, x, n, s, g):
        inside = (x != PAD).unsqueeze(1)
        a = torch.relu(self.first(self.letters(x).transpose(1, 2))) * inside
        b = torch.relu(self.next(a)) * inside
        m = n.unsqueeze(1).float()
        if self.training:  # a run is left out now and then, so that no name is known by one alone
            g = torch.where(torch.rand(g.shape) < 0.3, SLOTS, g)
        said = self.grams(g).squeeze(3)
        pooled = [a.amax(2), a.sum(2) / m, b.amax(2), b.sum(2) / m,
                  said.amax(2).clamp(min=0), said.amin(2).clamp(max=0), said.sum(2) / m,
                  self.suffix(s), m / 16, 4 / m]
        return self.last(torch.relu(self.dense(self.drop(torch.cat(pooled, 1))))).squeeze(1)


def train(machine, benign, steps, seed=1):
    """A net learned from {family: names} and benign names, and the suffixes that it knows. Families count alike, those
    of few names less."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    suffixes = vocabulary(benign)
    known = {s: i for i, s in enumerate(suffixes)}
    of_benign = [s for _, s in benign]
    of_machine = [random.Random(i).choice(names)[1] for i in range(200) for names in machine.values()]
    made = generated(40_000, benign, random.Random(6).choices(of_benign, k=3 * len(of_machine)) + of_machine, 4)
    families = list(machine.values())
    flat = [n for names in families for n in names] + made
    chance = np.concatenate([np.full(len(f), min(len(f), 100) / len(f)) for f in families] + [np.zeros(len(made))])
    chance[-len(made):] = chance.sum() * MADE / (1 - MADE) / len(made)
    chance /= chance.sum()
    benign = benign + stale(int(len(benign) * STALE), 5)
    m, b = encoded(flat, known), encoded(benign, known)
    net = Net(len(suffixes))
    mean = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998))
    others = [w for name, w in net.named_parameters() if not name.startswith("grams")]
    optimiser = torch.optim.AdamW([{"params": others}, {"params": net.grams.parameters()}], weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, [4e-3, 1e-2], total_steps=steps, pct_start=0.15)
    order, at, k = rng.permutation(len(benign)), 0, int(BATCH * BENIGN)
    truth = torch.cat([torch.zeros(k), torch.ones(BATCH - k)])
    counts = torch.cat([torch.full((k,), COSTS), torch.ones(BATCH - k)]) / BATCH
    for step in range(steps):
        if at + k > len(order):
            order, at = rng.permutation(len(benign)), 0
        i, j = order[at:at + k], rng.choice(len(flat), BATCH - k, p=chance)
        at += k
        n = np.concatenate([b[1][i], m[1][j]])
        x = np.concatenate([b[0][i], m[0][j]])
        s = np.concatenate([b[2][i], m[2][j]])
        # Now and then a suffix says nothing: the model must not lean on it alone.
        s = np.where(rng.random(BATCH) < 0.15, np.array([known["~~"], known["~"]])[rng.integers(0, 2, BATCH)], s)
        loss = 0
        for part in np.array_split(np.argsort(n, kind="stable"), 5):  # of like lengths, so that little is filled up
            z = net(*tensors(x[part], n[part], s[part]))
            loss = loss + nn.functional.binary_cross_entropy_with_logits(z, truth[part], counts[part], reduction="sum")
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        mean.update_parameters(net)
        if step % 200 == 0:
            print(f"  step {step} of {steps}, loss {loss.item():.4f}", file=sys.stderr, flush=True)
    return mean.module.eval(), suffixes


def tensors(x, n, s):
    """What the net takes, no longer than the longest name."""
    x = x[:, :n.max()]
    return [torch.from_numpy(v.astype(np.int64)) for v in (x, n, s, slots(x))]


def scores(net, suffixes, names):
    known = {s: i for i, s in enumerate(suffixes)}
    out = []
    with torch.no_grad():
        for at in range(0, len(names), 2048):
            out.append(net(*tensors(*encoded(names[at:at + 2048], known))).numpy())
    return np.concatenate(out) if out else np.zeros(0)


# --- the file --------------------------------------------------------------------------------------------------------

def layer(rows, bias):
    """Rows of weights as whole numbers from -127 to 127, what a unit is worth for each number given, what is added."""
    unit = np.maximum(np.abs(rows).max(0), 1e-6) / 127
    return np.rint(rows / unit).astype(np.int8), unit.astype(np.float32), np.asarray(bias, np.float32)


def layers(net, limit):
    """The net as layers that take numbers one by one, with the limit at nought."""
    w = {name: value.detach().double().numpy() for name, value in net.state_dict().items()}
    first = np.einsum("se,oet->tso", w["letters.weight"][:SIZE], w["first.weight"]).reshape(TAPS * SIZE, FIRST)
    second = w["next.weight"].transpose(2, 1, 0).reshape(NEXT * FIRST, SECOND)
    return [layer(first, w["first.bias"]), layer(second, w["next.bias"]),
            layer(w["grams.weight"][:SLOTS], np.zeros(1)), layer(w["suffix.weight"], np.zeros(SUFFIX)), layer(w["dense.weight"].T, w["dense.bias"]),
            layer(w["last.weight"].T, w["last.bias"] - limit)]


def stored_score(layers, suffixes, label, suffix):
    """What the program computes of the file, step by step."""
    (w1, u1, b1), (w2, u2, b2), (wg, ug, _), (ws, us, bs), (w3, u3, b3), (w4, u4, b4) = layers
    x, n, s = encoded([(label, suffix)], {s: i for i, s in enumerate(suffixes)})
    runs = [[int(wg[at, 0]) for at in row if at != SLOTS] for row in slots(x)[0]]
    x, n = x[0, :n[0]], n[0]
    a = np.zeros((n, FIRST))
    b = np.zeros((n, SECOND))
    for at in range(n):
        for tap in range(TAPS):
            if 0 <= at + tap - TAPS // 2 < n:
                a[at] += w1[tap * SIZE + x[at + tap - TAPS // 2]]
    a = np.maximum(a * u1 + b1, 0)
    for at in range(n):
        for tap in range(NEXT):
            if 0 <= at + tap - NEXT // 2 < n:
                b[at] += a[at + tap - NEXT // 2] @ w2[tap * FIRST:(tap + 1) * FIRST]
    b = np.maximum(b * u2 + b2, 0)
    said = [max([0] + row) * ug[0] for row in runs], [min([0] + row) * ug[0] for row in runs], \
        [sum(row) * ug[0] / n for row in runs]
    pooled = np.concatenate([a.max(0), a.sum(0) / n, b.max(0), b.sum(0) / n, *said, ws[s[0]] * us + bs, [n / 16, 4 / n]])
    z = (np.maximum(pooled @ w3 * u3 + b3, 0) @ w4 * u4 + b4)[0]
    return 1 / (1 + math.exp(-z))


def store(net, suffixes, limit, judged):
    stored = layers(net, limit)
    names = "".join(s + "\n" for s in suffixes).encode()
    parts = [b"OGDGA3", struct.pack("<H", len(names)), names]
    for weights, unit, bias in stored:
        parts += [weights.tobytes(), unit.tobytes(), bias.tobytes()]
    (ROOT / "src/ops/dga.model").write_bytes(b"".join(parts))
    with open(ROOT / "tests/dga/labels.tsv", "w") as out:
        for label, suffix in judged:
            out.write(f"{label}\t{suffix}\t{stored_score(stored, suffixes, label, suffix):.4f}\n")


# --- figures ---------------------------------------------------------------------------------------------------------

def limit_of(net, suffixes, benign, share=SHARE):
    """What no more than this share of the names lie above."""
    z = np.sort(scores(net, suffixes, benign))[::-1]
    return float(z[int(len(z) * share)])


def sees(above, asked, rng):
    """Whether a host that asks for so many names of a family asks for ten that count, in most of 40 trials."""
    return np.mean([rng.choice(above, asked).sum() >= 10 for _ in range(40)]) > 0.5


def tell(title, found):
    """Prints recall by family of {family: scores above the limit}, the macro-recall, and which families the rule
    `Trojan:EC2/DGADomainRequest.B` sees, which counts ten names from 0.3 on."""
    rng = np.random.default_rng(7)
    recall = {family: float((z > 0).mean()) for family, z in found.items()}
    print(f"\n{title}: macro-recall {100 * np.mean(list(recall.values())):.1f} % of {len(recall)} families")
    for asked in (50, 100, 200):
        print(f"  {asked} names asked for: {sum(sees(z >= math.log(3 / 7), asked, rng) for z in found.values())} families")
    for family, share in sorted(recall.items(), key=lambda item: -item[1]):
        print(f"  {family:24} {100 * share:3.0f} % of {len(found[family])}")
    sys.stdout.flush()


def tell_benign(net, suffixes, limit, benign):
    for source, names in benign.items():
        z = scores(net, suffixes, names) - limit
        print(f"  of {len(names)} benign names of {source} above 0.5: {(z > 0).sum()} ({100 * (z > 0).mean():.2f} %), "
              f"from 0.3 on: {100 * (z >= math.log(3 / 7)).mean():.2f} %")


def joined(benign):
    return [name for names in benign.values() for name in names]


def main():
    command, learn, *judges = sys.argv[1:]
    machine, benign = read(learn, "machine"), read(learn, "benign")
    judged_machine, judged_benign = read(judges[0], "machine"), [read(judge, "benign") for judge in judges]
    known = {name for names in judged_machine.values() for name in names}
    machine = {family: left for family, names in machine.items() if (left := [n for n in names if n not in known])}
    apart = {label for lists in judged_benign for label, _ in joined(lists)}
    real = sorted({name for name in joined(benign) if name[0] not in apart})
    real, held_real = held_out(real, 20)
    held = {family: held_out(names, 10) for family, names in machine.items()}
    steps = STEPS[command]

    def limit_for(net, suffixes):
        return max(limit_of(net, suffixes, names) for names in (held_real, joined(judged_benign[0])))

    def tell_all_benign(net, suffixes, limit):
        tell_benign(net, suffixes, limit, {"held out": held_real})
        for lists in judged_benign:
            tell_benign(net, suffixes, limit, lists)

    if command == "families":
        families, found = sorted(machine.keys() | judged_machine.keys()), {}
        for fold in range(FOLDS):
            out = set(families[fold::FOLDS])
            net, suffixes = train({f: n for f, n in machine.items() if f not in out}, real, steps)
            limit = limit_for(net, suffixes)
            tell_all_benign(net, suffixes, limit)
            for family in sorted(out):
                names = judged_machine.get(family, []) + held.get(family, ([], []))[1]
                found[family] = scores(net, suffixes, names) - limit
                print(f"  {family} {(found[family] > 0).mean():.2f}", file=sys.stderr)
        return tell("families never seen", found)

    net, suffixes = train({family: names for family, (names, _) in held.items()}, real, steps)
    limit = limit_for(net, suffixes)
    tell_all_benign(net, suffixes, limit)
    rest = {family: names for family, (_, names) in held.items() if names}
    for title, lists in (("names held out, of families seen", rest), ("other lists", judged_machine)):
        tell(title, {family: scores(net, suffixes, names) - limit for family, names in lists.items()})
    print("\nmacro-recall of other lists at other limits, one benign name in 200 of")
    for source, names in [(s, n) for lists in judged_benign for s, n in lists.items()] + [("held out", held_real)]:
        other = limit_of(net, suffixes, names)
        recall = [float((scores(net, suffixes, n) > other).mean()) for n in judged_machine.values()]
        print(f"  {source:16} {100 * np.mean(recall):.1f} %, score {1 / (1 + math.exp(limit - other)):.3f}")
    made = generated(100, real, ["com", "ru", "co.uk", "ddns.net", "xyz", "unheard-of"], 7)
    store(net, suffixes, limit, made + real[::max(1, len(real) // 60)])


if __name__ == "__main__":
    main()
