"""Reads the decisions of a test project with psycopg, asyncpg and pandas, and compares them with what the API answered."""

import asyncio
import datetime
import decimal
import json
import sys
import warnings

import asyncpg
import pandas
import psycopg

COLUMNS = "event_id, position, outcome, reasons, amount, merchant_id, occurred_at, card_payments_1h"
ALL = f"SELECT {COLUMNS} FROM payment_risk ORDER BY position"


def expected(path):
    with open(path, encoding="utf-8") as file:
        rows = json.load(file)
    for row in rows:
        row["amount"] = decimal.Decimal(row["amount"])
        row["occurred_at"] = datetime.datetime.fromisoformat(row["occurred_at"])
    names = COLUMNS.split(", ")
    return [tuple(row[name] for name in names) for row in rows]


def with_psycopg(address, rows):
    with psycopg.connect(address) as connection:
        assert connection.execute(ALL).fetchall() == rows
        for binary in (False, True):
            cursor = connection.cursor(binary=binary)
            # Prepared at the server from the sixth time on.
            for row in rows[:8]:
                found = cursor.execute(
                    f"SELECT {COLUMNS} FROM payment_risk WHERE event_id = %s AND amount = %s AND position = %s",
                    (row[0], row[4], row[1]),
                ).fetchall()
                assert found == [row], (binary, found, row)
        try:
            connection.execute("SELECT nope FROM payment_risk")
        except psycopg.errors.UndefinedColumn:
            connection.rollback()
        else:
            raise AssertionError("an unknown column is no error")
        assert connection.execute("SELECT count(*) FROM payments").fetchone() == (len(rows),)


async def with_asyncpg(host, port, rows):
    connection = await asyncpg.connect(host=host, port=int(port), user="analyst", database="mitra")
    assert [tuple(row) for row in await connection.fetch(ALL)] == rows
    middle = rows[len(rows) // 2]
    found = await connection.fetch(
        f"SELECT {COLUMNS} FROM payment_risk WHERE occurred_at >= $1 AND amount > $2 ORDER BY position LIMIT $3",
        middle[6],
        decimal.Decimal("1.5"),
        3,
    )
    assert [tuple(row) for row in found] == [row for row in rows if row[6] >= middle[6]][:3]
    async with connection.transaction():
        count = 0
        async for _ in connection.cursor(ALL, prefetch=7):
            count += 1
        assert count == len(rows)
    await connection.close()


def with_pandas(address, rows):
    with psycopg.connect(address) as connection, warnings.catch_warnings():
        # It warns of every driver that SQLAlchemy does not wrap.
        warnings.simplefilter("ignore", UserWarning)
        frame = pandas.read_sql("SELECT * FROM payment_risk ORDER BY position", connection)
    assert frame["event_id"].tolist() == [row[0] for row in rows]
    assert frame["position"].tolist() == [row[1] for row in rows]
    assert frame["amount"].sum() == sum(row[4] for row in rows)
    by_outcome = frame.groupby("outcome")["position"].count().to_dict()
    outcomes = [row[2] for row in rows]
    assert by_outcome == {outcome: outcomes.count(outcome) for outcome in set(outcomes)}


def main():
    host, port, path = sys.argv[1:]
    rows = expected(path)
    address = f"host={host} port={port} user=analyst dbname=mitra"
    with_psycopg(address, rows)
    asyncio.run(with_asyncpg(host, port, rows))
    with_pandas(address, rows)
    print("psycopg, asyncpg and pandas agree")


main()
