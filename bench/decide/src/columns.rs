//! The hundred columns of a payment as a gateway records them: ten keys, the few that features read, and what is carried.

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// The event's primary key.
    Id,
    /// When it happened.
    Occurred,
    /// When it arrived; events stand in this order.
    Received,
    /// One of `count` entities, by Zipf's law.
    Key(u64),
    /// One of the merchants that the reference table has, by Zipf's law over `count` of them.
    Merchant(u64),
    /// A decimal of two digits, often small.
    Money,
    /// One of these; the first ones are the most frequent.
    Word(&'static [&'static str]),
    /// One of so many codes.
    Code(u64),
    /// A text that no other event has.
    Unique,
    /// An integer below.
    Integer(u64),
    /// Between 0 and 1.
    Share,
    /// True with this probability.
    Flag(f64),
    /// A day of the years before.
    Day,
    /// A time of the month before the event.
    Past,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// How often it is NULL.
    pub nulls: f64,
}

impl Column {
    /// Its type in SQL.
    pub fn sql_type(&self) -> &'static str {
        match self.kind {
            Kind::Id => "TEXT PRIMARY KEY",
            Kind::Occurred | Kind::Received | Kind::Past => "TIMESTAMPTZ",
            Kind::Key(_) | Kind::Merchant(_) | Kind::Word(_) | Kind::Code(_) | Kind::Unique => "TEXT",
            Kind::Money => "DECIMAL(18,2)",
            Kind::Integer(_) => "BIGINT",
            Kind::Share => "DOUBLE",
            Kind::Flag(_) => "BOOLEAN",
            Kind::Day => "DATE",
        }
    }
}

const fn always(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nulls: 0.0 }
}

const fn often(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nulls: 0.05 }
}

const fn seldom(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, nulls: 0.6 }
}

/// Two-letter countries.
pub const COUNTRIES: &[&str] = &["IN", "US", "GB", "AE", "SG", "DE", "FR", "MY", "AU", "JP", "BR", "ZA"];
const CURRENCIES: &[&str] = &["INR", "USD", "EUR", "GBP", "AED", "SGD"];
const ANSWERS: &[&str] = &["Y", "N", "U", "A", "Z"];
const STATES: &[&str] = &["KA", "MH", "DL", "TN", "UP", "GJ", "WB", "TS", "KL", "RJ", "PB", "HR"];

