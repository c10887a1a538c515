"""Trains the benchmark's models with XGBoost on generated payments, and writes them with the rows to score.

Usage: train.py DIRECTORY

Writes trees_N.json for each N of TREES, rows.f32 (row-major little-endian singles, NaN is missing) and libxgboost.txt,
the path of the library that this Python's XGBoost loads. Nothing is written anew that this script has written before.
"""

import hashlib
import pathlib
import sys

import numpy as np
import xgboost as xgb

SEED = 20261127
FEATURES = 200
TREES = (100, 300, 500)
TRAINED_ROWS = 30_000
SCORED_ROWS = 16_384  # 13 MB: more than the second cache of any core


def payments(rng, rows):
    """Amounts, counts, shares and scores in turn; 8% is missing, in some columns most; a tenth or so are frauds.

    Many columns carry a little of the signal, so that the trees ask for many features and differ in shape.
    """
    x = np.empty((rows, FEATURES), np.float32)
    x[:, 0::4] = np.exp(rng.normal(3, 1.5, (rows, FEATURES // 4)))
    x[:, 1::4] = rng.poisson(3, (rows, FEATURES // 4))
    x[:, 2::4] = rng.beta(2, 5, (rows, FEATURES // 4))
    x[:, 3::4] = rng.normal(size=(rows, FEATURES // 4))
    weights = np.random.default_rng(SEED + 1).normal(size=FEATURES) / np.sqrt(FEATURES)
    pairs = np.random.default_rng(SEED + 2).integers(0, FEATURES, (60, 2))
    ranks = (x - x.mean(0)) / x.std(0)
    signal = ranks @ weights + 0.3 * (np.sign(ranks[:, pairs[:, 0]]) * ranks[:, pairs[:, 1]]).sum(1) / np.sqrt(60)
    y = (signal + 0.5 * rng.normal(size=rows) > 1.3 * signal.std()).astype(np.float32)
    rates = np.random.default_rng(SEED + 3).choice([0.0, 0.05, 0.6], FEATURES, p=[0.5, 0.4, 0.1])
    x[rng.random(x.shape) < rates] = np.nan
    return x, y


def main(directory):
    stamp = hashlib.sha256(pathlib.Path(__file__).read_bytes() + xgb.__version__.encode()).hexdigest()
    written = directory / "stamp.txt"
    if written.exists() and written.read_text() == stamp:
        return
    directory.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    x, y = payments(rng, TRAINED_ROWS)
    params = {"objective": "binary:logistic", "max_depth": 6, "eta": 0.1, "tree_method": "hist", "seed": SEED}
    params |= {"colsample_bytree": 0.5, "min_child_weight": 0.1}
    booster = xgb.train(params, xgb.DMatrix(x, y), max(TREES))
    for trees in TREES:
        booster[:trees].save_model(directory / f"trees_{trees}.json")
    payments(rng, SCORED_ROWS)[0].astype("<f4").tofile(directory / "rows.f32")
    library = pathlib.Path(xgb.__file__).parent / "lib" / "libxgboost.so"
    (directory / "libxgboost.txt").write_text(str(library))
    written.write_text(stamp)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
