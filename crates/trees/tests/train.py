"""Trains models of every kind that `trees` scores, and writes them with rows and XGBoost's own answers.

Usage: train.py DIRECTORY --expect 3.   all cases, and the kinds that are refused, by XGBoost 3
       train.py DIRECTORY --golden      the small models that are kept beside this script

A case NAME is NAME.json, NAME.ubj, NAME.rows, NAME.margins and NAME.predictions (little-endian singles) and a line of
cases.txt: name, rows, features, objective, trees, feature names or `-`, separated by tabs.
"""

import json
import os
import pathlib
import sys

os.environ["OMP_NUM_THREADS"] = "1"  # Small models wait longer for threads than they compute.

import numpy as np
import xgboost as xgb

ROWS = 1000
NAN = np.float32("nan")


def data(seed, features, missing=0.0, rows=ROWS):
    """Rows of mixed kinds of columns, and a signal in them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features)).astype(np.float32)
    x[:, 1::4] = np.round(x[:, 1::4] * 3)
    x[:, 2::4] = np.exp(3 * x[:, 2::4])
    signal = x[:, 0] + 0.5 * x[:, min(1, features - 1)] + rng.normal(size=rows)
    x[rng.random(x.shape) < missing] = NAN
    return x, signal.astype(np.float32)


def probe(booster, x, seed):
    """Training rows, rows around the thresholds, extreme and missing values."""
    rng = np.random.default_rng(seed + 1000)
    rows = x[rng.integers(0, len(x), 900)].copy()
    thresholds = [[] for _ in range(x.shape[1])]
    model = json.loads(booster.save_raw("json"))["learner"]["gradient_booster"]
    for tree in model.get("gbtree", model)["model"]["trees"]:
        for left, feature, kind, value in zip(
            tree["left_children"], tree["split_indices"], tree["split_type"], tree["split_conditions"]
        ):
            if left != -1 and kind == 0:
                thresholds[feature].append(np.float32(value))
    near = rows[300:600]
    for feature, values in enumerate(thresholds):
        if values:
            value = rng.choice(np.array(values, np.float32), len(near))
            toward = rng.choice(np.array([NAN, -np.inf, np.inf], np.float32), len(near))
            value = np.where(np.isnan(toward), value, np.nextafter(value, toward))
            near[:, feature] = np.where(rng.random(len(near)) < 0.5, value, near[:, feature])
    edges = np.array([0.0, -0.0, 1e-45, -1e-45, 3.4e38, -3.4e38, NAN], dtype=np.float32)
    rows[600:700] = edges[rng.integers(0, len(edges), (100, x.shape[1]))]
    rows[700:800][rng.random((100, x.shape[1])) < 0.5] = NAN
    rows[800] = NAN
    return rows


class Writer:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.lines = []

    def case(self, name, booster, rows, names=None, types=None, trees=None, rounds=(0, 0), in_place=False):
        """Writes one case. The answers are the trained booster's, and must be those of the booster read back."""
        answers = []
        for raw in (None, "json", "ubj"):
            scored = booster
            if raw is not None:
                saved = booster.save_raw(raw)
                (self.directory / f"{name}.{raw}").write_bytes(saved)
                scored = xgb.Booster(model_file=saved)
            if in_place:
                ask = lambda kind: scored.inplace_predict(rows, predict_type=kind, validate_features=False)
                answers.append((ask("margin"), ask("value")))
            else:
                matrix = xgb.DMatrix(
                    rows, feature_names=names, feature_types=types, enable_categorical=types is not None
                )
                ask = lambda margin: scored.predict(matrix, output_margin=margin, iteration_range=rounds)
                answers.append((ask(True), ask(False)))
        margins, predictions = answers[0]
        for other, _ in answers[1:]:
            assert margins.tobytes() == other.tobytes(), f"{name} scores otherwise when it is read back"
        for ending, values in (("rows", rows), ("margins", margins), ("predictions", predictions)):
            (self.directory / f"{name}.{ending}").write_bytes(values.astype("<f4").tobytes())
        objective = json.loads(booster.save_config())["learner"]["objective"]["name"]
        count = len(booster.get_dump()) if trees is None else trees
        shown = ",".join(names) if names else "-"
        self.lines.append("\t".join(map(str, (name, len(rows), rows.shape[1], objective, count, shown))))

    def trained(self, name, params, rounds, seed=0, features=8, missing=0.0, label=None, names=None, change=None):
        x, signal = data(seed, features, missing)
        if change is not None:
            change(x)
        y = (signal > 1).astype(np.float32) if label is None else label(signal)
        params = {"nthread": 1, "seed": 7, **params}
        booster = xgb.train(params, xgb.DMatrix(x, y, feature_names=names), rounds)
        self.case(name, booster, probe(booster, x, seed), names)
        return booster, x

    def finish(self):
        (self.directory / "cases.txt").write_text("\n".join(self.lines) + "\n")