/// All columns, in the order of the files.
pub const COLUMNS: [Column; 100] = [
    always("event_id", Kind::Id),
    always("occurred_at", Kind::Occurred),
    always("received_at", Kind::Received),
    always("card_id", Kind::Key(1_000_000)),
    always("customer_id", Kind::Key(1_000_000)),
    always("email_id", Kind::Key(600_000)),
    always("device_id", Kind::Key(400_000)),
    always("phone_id", Kind::Key(300_000)),
    always("ip_id", Kind::Key(200_000)),
    always("address_id", Kind::Key(100_000)),
    always("merchant_id", Kind::Merchant(50_000)),
    always("terminal_id", Kind::Key(10_000)),
    always("bin", Kind::Key(1_000)),
    always("amount", Kind::Money),
    always("status", Kind::Word(&["captured", "captured", "captured", "failed", "authorized"])),
    always("country", Kind::Word(COUNTRIES)),
    always("currency", Kind::Word(CURRENCIES)),
    always("method", Kind::Word(&["card", "upi", "netbanking", "wallet", "emi", "paylater"])),
    always("payment_id", Kind::Unique),
    always("order_id", Kind::Unique),
    always("gateway", Kind::Word(&["alpha", "beta", "gamma", "delta"])),
    always("acquirer", Kind::Code(40)),
    always("acquirer_reference", Kind::Unique),
    often("authorization_code", Kind::Code(1_000_000)),
    often("network", Kind::Word(&["visa", "mastercard", "rupay", "amex", "diners"])),
    often("card_type", Kind::Word(&["debit", "credit", "prepaid"])),
    often("card_level", Kind::Word(&["classic", "gold", "platinum", "signature", "business"])),
    often("issuer", Kind::Code(900)),
    often("issuer_country", Kind::Word(COUNTRIES)),
    often("last_four", Kind::Code(10_000)),
    often("expiry_month", Kind::Integer(12)),
    often("expiry_year", Kind::Integer(10)),
    often("cvv_result", Kind::Word(ANSWERS)),
    often("avs_street_result", Kind::Word(ANSWERS)),
    often("avs_postcode_result", Kind::Word(ANSWERS)),
    often("three_ds_version", Kind::Word(&["2.2.0", "2.1.0", "1.0.2"])),
    often("three_ds_status", Kind::Word(ANSWERS)),
    often("three_ds_challenged", Kind::Flag(0.3)),
    seldom("three_ds_transaction_id", Kind::Unique),
    often("eci", Kind::Word(&["05", "06", "07", "02"])),
    always("is_recurring", Kind::Flag(0.15)),
    always("is_tokenised", Kind::Flag(0.6)),
    seldom("mandate_id", Kind::Unique),
    often("entry_mode", Kind::Word(&["ecommerce", "app", "link", "qr", "moto"])),
    always("fee", Kind::Money),
    always("tax", Kind::Money),
    seldom("discount", Kind::Money),
    seldom("surcharge", Kind::Money),
    always("amount_base", Kind::Money),
    always("exchange_rate", Kind::Share),
    often("installments", Kind::Integer(24)),
    always("category_code", Kind::Code(300)),
    often("descriptor", Kind::Code(20_000)),
    often("settlement_on", Kind::Day),
    always("user_agent_family", Kind::Word(&["Chrome", "Safari", "App", "Firefox", "Edge", "Opera"])),
    always("user_agent_version", Kind::Code(200)),
    always("os", Kind::Word(&["Android", "iOS", "Windows", "macOS", "Linux"])),
    always("os_version", Kind::Code(60)),
    often("device_model", Kind::Code(2_000)),
    often("screen", Kind::Word(&["1080x2400", "1170x2532", "1920x1080", "1440x900", "720x1600"])),
    often("language", Kind::Word(&["en-IN", "en-US", "hi-IN", "ta-IN", "de-DE", "fr-FR"])),
    often("time_zone", Kind::Word(&["Asia/Kolkata", "America/New_York", "Europe/London", "Asia/Dubai"])),
    always("is_emulator", Kind::Flag(0.01)),
    always("is_rooted", Kind::Flag(0.02)),
    often("battery_level", Kind::Share),
    often("session_id", Kind::Unique),
    often("session_started_at", Kind::Past),
    often("session_pages", Kind::Integer(60)),
    often("typing_speed", Kind::Share),
    always("pasted_number", Kind::Flag(0.2)),
    always("ip_country", Kind::Word(COUNTRIES)),
    often("ip_region", Kind::Word(STATES)),
    often("ip_network", Kind::Code(30_000)),
    always("is_proxy", Kind::Flag(0.03)),
    always("is_hosting", Kind::Flag(0.02)),
    often("ip_distance_km", Kind::Integer(12_000)),
    often("billing_line", Kind::Unique),
    often("billing_city", Kind::Code(4_000)),
    often("billing_state", Kind::Word(STATES)),
    often("billing_postcode", Kind::Code(20_000)),
    often("billing_country", Kind::Word(COUNTRIES)),
    seldom("shipping_line", Kind::Unique),
    seldom("shipping_city", Kind::Code(4_000)),
    seldom("shipping_state", Kind::Word(STATES)),
    seldom("shipping_postcode", Kind::Code(20_000)),
    seldom("shipping_country", Kind::Word(COUNTRIES)),
    seldom("shipping_method", Kind::Word(&["standard", "express", "pickup", "digital"])),
    always("basket_items", Kind::Integer(20)),
    often("basket_category", Kind::Code(500)),
    often("basket_weight", Kind::Share),
    seldom("coupon", Kind::Code(5_000)),
    always("customer_since", Kind::Day),
    always("customer_orders", Kind::Integer(400)),
    often("customer_segment", Kind::Word(&["new", "regular", "loyal", "business"])),
    often("password_changed_at", Kind::Past),
    always("is_guest", Kind::Flag(0.25)),
    seldom("campaign", Kind::Code(800)),
    seldom("referrer", Kind::Word(&["search", "social", "email", "partner", "direct"])),
    often("vendor_score", Kind::Share),
    often("vendor_reference", Kind::Unique),
];
