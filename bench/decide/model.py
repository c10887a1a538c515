"""The model and the rules of bench/decide, and whether Mitra's scores are XGBoost's.

    model.py train SAMPLE.parquet PROJECT   trains fraud.json and writes rules.sql, from features that Mitra computed
    model.py check RECORDED.parquet PROJECT scores recorded features again and compares, bit for bit

Nobody's fraud is found here. The labels are drawn from a made-up law over pairs of features, so that 300 trees of depth
6 find something to split by in all of them, as a real model does.
"""

import pathlib
import sys

import duckdb
import numpy as np
import xgboost as xgb

TREES = 300
RULES = 50
OUTCOMES = ["challenge", "review", "decline"]
# Of all payments, what the rarest rule fires on and what the most frequent one does.
RATES = (0.0001, 0.045)
NOT_FEATURES = {
    "position",
    "event_id",
    "occurred_at",
    "amount",
    "status",
    "country",
    "is_proxy",
    "merchant_category",
    "merchant_risk",
    "merchant_chargebacks",
    "merchant_is_abroad",
    "fraud_score",
    "outcome",
    "fired",
    "fired_shadow",
    "late",
    "epoch",
}


def read(folder: str):
    relation = duckdb.connect().execute(f"SELECT * FROM read_parquet('{folder}/*.parquet') ORDER BY position")
    return relation.df()


def names_of(rows) -> list[str]:
    return [name for name in rows.columns if name not in NOT_FEATURES]


def matrix(rows, names: list[str], label=None) -> xgb.DMatrix:
    return xgb.DMatrix(rows[names].astype(np.float32), label=label, feature_names=names)


def labels(rows, names: list[str]) -> np.ndarray:
    random = np.random.default_rng(1)
    ranks = rows[names].rank(pct=True).fillna(0.5).to_numpy()
    total = np.zeros(len(rows))
    for _ in range(400):
        left, right = random.integers(0, len(names), 2)
        over = (ranks[:, left] > random.uniform(0.2, 0.9)) ^ (ranks[:, right] > random.uniform(0.2, 0.9))
        total += random.normal() * over
    total = (total - total.mean()) / total.std()
    return random.uniform(size=len(rows)) < 1 / (1 + np.exp(3 - 2 * total))


def rules(rows, names: list[str], scores: np.ndarray) -> list[str]:
    """Thresholds are quantiles of the sample, so that each rule fires about as often as it should."""
    amounts = [name for name in names if any(word in name for word in ("sum", "average", "largest", "deviation"))]
    conditions = [
        ("", np.full(len(rows), True)),
        (" AND status = 'failed'", (rows["status"] == "failed").to_numpy()),
        (" AND merchant_risk > 0.5", (rows["merchant_risk"] > 0.5).to_numpy()),
        (" AND merchant_is_abroad AND amount > 100", (rows["merchant_is_abroad"] & (rows["amount"] > 100)).to_numpy()),
    ]
    statements = []
    for number, rate in enumerate(np.geomspace(*RATES, RULES)):
        condition, holds = conditions[number % len(conditions)]
        column = "fraud_score" if number % 10 == 9 else amounts[number * 7 % len(amounts)]
        values = scores if column == "fraud_score" else rows[column].to_numpy(dtype=float)
        values = np.sort(np.nan_to_num(values[holds], nan=-1.0))
        threshold = values[max(0, len(values) - 1 - round(rate * len(rows)))]
        outcome = OUTCOMES[number % len(OUTCOMES)]
        statements.append(
            f"CREATE RULE rule_{number:02} ON payment_risk WHEN {column} > {threshold:.6f}{condition}\n"
            f"    THEN {outcome} REASON 'fires on {100 * rate:.2f}% of payments';\n"
        )
    return statements


def train(sample: str, project: pathlib.Path) -> None:
    rows = read(sample)
    names = names_of(rows)
    data = matrix(rows, names, labels(rows, names))
    parameters = {
        "objective": "binary:logistic",
        "max_depth": 6,
        "eta": 0.1,
        "min_child_weight": 1,
        "subsample": 0.8,
        "colsample_bytree": 0.5,
        "tree_method": "hist",
        "seed": 1,
        # Threads that wait for each other on a busy machine take longer than one.
        "nthread": 1,
    }
    model = xgb.train(parameters, data, TREES)
    model.save_model(project / "fraud.json")
    statements = rules(rows, names, model.predict(data))
    (project / "rules.sql").write_text("\n".join(statements))
    trees = model.trees_to_dataframe()
    used = trees["Feature"].nunique() - 1
    print(
        f"model: {TREES} trees, {len(trees)} nodes, {used} of {len(names)} features, trained on {len(rows)} rows; "
        f"{len(statements)} rules"
    )


def check(recorded: str, project: pathlib.Path, expected: int) -> None:
    rows = read(recorded)
    if len(rows) != expected or rows["event_id"].nunique() != expected:
        sys.exit(f"{len(rows)} records of {rows['event_id'].nunique()} events, but there are {expected}")
    model = xgb.Booster(model_file=project / "fraud.json")
    scores = model.predict(matrix(rows, model.feature_names))
    found = rows["fraud_score"].to_numpy()
    apart = np.abs(found.astype(np.float32).view(np.int32) - scores.view(np.int32))
    if apart.max() > 1:
        sys.exit(f"{int((apart > 1).sum())} scores differ from XGBoost's by more than a unit in the last place")
    print(
        f"check: {expected} events have one record each; scores are XGBoost's, {int((apart > 0).sum())} of them one unit "
        "in the last place away"
    )


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train(sys.argv[2], pathlib.Path(sys.argv[3]))
    else:
        check(sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4]))
