"""DuckDB's side of bench/query: a process that stays, answers one line of JSON for each that it reads.

side.py THREADS

{"make": [SINK, MERCHANTS, FOLDER]}  writes its own Parquet files of what Mitra's sink wrote and of the merchants
{"open": FOLDER}                     opens them
{"sql": "SELECT ..."}                {"seconds": 0.1, "rows": [["1", null], ...]}, values as PostgreSQL writes them
"""

import datetime
import json
import sys
import time

import duckdb


def connect(threads: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"SET threads = {threads}")
    connection.execute("SET TimeZone = 'UTC'")
    # As its documentation advises for files that are read again and again.
    connection.execute("SET parquet_metadata_cache = true")
    return connection


def make(connection, sink: str, merchants: str, folder: str) -> None:
    # The sink gives lists as text, and moments with a zone. `date_trunc` of these asks DuckDB's calendar of all zones, which
    # takes several times as long, so it gets them without one: the values are the same.
    connection.execute(f"""
        COPY (
            SELECT * REPLACE (
                occurred_at AT TIME ZONE 'UTC' AS occurred_at,
                CASE WHEN fired = '' THEN [] ELSE string_split(fired, ',') END AS fired,
                CASE WHEN fired_shadow = '' THEN [] ELSE string_split(fired_shadow, ',') END AS fired_shadow
            )
            FROM read_parquet('{sink}/*.parquet')
        ) TO '{folder}/payment_risk.parquet'
    """)
    connection.execute(f"COPY (SELECT * FROM read_csv('{merchants}')) TO '{folder}/merchants.parquet'")


def open_files(connection, folder: str) -> None:
    for name in ("payment_risk", "merchants"):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{folder}/{name}.parquet')")


def text(value) -> str | None:
    match value:
        case None:
            return None
        case bool():
            return "t" if value else "f"
        case datetime.datetime():
            written = value.replace(tzinfo=None).isoformat(" ")
            return (written.rstrip("0") if "." in written else written) + "+00"
        case list():
            return "{" + ",".join(text(item) for item in value) + "}"
        case float():
            return repr(int(value)) if value.is_integer() else repr(value)
    return str(value)


def answer(connection, sql: str) -> dict:
    started = time.perf_counter()
    rows = connection.execute(sql).fetchall()
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "rows": [[text(value) for value in row] for row in rows]}


def main() -> None:
    connection = connect(sys.argv[1])
    for line in sys.stdin:
        request = json.loads(line)
        result = {}
        if "make" in request:
            make(connection, *request["make"])
        elif "open" in request:
            open_files(connection, request["open"])
        else:
            result = answer(connection, request["sql"])
        print(json.dumps(result), flush=True)


main()
