"""Trains the fraud model of this project with XGBoost and writes models/fraud.json.

It computes no feature of its own. The features are the columns of the view `payment_features`:

    train.py                    as `mitra` computes them: imports simulated history, reads what a Parquet sink wrote
    train.py --from-duckdb      as DuckDB computes them from the same SQL: needs no `mitra`
    train.py ... --check        small, writes nothing, fails when the model does not find fraud

The labels are the chargebacks that have arrived, so a payment of the last month is not used: its label may be on the
way. Run it with the Python of `cargo xtask setup`.
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

# A chargeback comes 5 to 30 days after its payment.
LABEL_DELAY = pd.Timedelta(days=31)

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
    "nthread": 2,
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
    return [Scenario("warm", 1_800_000 // scale, warm), Scenario("cold", 300_000 // (2 if check else 1), cold)]


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


def stream(folder: pathlib.Path, name: str) -> str:
    """A stream's file as a DuckDB table function, typed as schema.sql declares it."""
    schema = (PROJECT / "schema.sql").read_text()
    columns = re.search(rf"CREATE STREAM {name} \((.*?)\n\)", schema, re.DOTALL).group(1)
    pairs = re.findall(r"^\s*(\w+) (DECIMAL\(\d+,\d+\)|\w+)", columns, re.MULTILINE)
    # Event times are UTC; a plain timestamp has the same order and no time zone of the machine.
    types = ", ".join(f"'{name}': '{kind.replace('TIMESTAMPTZ', 'TIMESTAMP')}'" for name, kind in pairs)
    return f"read_json('{folder}/{name}.ndjson', format = 'newline_delimited', columns = {{{types}}})"


def features_from_duckdb(folder: pathlib.Path) -> pd.DataFrame:
    """The rows of features.sql. A reference table is what it is now, which is the same: it has one version."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 1")  # one thread: ties in the same order every time
    for name in ("payments", "logins", "chargebacks"):
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {stream(folder, name)} ORDER BY event_id")
    connection.execute(f"CREATE TABLE merchants AS SELECT * FROM read_csv('{PROJECT}/merchants.csv')")
    view = (PROJECT / "features.sql").read_text()
    view, replaced = re.subn(r"\bFOR SYSTEM_TIME AS OF p\.occurred_at\b", "", view)
    if replaced != 1:
        sys.exit("features.sql has no look-up as of the payment any more: teach this script the new form")
    connection.execute(view)
    return connection.execute("SELECT * FROM payment_features").df()


def features_from_mitra(folder: pathlib.Path) -> pd.DataFrame:
    """The same rows as `mitra` decides on them: a copy of the project with one more sink, and an import."""
    project = folder / "project"
    ignored = shutil.ignore_patterns("generator", "mitra-data", "out", "*.key")
    shutil.copytree(PROJECT, project, ignore=ignored)
    sink = "CREATE SINK training ON payment_risk TO file('out/training.parquet');\n"
    (project / "training.sql").write_text(sink)
    command = [
        "cargo",
        "run",
        "--quiet",
        "--release",
        "--package",
        "mitra",
        "--",
        "ingest",
        "--project",
        project,
    ]
    command += ["--data", folder / "mitra-data"]
    command += [f"{name}={folder}/{name}.ndjson" for name in ("chargebacks", "logins", "payments")]
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)
    files = f"{project}/out/training*/**/*.parquet"
    return duckdb.connect().execute(f"SELECT * FROM read_parquet('{files}')").df()


def labelled(features: pd.DataFrame, folder: pathlib.Path, scenario: Scenario) -> pd.DataFrame:
    """Captured payments with `fraud`, in order of time: what failed cannot be disputed, so nobody knows what it was.

    The busy gateway is minutes old, and its chargebacks come weeks later: there the simulation itself tells.
    """
    query = f"SELECT payment_id FROM {stream(folder, 'chargebacks')} WHERE reason = 'fraud'"
    if scenario.name == "cold":
        query = f"SELECT payment_id FROM read_csv('{folder}/truth.csv') WHERE behaviour <> 'ordinary'"
    disputed = set(duckdb.connect().execute(query).df()["payment_id"])
    features = features[features["status"] == "captured"].copy()
    features["fraud"] = features["payment_id"].isin(disputed)
    if scenario.name == "warm":
        features = features[features["occurred_at"] < features["occurred_at"].max() - LABEL_DELAY]
    return features.sort_values(["occurred_at", "event_id"], kind="stable", ignore_index=True)


def feature_names() -> list[str]:
    """What the model may see: the amount, and the columns that features.sql computes, but for the one that is text."""
    select, _ = (PROJECT / "features.sql").read_text().split("\nFROM payments p", 1)
    names = re.findall(r" AS (\w+),?$", select, re.MULTILINE)
    return ["amount", *(name for name in names if name != "merchant_category")]


def matrix(features: pd.DataFrame, names: list[str]) -> xgb.DMatrix:
    values = features[names].astype(np.float32)
    return xgb.DMatrix(values, label=features["fraud"], feature_names=names)


def report(name: str, held_out: pd.DataFrame, scores: np.ndarray) -> float:
    area = metrics.roc_auc_score(held_out["fraud"], scores)
    precision = metrics.average_precision_score(held_out["fraud"], scores)
    flagged = scores >= 0.5
    caught = (flagged & held_out["fraud"]).sum() / held_out["fraud"].sum()
    right = (flagged & held_out["fraud"]).sum() / max(flagged.sum(), 1)
    print(
        f"{name}: {len(held_out)} later payments, {held_out['fraud'].sum()} frauds, AUC {area:.4f}, "
        f"average precision {precision:.4f}; at 0.5 finds {caught:.1%}, {right:.1%} of the flagged are fraud"
    )
    return area


def train(parts: list[tuple[Scenario, pd.DataFrame]], check: bool) -> None:
    """Trains on the first three quarters of each scenario, reports on the rest, and writes the model."""
    names = feature_names()
    early = [part.iloc[: len(part) * 3 // 4] for _, part in parts]
    booster = xgb.train(PARAMETERS, matrix(pd.concat(early), names), num_boost_round=TREES)
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
    parser.add_argument("--from-duckdb", action="store_true", help="compute the features with DuckDB")
    parser.add_argument("--check", action="store_true", help="small, and write nothing")
    arguments = parser.parse_args()
    parts = []
    for scenario in scenarios(arguments.check):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            generate(scenario, folder)
            compute = features_from_duckdb if arguments.from_duckdb else features_from_mitra
            parts.append((scenario, labelled(compute(folder), folder, scenario)))
    train(parts, arguments.check)


if __name__ == "__main__":
    main()
