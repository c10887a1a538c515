"""Every row of every window feature against DuckDB's self-join, on generated events with late, tied and future rows.

Usage: python campaign.py --mitra BINARY --work FOLDER [--events 1000000] [--seed 1]

The reference of a value for event e is a self-join: rows h of the same key with h.position <= e.position and h's time
in the frame. Keys with at most HOT_EVENTS events are compared at every event, the others at SAMPLED_EVENTS events.
Float aggregates are compared with the exact rational, rounded once.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys
import time

import duckdb
import numpy as np

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
LATENESS = HOUR
FUTURE = 5 * MINUTE
HOT_EVENTS = 400
SAMPLED_EVENTS = 10_000
SCALE_BITS = 96


class Frame:
    """A window over a key."""

    def __init__(self, name, key, kind, start, end=0, exclude=False):
        self.name, self.key, self.kind, self.start, self.end, self.exclude = name, key, kind, start, end, exclude

    def sql(self):
        def bound(value):
            if self.kind == "ROWS":
                return "CURRENT ROW" if value == 0 else f"{value} PRECEDING"
            return "CURRENT ROW" if value == 0 else f"INTERVAL '{value} microseconds' PRECEDING"

        exclude = " EXCLUDE CURRENT ROW" if self.exclude else ""
        key = ", ".join(self.key)
        return (
            f"(PARTITION BY {key} ORDER BY at {self.kind} BETWEEN {bound(self.start)} AND {bound(self.end)}{exclude})"
        )


FRAMES = [
    Frame("card_10m", ["card"], "RANGE", 10 * MINUTE),
    Frame("card_1h", ["card"], "RANGE", HOUR),
    Frame("card_6h", ["card"], "RANGE", 6 * HOUR - 1),
    Frame("card_before", ["card"], "RANGE", 6 * HOUR, 30 * MINUTE),
    Frame("card_others", ["card"], "RANGE", 6 * HOUR, 0, True),
    Frame("card_5", ["card"], "ROWS", 4),
    Frame("card_old3", ["card"], "ROWS", 5, 3),
    Frame("shop_1h", ["shop"], "RANGE", HOUR),
    Frame("shop_card_1d", ["shop", "card"], "RANGE", DAY),
]

# name, SQL aggregate, frame, argument, filter, kind of comparison
FEATURES = [
    ("n_10m", "count(*)", "card_10m", None, None),
    ("n_1h", "count(*)", "card_1h", None, None),
    ("n_failed_1h", "count(*)", "card_1h", None, "status = 'failed'"),
    ("n_qty_6h", "count", "card_6h", "qty", None),
    ("shops_6h", "count_distinct", "card_6h", "shop", None),
    ("statuses_6h", "count_distinct", "card_6h", "status", "amount > 20"),
    ("sum_amount_1h", "sum", "card_1h", "amount", None),
    ("sum_qty_6h", "sum", "card_6h", "qty", "status = 'ok'"),
    ("avg_amount_6h", "avg", "card_6h", "amount", None),
    ("avg_qty_before", "avg", "card_before", "qty", None),
    ("min_amount_6h", "min", "card_6h", "amount", None),
    ("max_amount_before", "max", "card_before", "amount", "status <> 'failed'"),
    ("max_at_others", "max", "card_others", "at", None),
    ("min_status_6h", "min", "card_6h", "status", None),
    ("sum_score_1h", "sum", "card_1h", "score", None),
    ("avg_score_6h", "avg", "card_6h", "score", None),
    ("max_score_others", "max", "card_others", "score", None),
    ("var_score_6h", "var_samp", "card_6h", "score", None),
    ("dev_score_before", "stddev_pop", "card_before", "score", None),
    ("dev_amount_6h", "stddev_samp", "card_6h", "amount", None),
    ("varp_qty_1h", "var_pop", "card_1h", "qty", "status = 'ok'"),
    ("n_others", "count(*)", "card_others", None, None),
    ("first_status_1h", "first_value", "card_1h", "status", None),
    ("last_shop_others", "last_value", "card_others", "shop", None),
    ("sum_amount_5", "sum", "card_5", "amount", None),
    ("avg_score_5", "avg", "card_5", "score", None),
    ("n_old3", "count", "card_old3", "qty", None),
    ("lag_amount", "lag", None, "amount", None),
    ("shop_n_1h", "count(*)", "shop_1h", None, None),
    ("shop_cards_1h", "count_distinct", "shop_1h", "card", None),
    ("shop_max_1h", "max", "shop_1h", "amount", None),
    ("shop_sum_score_1h", "sum", "shop_1h", "score", None),
    ("shop_card_n_1d", "count(*)", "shop_card_1d", None, None),
    ("shop_card_sum_1d", "sum", "shop_card_1d", "amount", None),
]

LAG = Frame("card_lag", ["card"], "ROWS", 2, 2)
TYPES = {"amount": "decimal", "qty": "integer", "score": "double", "status": "text", "shop": "integer", "card": "text", "at": "time"}


def generate(path, events, seed):
    """Writes events in order of arrival: 1.5% late within the bound, 0.3% beyond, 0.1% future, 2% ties."""
    random = np.random.default_rng(seed)
    start = 1_767_225_600_000_000
    arrived = start + np.cumsum(random.exponential(100_000, events).astype(np.int64))
    at = arrived - random.integers(0, 3 * 1_000_000, events)
    kind = random.random(events)
    at = np.where(kind < 0.015, arrived - random.integers(MINUTE, LATENESS, events), at)
    at = np.where((kind >= 0.015) & (kind < 0.018), arrived - LATENESS - random.integers(1, HOUR, events), at)
    at = np.where((kind >= 0.018) & (kind < 0.019), arrived + FUTURE + random.integers(1, HOUR, events), at)
    cards = np.minimum(random.zipf(1.15, events), 10**9) % max(events // 12, 10)
    shops = random.integers(0, max(events // 4_000, 8), events)
    tied = np.flatnonzero((random.random(events) < 0.02) & (np.arange(events) > 0))
    for row in tied:
        if kind[row] >= 0.019:
            at[row], cards[row] = at[row - 1], cards[row - 1]
    amounts = np.round(np.exp(random.normal(3.2, 1.1, events)) * 100).astype(np.int64)
    scores = (random.random(events) - 0.4) * 10.0 ** random.integers(-3, 6, events)
    quantities = random.integers(-50, 1000, events)
    statuses = np.array(["ok", "ok", "ok", "failed", "pending"])[random.integers(0, 5, events)]
    missing = random.random((4, events)) < 0.01
    with path.open("w") as out:
        for row in range(events):
            event = {"id": f"e{row}", "at": stamp(at[row]), "arrived": stamp(arrived[row])}
            if not missing[0, row]:
                event["card"] = f"c{cards[row]}"
            event["shop"] = int(shops[row])
            if not missing[1, row]:
                event["amount"] = f"{amounts[row] // 100}.{amounts[row] % 100:02d}"
            if not missing[2, row]:
                event["score"] = float(scores[row])
            if not missing[3, row]:
                event["qty"] = int(quantities[row])
            event["status"] = str(statuses[row])
            out.write(json.dumps(event) + "\n")


def stamp(micros):
    return str(np.datetime64(int(micros), "us")) + "Z"


def write_project(folder):
    """The same features in Mitra's SQL."""
    (folder / "mitra.toml").write_text('[project]\nname = "windows"\n[data]\ndirectory = "data"\n')
    columns = []
    for name, function, frame, argument, condition in FEATURES:
        if function == "lag":
            columns.append(f"lag(amount, 2) OVER (PARTITION BY card ORDER BY at) AS {name}")
            continue
        call = {"count(*)": "count(*)", "count_distinct": f"count(DISTINCT {argument})"}.get(function)
        call = call or f"{function}({argument})"
        where = f" FILTER (WHERE {condition})" if condition else ""
        columns.append(f"{call}{where} OVER {frame} AS {name}")
    frames = ",\n    ".join(f"{frame.name} AS {frame.sql()}" for frame in FRAMES)
    listed = ",\n    ".join(columns)
    (folder / "windows.sql").write_text(
        "CREATE STREAM events (id TEXT PRIMARY KEY, at TIMESTAMPTZ, arrived TIMESTAMPTZ, card TEXT, shop BIGINT,\n"
        "    amount DECIMAL(18,2), score DOUBLE, qty BIGINT, status TEXT)\n"
        "WITH (event_time = 'at', arrival_time = 'arrived', allowed_lateness = '1 hour', future_max = '5 minutes');\n\n"
        f"CREATE VIEW features AS SELECT e.id,\n    {listed}\nFROM events e\nWINDOW\n    {frames};\n\n"
        "CREATE DECISION seen ON features OUTCOMES (no, yes);\n"
        "CREATE RULE often ON seen WHEN n_1h > 3 THEN yes;\n"
        "CREATE SINK features_out ON seen TO file('out/features.parquet');\n"
    )


