"""What the features are by definition: DuckDB joins each event with its frame, and exact sums are rounded once."""

import math

import duckdb
import numpy as np
from events import FUTURE, LATENESS
from features import DOUBLES, FEATURES, HOUR, LOOKUPS, SCALES, STREAMS

HORIZON = 8 * HOUR
HOT_EVENTS = 400
SAMPLED_EVENTS = 10_000
# Doubles are integers in units of 2 to the -SCALE_BITS, in limbs of LIMB_BITS so that sums of limbs are exact.
SCALE_BITS = 96
LIMB_BITS = 60
SUM_LIMBS, SQUARE_LIMBS = 2, 4
COLUMNS = {
    "events": "card VARCHAR, shop BIGINT, amount DECIMAL(18,2), score DOUBLE, qty BIGINT, status VARCHAR",
    "logins": "card VARCHAR, ok BOOLEAN, tries BIGINT, device VARCHAR",
}


def limbs(value, count):
    """An integer in limbs, the last one signed."""
    mask = (1 << LIMB_BITS) - 1
    return [value >> LIMB_BITS * limb & mask for limb in range(count - 1)] + [value >> LIMB_BITS * (count - 1)]


def double_limbs(values):
    """Columns of limbs of doubles and of their squares."""
    out = []
    for value in values:
        numerator, denominator = value.as_integer_ratio()
        scaled = (numerator << SCALE_BITS) // denominator
        assert scaled * denominator == numerator << SCALE_BITS, "generated doubles have bounded exponents"
        out.append(limbs(scaled, SUM_LIMBS) + limbs(scaled * scaled, SQUARE_LIMBS))
    return np.array(out, dtype=np.int64).reshape(-1, SUM_LIMBS + SQUARE_LIMBS).T


