"""The features that are compared, and the project that computes them in Mitra's SQL."""

from dataclasses import dataclass

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
STREAMS = ("events", "logins")


@dataclass(frozen=True)
class Frame:
    """A window over a key, or over the other stream's rows of it."""

    name: str
    key: tuple
    kind: str
    start: int
    end: int = 0
    exclude: bool = False

    def sql(self):
        def bound(value):
            if self.kind == "ROWS":
                return "CURRENT ROW" if value == 0 else f"{value} PRECEDING"
            return "CURRENT ROW" if value == 0 else f"INTERVAL '{value} microseconds' PRECEDING"

        exclude = " EXCLUDE CURRENT ROW" if self.exclude else ""
        key = ", ".join(f"e.{name}" for name in self.key)
        return (
            f"(PARTITION BY {key} ORDER BY e.at {self.kind} BETWEEN {bound(self.start)} AND {bound(self.end)}{exclude})"
        )

    def rows(self):
        """The table of admitted rows that it reads."""
        return "logins_in" if self.kind == "LOGINS" else "events_in"


@dataclass(frozen=True)
class Feature:
    """An aggregate; `least` is how many values it must take."""

    name: str
    function: str
    frame: str
    argument: str | None = None
    condition: str | None = None
    least: int = 100

    def call(self):
        argument = "m.category" if self.argument == "category" else self.argument
        if self.function == "count(*)":
            return "count(*)"
        return f"count(DISTINCT {argument})" if self.function == "count_distinct" else f"{self.function}({argument})"

    def exact(self):
        """Whether the reference is a rational that is rounded here, and not by DuckDB."""
        spread = self.function in ("avg", "var_samp", "var_pop", "stddev_samp", "stddev_pop")
        return spread or (self.function == "sum" and self.argument in DOUBLES)


CARD, SHOP, BOTH = ("card",), ("shop",), ("shop", "card")
FRAMES = [
    Frame("card_10m", CARD, "RANGE", 10 * MINUTE),
    Frame("card_1h", CARD, "RANGE", HOUR),
    Frame("card_6h", CARD, "RANGE", 6 * HOUR - 1),
    Frame("card_before", CARD, "RANGE", 6 * HOUR, 30 * MINUTE),
    Frame("card_others", CARD, "RANGE", 6 * HOUR, 0, True),
    Frame("card_5", CARD, "ROWS", 4),
    Frame("card_5_others", CARD, "ROWS", 5, 0, True),
    Frame("card_old3", CARD, "ROWS", 5, 3),
    Frame("card_100", CARD, "ROWS", 99),
    Frame("card_lag2", CARD, "ROWS", 2, 2),
    Frame("shop_1h", SHOP, "RANGE", HOUR),
    Frame("shop_card_1d", BOTH, "RANGE", DAY),
    Frame("logins_1h", CARD, "LOGINS", HOUR),
    Frame("logins_before", CARD, "LOGINS", 4 * HOUR, 10 * MINUTE),
]

DOUBLES = {"score"}
# Amounts and quantities as integers, and how many of them are one.
SCALES = {"amount": 100, "qty": 1, "tries": 1}