def exact_ints(values):
    """Doubles as integers times 2**-SCALE_BITS; None for NULL."""
    out = []
    for value in values:
        if value is None:
            out.append(None)
            continue
        numerator, denominator = value.as_integer_ratio()
        shifted = (numerator << SCALE_BITS) // denominator
        assert shifted * denominator == numerator << SCALE_BITS, "generated doubles have bounded exponents"
        out.append(shifted)
    return out


def rounded_root(numerator, denominator):
    """The double nearest to sqrt(numerator / denominator)."""
    if numerator == 0:
        return 0.0
    bits = max(0, 140 - numerator.bit_length() + denominator.bit_length())
    bits += bits % 2
    quotient, rest = divmod(numerator << bits, denominator)
    root = math.isqrt(quotient)
    sticky = rest != 0 or root * root != quotient
    return (2 * root + sticky) / (1 << (bits // 2 + 1))


def exact(function, values, scale):
    """An aggregate of integers times 1/scale, rounded once."""
    if function == "sum":
        return sum(values) / scale if values else None
    count = len(values)
    if function == "avg":
        return sum(values) / (scale * count) if count else None
    minimum = 2 if function.endswith("samp") else 1
    if count < minimum:
        return None
    total = sum(values)
    numerator = count * sum(value * value for value in values) - total * total
    denominator = count * (count - 1 if function.endswith("samp") else count) * scale * scale
    return rounded_root(numerator, denominator) if function.startswith("stddev") else numerator / denominator


class Oracle:
    """DuckDB with the events of a campaign."""

    def __init__(self, events, features):
        self.db = duckdb.connect()
        self.db.execute("SET TimeZone = 'UTC'")
        self.db.execute(
            f"""CREATE TABLE raw AS SELECT row_number() OVER () - 1 AS pos, *
                FROM read_json('{events}', format = 'newline_delimited', columns = {{id: 'VARCHAR', at: 'TIMESTAMPTZ',
                    arrived: 'TIMESTAMPTZ', card: 'VARCHAR', shop: 'BIGINT', amount: 'DECIMAL(18,2)', score: 'DOUBLE',
                    qty: 'BIGINT', status: 'VARCHAR'}})"""
        )
        self.db.execute(
            f"""CREATE TABLE h AS SELECT pos, epoch_us(at) AS t, at, card, shop, amount, score, qty, status FROM raw
                WHERE epoch_us(arrived) - epoch_us(at) <= {LATENESS} AND epoch_us(at) - epoch_us(arrived) <= {FUTURE}
                ORDER BY pos"""
        )
        self.db.execute(f"CREATE TABLE out AS SELECT * FROM read_parquet('{features}')")
        self.scaled = {
            name: (values, scale)
            for name, values, scale in [
                ("score", exact_ints(self.column("score")), 1 << SCALE_BITS),
                ("amount", [None if v is None else int(v.scaleb(2)) for v in self.column("amount")], 100),
                ("qty", self.column("qty"), 1),
            ]
        }

    def column(self, name):
        return [row[0] for row in self.db.execute(f"SELECT {name} FROM raw ORDER BY pos").fetchall()]

    def choose(self, frame):
        """Events that are compared: all of small keys, a sample of hot ones."""
        key = ", ".join(frame.key)
        present = " AND ".join(f"{name} IS NOT NULL" for name in frame.key)
        self.db.execute(
            f"""CREATE OR REPLACE TABLE e AS
                WITH sizes AS (SELECT *, count(*) OVER (PARTITION BY {key}) AS size FROM h WHERE {present})
                SELECT * EXCLUDE size FROM sizes WHERE size <= {HOT_EVENTS}
                UNION ALL
                SELECT * EXCLUDE size FROM
                    (SELECT * FROM sizes WHERE size > {HOT_EVENTS} ORDER BY hash(pos) LIMIT {SAMPLED_EVENTS})"""
        )
        return self.db.execute("SELECT count(*) FROM e").fetchone()[0]

    def join(self, frame):
        """Pairs of an event and a row of its frame."""
        on = " AND ".join(f"e.{name} = h.{name}" for name in frame.key)
        exclude = " AND h.pos <> e.pos" if frame.exclude else ""
        if frame.kind == "RANGE":
            self.db.execute(
                f"""CREATE OR REPLACE TABLE pairs AS SELECT e.pos AS of, h.* FROM e JOIN h ON {on} AND h.pos <= e.pos
                    AND h.t BETWEEN e.t - {frame.start} AND e.t - {frame.end}{exclude}"""
            )
            return
        self.db.execute(
            f"""CREATE OR REPLACE TABLE pairs AS SELECT * EXCLUDE rank FROM (
                SELECT e.pos AS of, h.*, row_number() OVER (PARTITION BY e.pos ORDER BY h.t DESC, h.pos DESC) - 1 AS rank
                FROM e JOIN h ON {on} AND h.pos <= e.pos AND h.t <= e.t)
                WHERE rank BETWEEN {frame.end} AND {frame.start}"""
        )

    def expected(self, function, argument, condition):
        """(position, value) of every chosen event."""
        where = f"WHERE {condition}" if condition else ""
        if function in ("avg", "var_samp", "var_pop", "stddev_samp", "stddev_pop") or (
            function == "sum" and argument == "score"
        ):
            return self.rational(function, argument, where)
        calls = {
            "count(*)": "count(*)",
            "count": f"count({argument})",
            "count_distinct": f"count(DISTINCT {argument})",
            "sum": f"sum({argument})",
            "min": f"min({argument})",
            "max": f"max({argument})",
            "first_value": f"first({argument} ORDER BY t, pos)",
            "last_value": f"last({argument} ORDER BY t, pos)",
            "lag": f"first({argument} ORDER BY t, pos)",
        }
        empty = "0" if function.startswith("count") else "NULL"
        return self.db.execute(
            f"""SELECT e.pos, CASE WHEN a.of IS NULL THEN {empty} ELSE a.v END AS v FROM e LEFT JOIN
                (SELECT of, {calls[function]} AS v FROM pairs {where} GROUP BY of) a ON a.of = e.pos ORDER BY e.pos"""
        ).fetchall()

    def rational(self, function, argument, where):
        values, scale = self.scaled[argument]
        lists = self.db.execute(
            f"""SELECT e.pos, a.l FROM e LEFT JOIN (SELECT of, list(pos) AS l FROM pairs {where} GROUP BY of) a
                ON a.of = e.pos ORDER BY e.pos"""
        )
        out = []
        while rows := lists.fetchmany(50_000):
            for position, members in rows:
                present = [values[member] for member in members or () if values[member] is not None]
                if function == "avg" and argument != "score":
                    out.append((position, rounded_average(present, scale)))
                else:
                    out.append((position, exact(function, present, scale)))
        return out


def rounded_average(values, scale):
    """Millionths, half away from zero, as DECIMAL(38,6) holds them."""
    if not values:
        return None
    numerator, denominator = sum(values) * 1_000_000, len(values) * scale
    quotient, rest = divmod(abs(numerator), denominator)
    quotient += 2 * rest >= denominator
    return quotient if numerator >= 0 else -quotient


def compare(oracle, name, function, argument, expected):
    """Differences of one feature, and how many values it takes."""
    column = name
    if function == "avg" and argument != "score":
        column = f"CAST({name} * 1000000 AS HUGEINT)"
    actual = dict(
        oracle.db.execute(
            f"""SELECT raw.pos, {column} FROM out JOIN raw USING (id) WHERE raw.pos IN (SELECT pos FROM e)"""
        ).fetchall()
    )
    differences = []
    for position, value in expected:
        got = actual.get(position, "missing")
        if got != value and len(differences) < 5:
            differences.append((position, value, got))
        elif got != value:
            differences.append(None)
    return differences, len({str(value) for _, value in expected})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mitra", required=True)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = arguments.work
    folder.mkdir(parents=True, exist_ok=True)
    events = folder / "events.ndjson"
    generate(events, arguments.events, arguments.seed)
    write_project(folder)
    started = time.time()
    subprocess.run([arguments.mitra, "ingest", "--project", folder, f"events={events}"], check=True)
    print(f"mitra read {arguments.events} events in {time.time() - started:.1f} s")
    oracle = Oracle(events, folder / "out" / "features.parquet" / "*.parquet")
    late, tied = oracle.db.execute(
        """SELECT (SELECT count(*) FROM raw WHERE epoch_us(arrived) - epoch_us(at) > 60000000) * 100.0 / count(*),
            (SELECT count(*) FROM (SELECT 1 FROM raw GROUP BY card, at HAVING count(*) > 1)) * 100.0 / count(*) FROM raw"""
    ).fetchone()
    print(f"{late:.2f}% late, {tied:.2f}% tied")
    passed = failed = 0
    if late < 1 or tied < 1:
        failed += 1
    for frame in [*FRAMES, LAG]:
        chosen = oracle.choose(frame)
        oracle.join(frame)
        for name, function, on, argument, condition in FEATURES:
            if (on or LAG.name) != frame.name:
                continue
            expected = oracle.expected(function, argument, condition)
            differences, values = compare(oracle, name, function, argument, expected)
            good = not differences and values > 1
            passed, failed = passed + good, failed + (not good)
            print(f"{name:20} {chosen:8} rows {values:8} values {len(differences):6} differences", flush=True)
            for difference in filter(None, differences):
                print(f"    position {difference[0]}: expected {difference[1]}, got {difference[2]}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
