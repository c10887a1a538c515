"""Writes the Parquet files that tests/parquet.rs reads: `parquet.py FOLDER`."""

import datetime
import decimal
import sys

import pyarrow as pa
import pyarrow.parquet as pq

folder = sys.argv[1]
ROWS = 20_000


def every_third_null(values):
    return [None if row % 3 == 2 else value for row, value in enumerate(values)]


def time(row):
    return datetime.datetime(2026, 1, 2) + datetime.timedelta(seconds=row, microseconds=row * 1000)


rows = range(ROWS)
micros = [int((time(row) - datetime.datetime(1970, 1, 1)) / datetime.timedelta(microseconds=1)) for row in rows]
columns = {
    "ID": pa.array([f"e{row}" for row in rows], pa.string()),
    "at": pa.array([value * 1000 for value in micros], pa.int64()).cast(pa.timestamp("ns")),
    "millis": pa.array(every_third_null([value // 1000 for value in micros]), pa.int64()).cast(
        pa.timestamp("ms", "UTC")
    ),
    "micros": pa.array(every_third_null(micros), pa.int64()).cast(pa.timestamp("us", "Asia/Kolkata")),
    "small": pa.array(every_third_null(row % 100 - 50 for row in rows), pa.int8()),
    "wide": pa.array(every_third_null(row * 10**14 - 5 for row in rows), pa.int64()),
    "unsigned": pa.array([2**32 - 1 - row for row in rows], pa.uint32()),
    "unsigned_wide": pa.array([2**63 - 1 - row for row in rows], pa.uint64()),
    "single": pa.array(every_third_null(row / 4 for row in rows), pa.float32()),
    "double": pa.array(every_third_null(row / 7 for row in rows), pa.float64()),
    "flag": pa.array(every_third_null(row % 2 == 0 for row in rows), pa.bool_()),
    "day": pa.array(every_third_null(time(row).date() for row in rows), pa.date32()),
    "money": pa.array(
        every_third_null(decimal.Decimal(row * 37 - 900).scaleb(-2) for row in rows), pa.decimal128(9, 2)
    ),
    "large": pa.array(every_third_null(decimal.Decimal(row - 7) * 10**20 for row in rows), pa.decimal128(38, 3)),
    "text": pa.array(every_third_null(f"grüße {row % 7}" for row in rows), pa.string()),
    "number_text": pa.array([f"{row}.25" for row in rows], pa.large_string()),
    "list": pa.array([[row] for row in rows], pa.list_(pa.int64())),
    "ignored": pa.array([{"a": row} for row in rows], pa.struct([("a", pa.int64())])),
}
table = pa.table(columns)
pq.write_table(table, f"{folder}/all.parquet", row_group_size=9_001, compression="zstd", version="2.6")
pq.write_table(
    table,
    f"{folder}/plain.parquet",
    compression="snappy",
    use_dictionary=False,
    data_page_version="2.0",
    store_decimal_as_integer=True,
)
finer = pa.array([value * 1000 + 1 for value in micros], pa.int64()).cast(pa.timestamp("ns"))
pq.write_table(pa.table({"id": columns["ID"], "at": finer}), f"{folder}/finer.parquet", version="2.6")
nulls = pa.array([*micros[:-1], None], pa.int64()).cast(pa.timestamp("us"))
pq.write_table(pa.table({"id": columns["ID"], "at": nulls}), f"{folder}/nulls.parquet")
