"""Every row of every window feature against DuckDB's self-join, on generated events with late, tied and future rows.

Usage: python campaign.py --mitra BINARY --work FOLDER [--events 1000000] [--seed 1]

The reference of a value for event e is a self-join: rows h of the same key with h.position <= e.position and h's time
in the frame. Keys with at most HOT_EVENTS events are compared at every event, the others at SAMPLED_EVENTS events.
Float aggregates are compared with the exact rational, rounded once: DuckDB adds the values as integers. The events are
read in two halves, with another version of the reference table and a restart between them.
"""

import argparse
import pathlib
import subprocess
import sys
import time

from events import generate, write_shops
from features import FEATURES, FRAMES, LOOKUPS, STREAMS, write_project
from oracle import Oracle


def run_program(program, folder, shops, seed):
    """Reads one half after the other, each with its version of the reference table."""
    for half in (1, 2):
        write_shops(folder / f"shops{half}.csv", shops, half, seed)
        (folder / "shops.csv").write_bytes((folder / f"shops{half}.csv").read_bytes())
        inputs = [f"{stream}={folder / f'{stream}{half}.ndjson'}" for stream in STREAMS]
        started = time.time()
        subprocess.run([program, "ingest", "--project", folder, *inputs], check=True)
        print(f"half {half} read in {time.time() - started:.1f} s", flush=True)


def check_input(oracle):
    """Whether the generated events have what the comparison is about."""
    shares = oracle.db.execute(
        """WITH ordered AS (SELECT *, max(t) OVER (PARTITION BY card ORDER BY pos
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS latest,
                count(*) OVER (PARTITION BY card, t) AS peers FROM events_in)
            SELECT 100.0 * count(*) FILTER (WHERE epoch_us(arrived) - events.t > 60000000) / count(*),
                100.0 * count(*) FILTER (WHERE ordered.t < latest) / count(*),
                100.0 * count(*) FILTER (WHERE peers > 1 AND ordered.card IS NOT NULL) / count(*),
                100.0 * count(*) FILTER (WHERE ordered.card IS NULL) / count(*),
                100.0 * count(*) FILTER (WHERE ordered.amount IS NULL) / count(*)
            FROM ordered JOIN events USING (pos)"""
    ).fetchone()
    refused = oracle.db.execute(
        "SELECT 100.0 * (1 - (SELECT count(*) FROM events_in) / (SELECT count(*) FROM events))"
    ).fetchone()[0]
    names = ["over a minute late", "before a row of their card that was there", "tied with one", "no card", "no amount"]
    for name, share in zip(names, shares, strict=True):
        print(f"{share:.2f}% {name}")
    print(f"{refused:.2f}% too late or from the future, and so in no timeline")
    return min(shares[:3]) >= 1 and min(shares[3:]) > 0.5 and refused > 0.1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mitra", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = arguments.work
    folder.mkdir(parents=True, exist_ok=True)
    second_valid_from, shops = generate(folder, arguments.events, arguments.seed)
    write_project(folder)
    run_program(arguments.mitra, folder, shops, arguments.seed)
    started = time.time()
    oracle = Oracle(folder, second_valid_from, arguments.events)
    passed, failed = 0, int(not check_input(oracle))

    def report(name, rows, least, result):
        nonlocal passed, failed
        count, some, values = result
        good = count == 0 and values >= least
        passed, failed = passed + good, failed + (not good)
        print(
            f"{name:20} {rows:8} rows {values:8} values {count:6} differences{'' if good else '  FAILED'}", flush=True
        )
        for position, expected, actual in some:
            print(f"    position {position}: expected {expected}, got {actual}")

    oracle.db.execute("CREATE TABLE e AS SELECT pos AS e_pos FROM events_in")
    joined = "e JOIN events_in h ON h.pos = e_pos LEFT JOIN out USING (e_pos)"
    for name, (column, least) in LOOKUPS.items():
        rows = oracle.db.execute("SELECT count(*) FROM e").fetchone()[0]
        report(name, rows, least, oracle.differences(joined, f"h.{column}", f"out.{name}"))
    for frame in FRAMES:
        features = [feature for feature in FEATURES if feature.frame == frame.name]
        rows, hot = oracle.choose(frame)
        oracle.join(frame, features)
        print(f"{frame.name}: {rows} events, {hot} of them of hot keys; {time.time() - started:.0f} s", flush=True)
        for feature in features:
            report(feature.name, rows, feature.least, oracle.compare(feature, frame.rows()))
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