def count(signal):
    return np.floor(np.exp(np.clip(signal, -2, 3))).astype(np.float32)


def positive(signal):
    return np.exp(np.clip(signal, -5, 5)).astype(np.float32)


def classes(writer):
    logistic = {"objective": "binary:logistic"}
    writer.trained("plain", {**logistic, "max_depth": 3}, 10, seed=1, names=[f'feature {i} \u00e9"' for i in range(8)])
    writer.trained("missing", {**logistic, "max_depth": 6}, 300, seed=2, missing=0.2)
    writer.trained("stump", {**logistic, "max_depth": 1}, 1, seed=3)
    writer.trained("base_score", {**logistic, "max_depth": 4, "base_score": 0.013}, 20, seed=4)
    writer.trained("exact", {**logistic, "max_depth": 4, "tree_method": "exact", "base_score": 0.5}, 100, seed=5)
    writer.trained(
        "pruned", {**logistic, "max_depth": 7, "tree_method": "exact", "gamma": 2.0}, 30, seed=6, missing=0.1
    )
    writer.trained(
        "deep",
        {**logistic, "max_depth": 0, "max_leaves": 300, "grow_policy": "lossguide", "min_child_weight": 0},
        30,
        seed=7,
    )
    writer.trained(
        "wide", {**logistic, "max_depth": 6, "colsample_bytree": 0.5}, 120, seed=8, features=400, missing=0.3
    )
    writer.trained("forest", {**logistic, "num_parallel_tree": 5, "subsample": 0.5}, 4, seed=9)
    writer.trained("raw", {"objective": "binary:logitraw", "max_depth": 4}, 20, seed=10)
    writer.trained("dart", {**logistic, "booster": "dart", "rate_drop": 0.4, "max_depth": 4}, 60, seed=11, missing=0.1)

    def constant(x):
        x[:, 0] = 5
        x[:, 3] = NAN

    writer.trained("constant", {**logistic, "max_depth": 3}, 20, seed=12, change=constant)
    for seed in range(20):
        base = {"base_score": float(np.float32((seed + 0.37) / 21))}
        writer.trained(f"base_{seed}", {**logistic, "max_depth": 2, **base}, 2, seed=20 + seed)


def values(writer):
    number = lambda signal: signal
    share = lambda signal: (1 / (1 + np.exp(-signal))).astype(np.float32)
    for name, label in (
        ("squarederror", number),
        ("absoluteerror", number),
        ("pseudohubererror", number),
        ("logistic", share),
        ("gamma", positive),
        ("tweedie", count),
    ):
        writer.trained(name, {"objective": f"reg:{name}", "max_depth": 5}, 40, seed=50, missing=0.1, label=label)
    writer.trained("poisson", {"objective": "count:poisson", "max_depth": 8}, 40, seed=51, label=count)
    writer.trained("poisson_base", {"objective": "count:poisson", "base_score": 2.7}, 5, seed=52, label=count)
    writer.trained(
        "dart_value",
        {"booster": "dart", "rate_drop": 0.2, "one_drop": 1, "num_parallel_tree": 2},
        25,
        seed=53,
        label=number,
    )
    writer.trained("large", {"max_depth": 4}, 30, seed=54, label=lambda signal: (signal * 1e12).astype(np.float32))


