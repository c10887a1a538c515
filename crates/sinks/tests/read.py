"""Checks every value of the Parquet parts that tests/readers.rs wrote, with pyarrow and with DuckDB."""

import datetime as dt
import sys
from decimal import Context, Decimal

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
TYPES = {
    "position": (pa.int64(), "BIGINT"),
    "text": (pa.string(), "VARCHAR"),
    "bigint": (pa.int64(), "BIGINT"),
    "double": (pa.float64(), "DOUBLE"),
    "boolean": (pa.bool_(), "BOOLEAN"),
    "timestamptz": (pa.timestamp("us", "UTC"), "TIMESTAMP WITH TIME ZONE"),
    "date": (pa.date32(), "DATE"),
    "decimal_1": (pa.decimal128(1, 1), "DECIMAL(1,1)"),
    "decimal_18": (pa.decimal128(18, 2), "DECIMAL(18,2)"),
    "decimal_19": (pa.decimal128(19, 0), "DECIMAL(19,0)"),
    "decimal_38": (pa.decimal128(38, 9), "DECIMAL(38,9)"),
    "nothing": (pa.string(), "VARCHAR"),
}


def decimal(row, precision, scale):
    """The decimal of a row, exactly."""
    sign = 1 if row % 2 == 0 else -1
    return Decimal(sign * (10**precision - 1 - row)).scaleb(-scale, Context(prec=50))


def expected(row):
    """The row that the test wrote."""
    if row % 5 == 0:
        return (row, *[None] * (len(TYPES) - 1))
    sign = 1 if row % 2 == 0 else -1
    return (
        row,
        f'né {row % 7} "€"',
        sign * (2**63 - 1 - row),
        float("inf") if row % 11 == 1 else row / 3.0,
        row % 3 == 0,
        EPOCH + dt.timedelta(microseconds=sign * 1_767_323_045_678_901 + row),
        dt.date(1970, 1, 1) + dt.timedelta(days=sign * (19_000 + row)),
        decimal(row % 10, 1, 1),
        decimal(row, 18, 2),
        decimal(row, 19, 0),
        decimal(row, 38, 9),
        None,
    )


def check(reader, found, count):
    """Compares rows with those written."""
    if len(found) != count:
        sys.exit(f"{reader}: {len(found)} rows, not {count}")
    for row, values in enumerate(found):
        if values != expected(row):
            sys.exit(f"{reader}: {values}, not {expected(row)}")


def main():
    """Reads the folder named first, which has the number of rows named second."""
    folder, count = sys.argv[1], int(sys.argv[2])
    table = ds.dataset(folder).to_table().sort_by("position")
    types = {field.name: field.type for field in table.schema}
    if types != {name: arrow for name, (arrow, _) in TYPES.items()}:
        sys.exit(f"pyarrow: {types}")
    check("pyarrow", [tuple(row.values()) for row in table.to_pylist()], count)

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    source = f"read_parquet('{folder}/*.parquet')"
    types = [row[:2] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
    if types != [(name, sql) for name, (_, sql) in TYPES.items()]:
        sys.exit(f"DuckDB: {types}")
    # As a number of microseconds, for DuckDB needs one more package to return a time with a zone.
    columns = ", ".join(f"epoch_us({name})" if name == "timestamptz" else name for name in TYPES)
    rows = connection.execute(f"SELECT {columns} FROM {source} ORDER BY position").fetchall()
    at = list(TYPES).index("timestamptz")
    times = [None if row[at] is None else EPOCH + dt.timedelta(microseconds=row[at]) for row in rows]
    check("DuckDB", [(*row[:at], time, *row[at + 1 :]) for row, time in zip(rows, times, strict=True)], count)
    print(f"{count} rows read twice")


main()