class Oracle:
    """DuckDB with the events of a campaign."""

    def __init__(self, folder, second_valid_from, events):
        self.db = duckdb.connect()
        self.db.execute("SET TimeZone = 'UTC'")
        self.db.execute("SET preserve_insertion_order = false")
        self.db.execute(f"SET memory_limit = '6GB'; SET temp_directory = '{folder / 'spill'}'")
        for stream in STREAMS:
            self.read(folder, stream)
        self.join_shops(folder, second_valid_from, events // 2)
        self.add_limbs()
        names = ", ".join([feature.name for feature in FEATURES] + list(LOOKUPS))
        self.db.execute(
            f"""CREATE TABLE out AS SELECT CAST(id[2:] AS BIGINT) AS e_pos, {names}
                FROM read_parquet('{folder / "out" / "features.parquet" / "*.parquet"}')"""
        )

    def read(self, folder, stream):
        """`stream_in`: the rows that enter timelines, with their order by time."""
        names = {"id": "VARCHAR", "at": "TIMESTAMPTZ", "arrived": "TIMESTAMPTZ"}
        names |= dict(column.split(" ", 1) for column in COLUMNS[stream].split(", "))
        self.db.execute(
            f"""CREATE TABLE {stream} AS SELECT CAST(id[2:] AS BIGINT) AS pos, epoch_us("at") AS t, *
                FROM read_json({[str(folder / f"{stream}{half}.ndjson") for half in (1, 2)]},
                    format = 'newline_delimited', columns = {names})"""
        )
        self.db.execute(
            f"""CREATE TABLE {stream}_in AS SELECT row_number() OVER (ORDER BY t, pos) AS ord, * EXCLUDE (id, arrived)
                FROM {stream} WHERE epoch_us(arrived) - t <= {LATENESS} AND t - epoch_us(arrived) <= {FUTURE}"""
        )

    def join_shops(self, folder, second_valid_from, second_position):
        for half in (1, 2):
            self.db.execute(
                f"""CREATE TABLE shops{half} AS SELECT * FROM read_csv('{folder / f"shops{half}.csv"}',
                    columns = {{id: 'BIGINT', category: 'VARCHAR', fee: 'DECIMAL(8,2)'}})"""
            )
        second = f"h.pos >= {second_position} AND h.t >= {second_valid_from}"
        self.db.execute(
            f"""CREATE OR REPLACE TABLE events_in AS SELECT h.*,
                CASE WHEN {second} THEN b.category ELSE a.category END AS category,
                CASE WHEN {second} THEN b.fee ELSE a.fee END AS fee
                FROM events_in h LEFT JOIN shops1 a ON a.id = h.shop LEFT JOIN shops2 b ON b.id = h.shop"""
        )

    def add_limbs(self):
        scores = self.db.execute("SELECT pos, score FROM events_in WHERE score IS NOT NULL").fetchnumpy()
        columns = double_limbs(scores["score"].tolist())
        table = {"pos": np.asarray(scores["pos"])} | {f"limb{index}": values for index, values in enumerate(columns)}
        self.db.register("limbs", table)
        self.db.execute("CREATE OR REPLACE TABLE events_in AS SELECT * FROM events_in LEFT JOIN limbs USING (pos)")

    def choose(self, frame):
        """Events that are compared: all of small keys and of none, a sample of hot ones."""
        key = ", ".join(frame.key)
        self.db.execute(
            f"""CREATE OR REPLACE TABLE e AS
                WITH sizes AS (SELECT pos AS e_pos, t AS e_t, {", ".join(f"{name} AS e_{name}" for name in frame.key)},
                    {" AND ".join(f"{name} IS NOT NULL" for name in frame.key)}
                        AND count(*) OVER (PARTITION BY {key}) > {HOT_EVENTS} AS hot FROM events_in)
                SELECT * FROM sizes WHERE NOT hot
                UNION ALL
                SELECT * FROM (SELECT * FROM sizes WHERE hot ORDER BY hash(e_pos) LIMIT {SAMPLED_EVENTS})"""
        )
        return self.db.execute("SELECT count(*), count(*) FILTER (WHERE hot) FROM e").fetchone()

    def join(self, frame, features):
        """`x`: the aggregates of each chosen event over the rows of its frame."""
        on = " AND ".join(f"{name} = e_{name}" for name in frame.key) + " AND pos <= e_pos"
        exclude = " AND pos <> e_pos" if frame.exclude else ""
        source = frame.rows()
        if frame.kind == "ROWS":
            self.db.execute(
                f"""CREATE OR REPLACE TABLE ranks AS SELECT e_pos, unnest(l) AS ord, generate_subscripts(l, 1) - 1 AS rank
                    FROM (SELECT e_pos, list_reverse_sort(max(ord, {frame.start + 1})) AS l FROM e JOIN {source} ON {on}
                        AND t BETWEEN e_t - {HORIZON} AND e_t GROUP BY e_pos)"""
            )
            pairs = f"ranks JOIN {source} USING (ord) WHERE rank BETWEEN {frame.end} AND {frame.start}{exclude}"
        else:
            pairs = f"e JOIN {source} ON {on} AND t BETWEEN e_t - {frame.start} AND e_t - {frame.end}{exclude}"
        columns = ", ".join(column for feature in features for column in aggregates(feature))
        self.db.execute(f"CREATE OR REPLACE TABLE x AS SELECT e_pos, {columns} FROM {pairs} GROUP BY e_pos")

    def compare(self, feature, source):
        """The number of differences, some of them, and the number of values."""
        if feature.exact():
            return self.compare_exact(feature)
        expected = f"x.{feature.name}"
        joined = "e LEFT JOIN x USING (e_pos) LEFT JOIN out USING (e_pos)"
        if feature.function.startswith("count"):
            expected = f"coalesce({expected}, 0)"
        elif feature.function in ("first_value", "last_value", "lag"):
            joined += f" LEFT JOIN {source} r ON r.ord = {expected}"
            expected = f"r.{feature.argument}"
        return self.differences(joined, expected, f"out.{feature.name}")

    def differences(self, joined, expected, actual):
        count, values, nulls = self.db.execute(
            f"""SELECT count(*) FILTER (WHERE {expected} IS DISTINCT FROM {actual} OR out.e_pos IS NULL),
                count(DISTINCT {expected}), count(*) FILTER (WHERE {expected} IS NULL) FROM {joined}"""
        ).fetchone()
        some = self.db.execute(
            f"""SELECT e_pos, {expected}, {actual} FROM {joined}
                WHERE {expected} IS DISTINCT FROM {actual} OR out.e_pos IS NULL ORDER BY e_pos LIMIT 5"""
        ).fetchall()
        return count, some, values + (nulls > 0)

    def compare_exact(self, feature):
        parts = ", ".join(f"x.{feature.name}_{part}" for part in range(len(aggregates(feature))))
        rows = self.db.execute(
            f"""SELECT e_pos, out.e_pos IS NOT NULL, out.{feature.name}, {parts}
                FROM e LEFT JOIN x USING (e_pos) LEFT JOIN out USING (e_pos) ORDER BY e_pos"""
        )
        count, some, values = 0, [], set()
        while chunk := rows.fetchmany(50_000):
            for position, present, actual, *sums in chunk:
                expected = rational(feature, *sums)
                values.add(expected)
                if feature.function == "avg" and feature.argument in SCALES and actual is not None:
                    sign, digits, exponent = actual.as_tuple()
                    assert exponent == -6, "averages of decimals have six digits"
                    actual = int("".join(map(str, digits))) * (-1 if sign else 1)
                if expected != actual or not present:
                    count += 1
                    some += [(position, expected, actual)] if len(some) < 5 else []
        return count, some, len(values)


def aggregates(feature):
    """What DuckDB computes for a feature."""
    argument, name = f'"{feature.argument}"', feature.name
    where = f" FILTER (WHERE {feature.condition})" if feature.condition else ""
    if feature.exact():
        if feature.argument in DOUBLES:
            parts = [f"sum(limb{limb})" for limb in range(SUM_LIMBS + SQUARE_LIMBS)]
        else:
            integer = f"CAST({argument} * {SCALES[feature.argument]} AS HUGEINT)"
            parts = [f"sum({integer})", f"sum({integer} * {integer})"]
        parts = [f"count({argument})", *parts]
        return [f"{part}{where} AS {name}_{index}" for index, part in enumerate(parts)]
    calls = {
        "count(*)": "count(*)",
        "count_distinct": f"count(DISTINCT {argument})",
        "first_value": "min(ord)",
        "last_value": "max(ord)",
        "lag": "min(ord)",
    }
    return [f"{calls.get(feature.function, f'{feature.function}({argument})')}{where} AS {name}"]


def rational(feature, count, *sums):
    """An aggregate of exact sums, rounded once; an average of decimals in millionths."""
    if not count:
        return None
    if feature.argument in DOUBLES:
        whole = lambda parts: sum(int(part) << LIMB_BITS * limb for limb, part in enumerate(parts))
        total, squares, scale = whole(sums[:SUM_LIMBS]), whole(sums[SUM_LIMBS:]), 1 << SCALE_BITS
    else:
        total, squares, scale = int(sums[0]), int(sums[1]), SCALES[feature.argument]
    if feature.function == "sum":
        return total / scale
    if feature.function == "avg":
        if feature.argument in DOUBLES:
            return total / (scale * count)
        quotient, rest = divmod(abs(total) * 1_000_000, count * scale)
        quotient += 2 * rest >= count * scale
        return quotient if total >= 0 else -quotient
    divisor = count - 1 if feature.function.endswith("samp") else count
    if divisor == 0:
        return None
    numerator, denominator = count * squares - total * total, count * divisor * scale * scale
    return rounded_root(numerator, denominator) if feature.function.startswith("stddev") else numerator / denominator


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