def specials(writer):
    x, signal = data(60, 6)
    y = (signal > 1).astype(np.float32)
    params = {"objective": "binary:logistic", "max_depth": 5, "nthread": 1}
    booster = xgb.train(params, xgb.DMatrix(x, y), 20)
    rows = probe(booster, x, 60)
    edges = np.array([np.inf, -np.inf, NAN, 0.5], dtype=np.float32)
    rows[600:700] = edges[np.random.default_rng(0).integers(0, len(edges), (100, 6))]
    writer.case("infinite", booster, rows, in_place=True)
    booster = xgb.train(params, xgb.DMatrix(x, y), 15)
    booster.set_attr(best_iteration="6")
    writer.case("stopped", booster, rows[:600])
    booster.set_attr(scikit_learn="{}")
    writer.case("stopped_estimator", booster, rows[:600], trees=7, rounds=(0, 7))
    categorical(writer)


def categorical(writer):
    rng = np.random.default_rng(61)
    x = np.stack([rng.integers(0, 40, ROWS), rng.normal(size=ROWS), rng.integers(0, 3, ROWS)], 1).astype(np.float32)
    y = ((np.sin(x[:, 0] * 5) + x[:, 1] + x[:, 2] + rng.normal(size=ROWS)) > 1).astype(np.float32)
    x[rng.random(x.shape) < 0.1] = NAN
    types = ["c", "q", "c"]
    rows = x.copy()
    rows[500:600, 0] = rng.choice(np.array([39.5, 64, 70, 1e6, 16777215, 16777216, 3e9], np.float32), 100)
    rows[600:700, 2] = rng.choice(np.array([-0.5, -1, 2.9, 5], np.float32), 100)
    for name, one_hot in (("partitions", 1), ("one_hot", 100)):
        params = {"objective": "binary:logistic", "max_cat_to_onehot": one_hot, "max_depth": 5, "nthread": 1}
        booster = xgb.train(params, xgb.DMatrix(x, y, feature_types=types, enable_categorical=True), 30)
        writer.case(name, booster, rows, types=types)


def refused(directory):
    """Models that must be refused by name: NAME.refused."""
    x, signal = data(70, 4)
    y = np.digitize(signal, [-1, 1]).astype(np.float32)
    both = np.stack([signal, -signal], 1)
    for name, params, label in (
        ("softprob", {"objective": "multi:softprob", "num_class": 3}, y),
        ("gblinear", {"booster": "gblinear"}, signal),
        ("hinge", {"objective": "binary:hinge"}, (y > 1).astype(np.float32)),
        ("targets", {}, both),
        ("empty", {}, signal),
        ("vector", {"multi_strategy": "multi_output_tree", "tree_method": "hist"}, both),
    ):
        booster = xgb.train({"nthread": 1, **params}, xgb.DMatrix(x, label), 0 if name == "empty" else 2)
        (pathlib.Path(directory) / f"{name}.refused").write_bytes(booster.save_raw("json"))


def golden(directory):
    major = xgb.__version__.split(".")[0]
    writer = Writer(directory)
    x, signal = data(80, 3, missing=0.1, rows=200)
    x[:, 2] = np.abs(np.round(x[:, 2])) % 5
    y = (signal > 1).astype(np.float32)
    names, types = ["amount", "count", "kind"], ["q", "q", "c"]
    matrix = xgb.DMatrix(x, y, feature_names=names, feature_types=types, enable_categorical=True)
    for name, booster in (("gbtree", {}), ("dart", {"booster": "dart", "rate_drop": 0.5})):
        trained = xgb.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1, **booster}, matrix, 4)
        writer.case(f"{name}_{major}", trained, x[:50], names, types)
        (writer.directory / f"{name}_{major}.predictions").unlink()


if __name__ == "__main__":
    if sys.argv[2] == "--golden":
        golden(sys.argv[1])
    else:
        assert xgb.__version__.startswith(sys.argv[3]), f"XGBoost {sys.argv[3]} wanted, {xgb.__version__} found"
        everything = Writer(sys.argv[1])
        classes(everything)
        values(everything)
        specials(everything)
        everything.finish()
        refused(sys.argv[1])
