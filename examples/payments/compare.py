"""Compares the model with rules of thumb: how much of each kind of fraud does the best single column find?

Everything is measured on a gateway that the model has never seen: another seed, other customers, merchants' trade and
thieves. For each kind of fraud every feature is tried as a rule of thumb, `feature >= x` or `feature <= x`, with the x
that flags as many honest payments as allowed; the one that finds most of this kind is the best rule of thumb. It is
chosen on the payments on which it is measured, so no rule of thumb does better. The model has one threshold for all
kinds, which flags as many honest payments as one rule of thumb may, not as many as the ten together.

    compare.py                    one honest payment of five hundred may be flagged
    compare.py --allowed 0.005    or another share
"""

import argparse

import numpy as np
import pandas as pd
import xgboost as xgb
from train import PROJECT, Scenario, feature_names, matrix, measured

UNSEEN = Scenario("warm", 1_400_000, ["--seed", "21", "--customers", "6000", "--rate", "0.2"])


def threshold(honest: np.ndarray, allowed: float) -> float:
    """The least value that at most this share of the honest payments reaches."""
    values = np.sort(honest[~np.isnan(honest)])
    flagged_max = int(allowed * len(honest))
    if len(values) <= flagged_max:
        return -np.inf
    return np.nextafter(values[len(values) - flagged_max - 1], np.inf)


def found(values: np.ndarray, wanted: np.ndarray, least: float) -> float:
    """The share of the wanted payments that a rule finds. No value is no match, as NULL is in SQL."""
    return float((values[wanted] >= least).mean())


def compare(rows: pd.DataFrame, allowed: float) -> None:
    booster = xgb.Booster(model_file=PROJECT / "models" / "fraud.json")
    names = feature_names()
    columns = {name: rows[name].astype(np.float64).to_numpy() for name in names}
    scores = booster.predict(matrix(rows, names)).astype(np.float64)
    kind = rows["kind"].to_numpy()
    honest = kind == "ordinary"
    sides = {(name, sign): side * columns[name] for name in names for sign, side in ((">=", 1), ("<=", -1))}
    limits = {rule: threshold(values[honest], allowed) for rule, values in sides.items()}
    least = threshold(scores[honest], allowed)
    print(
        f"{honest.sum():,} honest payments; the model flags {found(scores, honest, least):.2%}: score >= {least:.3f}\n"
    )
    print("| kind of fraud | payments | best rule of thumb | it finds | the model finds |")
    print("|---|---|---|---|---|")
    for name in sorted(set(kind[~honest])):
        of_kind = kind == name
        recalls = {rule: found(values, of_kind, limits[rule]) for rule, values in sides.items()}
        best = max(recalls, key=recalls.get)
        column, sign = best
        limit = limits[best] if sign == ">=" else -limits[best]
        ours = found(scores, of_kind, least)
        rule = f"`{column} {sign} {limit:,.4g}`"
        print(f"| {name.replace('_', ' ')} | {of_kind.sum():,} | {rule} | {recalls[best]:.0%} | {ours:.0%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--allowed", type=float, default=0.002, help="share of honest payments that may be flagged")
    arguments = parser.parse_args()
    compare(measured(UNSEEN), arguments.allowed)


if __name__ == "__main__":
    main()