FEATURES = [
    Feature("n_10m", "count(*)", "card_10m", least=20),
    Feature("n_1h", "count(*)", "card_1h"),
    Feature("n_failed_1h", "count(*)", "card_1h", None, "status = 'failed'", least=40),
    Feature("n_qty_6h", "count", "card_6h", "qty"),
    Feature("shops_6h", "count_distinct", "card_6h", "shop", least=15),
    Feature("statuses_6h", "count_distinct", "card_6h", "status", "amount > 20", least=4),
    Feature("amounts_1h", "count_distinct", "card_1h", "amount"),
    Feature("sum_amount_1h", "sum", "card_1h", "amount"),
    Feature("sum_qty_6h", "sum", "card_6h", "qty", "status = 'ok'"),
    Feature("avg_amount_6h", "avg", "card_6h", "amount"),
    Feature("avg_qty_before", "avg", "card_before", "qty"),
    Feature("min_amount_6h", "min", "card_6h", "amount"),
    Feature("max_amount_before", "max", "card_before", "amount", "status <> 'failed'"),
    Feature("max_at_others", "max", "card_others", "at"),
    Feature("min_status_6h", "min", "card_6h", "status", least=4),
    Feature("n_gifts_6h", "count(*)", "card_6h", None, "category = 'gifts'", least=20),
    Feature("categories_6h", "count_distinct", "card_6h", "category", least=5),
    Feature("sum_score_1h", "sum", "card_1h", "score"),
    Feature("avg_score_6h", "avg", "card_6h", "score"),
    Feature("max_score_others", "max", "card_others", "score"),
    Feature("var_score_6h", "var_samp", "card_6h", "score"),
    Feature("dev_score_before", "stddev_pop", "card_before", "score"),
    Feature("dev_amount_6h", "stddev_samp", "card_6h", "amount"),
    Feature("varp_qty_1h", "var_pop", "card_1h", "qty", "status = 'ok'"),
    Feature("n_others", "count(*)", "card_others"),
    Feature("first_status_1h", "first_value", "card_1h", "status", least=4),
    Feature("first_amount_6h", "first_value", "card_6h", "amount", "status = 'failed'"),
    Feature("last_shop_others", "last_value", "card_others", "shop", least=15),
    Feature("sum_amount_5", "sum", "card_5", "amount"),
    Feature("avg_score_5", "avg", "card_5", "score"),
    Feature("max_amount_5_others", "max", "card_5_others", "amount"),
    Feature("n_old3", "count", "card_old3", "qty", least=4),
    Feature("dev_score_100", "stddev_samp", "card_100", "score"),
    Feature("statuses_100", "count_distinct", "card_100", "status", least=4),
    Feature("min_qty_100", "min", "card_100", "qty", "status = 'failed'"),
    Feature("lag_amount", "lag", "card_lag2", "amount"),
    Feature("lag_status", "lag", "card_lag2", "status", least=4),
    Feature("shop_n_1h", "count(*)", "shop_1h", least=50),
    Feature("shop_cards_1h", "count_distinct", "shop_1h", "card", least=50),
    Feature("shop_max_1h", "max", "shop_1h", "amount"),
    Feature("shop_sum_score_1h", "sum", "shop_1h", "score"),
    Feature("shop_card_n_1d", "count(*)", "shop_card_1d"),
    Feature("shop_card_sum_1d", "sum", "shop_card_1d", "amount"),
    Feature("failed_logins_1h", "count(*)", "logins_1h", None, "NOT ok", least=20),
    Feature("tries_1h", "sum", "logins_1h", "tries"),
    Feature("devices_before", "count_distinct", "logins_before", "device", least=20),
    Feature("avg_tries_before", "avg", "logins_before", "tries", "ok"),
    Feature("max_tries_before", "max", "logins_before", "tries"),
]

# What the event's own row of the reference table says.
LOOKUPS = {"shop_category": ("category", 5), "shop_fee": ("fee", 20)}


def write_project(folder):
    """The same features in Mitra's SQL."""
    (folder / "mitra.toml").write_text('[project]\nname = "windows"\n[data]\ndirectory = "data"\n')
    frames = {frame.name: frame for frame in FRAMES}
    columns = [f"m.{column} AS {name}" for name, (column, _) in LOOKUPS.items()]
    for feature in FEATURES:
        frame = frames[feature.frame]
        condition = feature.condition
        if frame.kind == "LOGINS":
            also = f" AND {condition}" if condition else ""
            end = "e.at" if frame.end == 0 else f"e.at - INTERVAL '{frame.end} microseconds'"
            columns.append(
                f"(SELECT {feature.call()} FROM logins l WHERE l.card = e.card{also}\n"
                f"        AND l.at BETWEEN e.at - INTERVAL '{frame.start} microseconds' AND {end}) AS {feature.name}"
            )
        elif feature.function == "lag":
            columns.append(f"lag({feature.argument}, 2) OVER (PARTITION BY card ORDER BY at) AS {feature.name}")
        else:
            where = f" FILTER (WHERE {condition})" if condition else ""
            columns.append(f"{feature.call()}{where} OVER {frame.name} AS {feature.name}")
    named = [f"{frame.name} AS {frame.sql()}" for frame in FRAMES if frame.kind != "LOGINS"]
    listed, named = ",\n    ".join(columns), ",\n    ".join(named)
    options = (
        "event_time = 'at', arrival_time = 'arrived', allowed_lateness = '1 hour', future_max = '5 minutes',\n"
        "    key_horizon = '8 hours'"
    )
    (folder / "windows.sql").write_text(
        "CREATE STREAM events (id TEXT PRIMARY KEY, at TIMESTAMPTZ, arrived TIMESTAMPTZ, card TEXT, shop BIGINT,\n"
        f"    amount DECIMAL(18,2), score DOUBLE, qty BIGINT, status TEXT)\nWITH ({options});\n\n"
        "CREATE STREAM logins (id TEXT PRIMARY KEY, at TIMESTAMPTZ, arrived TIMESTAMPTZ, card TEXT, ok BOOLEAN,\n"
        f"    tries BIGINT, device TEXT)\nWITH ({options});\n\n"
        "CREATE TABLE shops (id BIGINT PRIMARY KEY, category TEXT, fee DECIMAL(8,2)) FROM file('shops.csv');\n\n"
        f"CREATE VIEW features AS SELECT e.id,\n    {listed}\n"
        "FROM events e LEFT JOIN shops FOR SYSTEM_TIME AS OF e.at AS m ON m.id = e.shop\n"
        f"WINDOW\n    {named};\n\n"
        "CREATE DECISION seen ON features OUTCOMES (no, yes);\n"
        "CREATE RULE often ON seen WHEN n_1h > 3 THEN yes;\n"
        "CREATE SINK features_out ON seen TO file('out/features.parquet');\n"
    )
