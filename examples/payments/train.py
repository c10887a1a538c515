"""Trains the fraud model of this project with XGBoost and writes models/fraud.json.

It computes no feature of its own. The features are the columns of the view `payment_features`, as `mitra` computed them
and a Parquet sink wrote them. The labels are those of the stream `labels` that have arrived, so a payment of the last
weeks is not used: its label may be on the way. Run it with the Python of `cargo xtask setup`.

    train.py            trains, reports and writes the model
    train.py --check    small, writes nothing, fails when the model does not find fraud
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import xgboost as xgb
from sklearn import metrics

PROJECT = pathlib.Path(__file__).resolve().parent
ROOT = PROJECT.parent.parent

# A label comes 35 days after its payment at most, and may be late on the way.
LABEL_DELAY = pd.Timedelta(days=36)

PARAMETERS = {
    "objective": "binary:logistic",
    "eval_metric": "aucpr",
    "max_depth": 5,
    "eta": 0.15,
    "min_child_weight": 5,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "tree_method": "hist",
    "seed": 1,
    "nthread": 1,
}
TREES = 100
MODEL_BYTES_MAX = 400_000


@dataclass
class Scenario:
    """Simulated history: `warm` has weeks behind it, `cold` is the first minutes of a busy gateway."""

    name: str
    events: int
    options: list[str]


def scenarios(check: bool) -> list[Scenario]:
    scale = 4 if check else 1
    warm = ["--seed", "11", "--customers", str(6_000 // scale), "--rate", str(0.2 / scale)]
    cold = ["--seed", "12", "--customers", "5760000", "--rate", "200", "--rhythm", "false"]
    return [Scenario("warm", 1_800_000 // scale, warm), Scenario("cold", 300_000 // scale, cold)]


def generate(scenario: Scenario, folder: pathlib.Path) -> None:
    """Writes the scenario's streams and the reference table of merchants."""
    command = [
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--package",
        "payments-generator",
        "--",
        "--out",
        folder,
    ]
    command += ["--events", scenario.events, *scenario.options]
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def features(folder: pathlib.Path) -> pd.DataFrame:
    """The rows of features.sql as `mitra` decides on them: a copy of the project with a sink of its own, and an import."""
    project = folder / "project"
    ignored = shutil.ignore_patterns("generator", "mitra-data", "out", "*.key", "__pycache__")
    shutil.copytree(PROJECT, project, ignore=ignored)
    # The decision is on the features, and nothing is scored: there may be no model yet that fits them.
    for name in ("model.sql", "rules.sql", "sinks.sql"):
        (project / name).unlink()
    decision = (project / "decision.sql").read_text().replace(" ON scored_payments ", " ON payment_features ")
    sink = "CREATE SINK training ON payment_risk TO file('out/training.parquet');\n"
    (project / "decision.sql").write_text(decision + sink)
    command = ["cargo", "run", "--quiet", "--release", "--package", "mitra", "--", "ingest", "--project", project]
    streams = ("labels", "chargebacks", "refunds", "logins", "payments")
    command += [f"{name}={folder}/{name}.ndjson" for name in streams]
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    files = f"{project}/out/training*/**/*.parquet"
    return duckdb.connect().execute(f"SELECT * FROM read_parquet('{files}')").df()


def labelled(rows: pd.DataFrame, folder: pathlib.Path, scenario: Scenario) -> pd.DataFrame:
    """Captured payments by time with `fraud`, as analysts found it, and `kind`, which only the simulation knows.

    What failed was no loss, and nobody looked at it. The busy gateway is minutes old, and its labels come weeks later:
    there the simulation itself tells.
    """
    query = f"SELECT payment_id, behaviour AS kind FROM read_csv('{folder}/truth.csv')"
    truth = duckdb.connect().execute(query).df().drop_duplicates("payment_id").set_index("payment_id")["kind"]
    query = f"SELECT payment_id FROM read_json('{folder}/labels.ndjson') WHERE kind <> 'none'"
    found = truth.index if scenario.name == "cold" else duckdb.connect().execute(query).df()["payment_id"]
    rows = rows[rows["status"] == "captured"].astype(dict.fromkeys(feature_names(), np.float32))
    rows["kind"] = rows["payment_id"].map(truth).fillna("ordinary")
    rows["fraud"] = rows["payment_id"].isin(set(found))
    if scenario.name == "warm":
        rows = rows[rows["occurred_at"] < rows["occurred_at"].max() - LABEL_DELAY]
    return rows.sort_values(["occurred_at", "event_id"], kind="stable", ignore_index=True)


