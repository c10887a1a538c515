"""Reads what tests/readers.rs wrote, with pyarrow and DuckDB: `readers.py FOLDER ROWS`."""

import datetime
import decimal
import json
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

folder, rows = sys.argv[1], int(sys.argv[2])
UTC = datetime.UTC


def nullable(row, value):
    return None if row % 3 == 2 else value


def expected(row):
    time = datetime.datetime(2026, 1, 2, tzinfo=UTC) + datetime.timedelta(microseconds=row * 1_000_003)
    double = {7: float("nan"), 8: float("inf"), 9: float("-inf")}.get(row % 10, row / 7)
    return {
        "position": row,
        "id": nullable(row, f'é"\\\n{row}'),
        "amount": decimal.Decimal(row * 37 - 900).scaleb(-2),
        "large": nullable(row, decimal.Decimal(row - 7) * 10**30 + decimal.Decimal(-row).scaleb(-3)),
        "score": nullable(row, double),
        "ok": nullable(row, row % 2 == 0),
        "at": time,
        "day": nullable(row, time.date()),
    }


decimal.getcontext().prec = 60
want = [expected(row) for row in range(rows)]


def same(left, right):
    return left == right or (left != left and right != right)


def compare(name, found):
    assert len(found) == rows, f"{name}: {len(found)} rows"
    for left, right in zip(found, want):
        assert left.keys() == right.keys(), f"{name}: {left.keys()}"
        for column in right:
            assert same(left[column], right[column]), f"{name}: {column} is {left[column]!r}, not {right[column]!r}"


table = pq.read_table(f"{folder}/parquet")
types = {field.name: str(field.type) for field in table.schema}
assert types == {
    "position": "int64",
    "id": "string",
    "amount": "decimal128(18, 2)",
    "large": "decimal128(38, 3)",
    "score": "double",
    "ok": "bool",
    "at": "timestamp[us, tz=UTC]",
    "day": "date32[day]",
}, types
compare("pyarrow", table.sort_by("position").to_pylist())

connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
# A timestamp with a zone would need a module that is not installed.
columns = """* REPLACE ("at" AT TIME ZONE 'UTC' AS "at")"""
cursor = connection.execute(f"SELECT {columns} FROM '{folder}/parquet/*.parquet' ORDER BY position")
names = [column[0] for column in cursor.description]
found = [dict(zip(names, row)) for row in cursor.fetchall()]
compare("duckdb", [{**row, "at": row["at"].replace(tzinfo=UTC)} for row in found])


def parsed(line):
    row = json.loads(line, parse_float=decimal.Decimal)
    for column in ("amount", "large"):
        row[column] = None if row[column] is None else decimal.Decimal(row[column])
    row["score"] = None if row["score"] is None else float(row["score"])
    row["at"] = datetime.datetime.fromisoformat(row["at"])
    row["day"] = None if row["day"] is None else datetime.date.fromisoformat(row["day"])
    return row


with open(f"{folder}/rows.ndjson", encoding="utf-8") as file:
    lines = list(file)
compare("json", [parsed(line) for line in lines])
cents = [line.split('"amount":')[1].split(",")[0] for line in lines]
assert all("." in cent and len(cent.split(".")[1]) == 2 for cent in cents), "amounts keep their two digits"
count = connection.execute(f"SELECT count(*), sum(position) FROM read_json('{folder}/rows.ndjson')").fetchone()
assert count == (rows, rows * (rows - 1) // 2), count
print(f"{rows} rows agree in pyarrow {pa.__version__}, duckdb {duckdb.__version__} and json")