def measured(scenario: Scenario) -> pd.DataFrame:
    """Simulates the scenario and has `mitra` compute its features."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        generate(scenario, folder)
        return labelled(features(folder), folder, scenario)


def feature_names() -> list[str]:
    """What the model may see: the amount, and the columns that features.sql computes, but for the one that is text."""
    select, _ = (PROJECT / "features.sql").read_text().split("\nFROM payments p", 1)
    names = re.findall(r" AS (\w+),?$", select, re.MULTILINE)
    return ["amount", *(name for name in names if name != "merchant_category")]


# What the timelines say of a payment; the other features follow from the payment and its merchant's row.
TIMELINE = re.compile(r"_(10m|1h|1d|7d|30d|60d)$|^card_(idle_hours|moved)$|^merchant_(surge|drift|ratio)$")


def as_if_late(rows: pd.DataFrame) -> pd.DataFrame:
    """A copy of one row in fifty as an event that came too late looks: it is on no timeline, and what those say is NULL."""
    late = rows[rows.index % 50 == 7].copy()
    late[[name for name in feature_names() if TIMELINE.search(name)]] = np.nan
    return late


def matrix(rows: pd.DataFrame, names: list[str]) -> xgb.DMatrix:
    return xgb.DMatrix(rows[names], label=rows["fraud"], feature_names=names)


def report(name: str, held_out: pd.DataFrame, scores: np.ndarray) -> float:
    truth = held_out["kind"] != "ordinary"
    area = metrics.roc_auc_score(truth, scores)
    precision = metrics.average_precision_score(truth, scores)
    flagged = scores >= 0.5
    caught = (flagged & truth).sum() / truth.sum()
    right = (flagged & truth).sum() / max(flagged.sum(), 1)
    print(
        f"{name}: {len(held_out)} later payments, {truth.sum()} frauds, AUC {area:.4f}, "
        f"average precision {precision:.4f}; at 0.5 finds {caught:.1%}, {right:.1%} of the flagged are fraud"
    )
    return area


def train(parts: list[tuple[Scenario, pd.DataFrame]], check: bool) -> None:
    """Trains on the first three quarters of each scenario, reports on the rest, and writes the model."""
    names = feature_names()
    early = pd.concat([part.iloc[: len(part) * 3 // 4] for _, part in parts], ignore_index=True)
    # One honest payment of three stands for three: training takes a third of the time.
    early = pd.concat([early[early["fraud"] | (early.index % 3 == 0)], as_if_late(early)])
    data = matrix(early, names)
    data.set_weight(np.where(early["fraud"], 1.0, 3.0))
    booster = xgb.train(PARAMETERS, data, num_boost_round=TREES)
    areas = []
    for scenario, part in parts:
        held_out = part.iloc[len(part) * 3 // 4 :]
        areas.append(report(scenario.name, held_out, booster.predict(matrix(held_out, names))))
    if min(areas) < 0.9:
        sys.exit("the model does not find fraud: AUC below 0.9")
    if check:
        return
    path = PROJECT / "models" / "fraud.json"
    path.parent.mkdir(exist_ok=True)
    booster.save_model(path)
    size = path.stat().st_size
    print(f"wrote {path.relative_to(PROJECT)}: {TREES} trees, {len(names)} features, {size:,} bytes")
    if size > MODEL_BYTES_MAX:
        sys.exit(f"the model has {size:,} bytes, {MODEL_BYTES_MAX:,} at most: fewer trees or less depth")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="small, and write nothing")
    arguments = parser.parse_args()
    train([(scenario, measured(scenario)) for scenario in scenarios(arguments.check)], arguments.check)


if __name__ == "__main__":
    main()
