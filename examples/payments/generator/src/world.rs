//! Merchants, customers and their belongings, each derived from its number by hashing.

use std::fmt::Write as _;

use crate::{
    event::Micros,
    generator::Config,
    ndjson::push_date,
    random::{Random, spread},
};

/// Microseconds in a second.
pub const SECOND: Micros = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: Micros = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: Micros = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: Micros = 24 * HOUR;

/// Where merchants and customers are.
#[derive(Debug, PartialEq)]
pub struct Country {
    /// ISO code.
    pub code: &'static str,
    /// ISO code.
    pub currency: &'static str,
    /// What most people's devices speak.
    pub language: &'static str,
    /// What most people's devices show the time of.
    pub zone: &'static str,
    /// First byte of its addresses.
    network: u32,
}

const fn country(
    code: &'static str,
    currency: &'static str,
    language: &'static str,
    zone: &'static str,
    network: u32,
) -> Country {
    Country { code, currency, language, zone, network }
}

/// The currencies are worth about the same, so that amounts compare without rates.
pub const COUNTRIES: &[Country] = &[
    country("US", "USD", "en-US", "America/New_York", 23),
    country("DE", "EUR", "de-DE", "Europe/Berlin", 46),
    country("FR", "EUR", "fr-FR", "Europe/Paris", 90),
    country("GB", "GBP", "en-GB", "Europe/London", 51),
    country("SG", "SGD", "en-SG", "Asia/Singapore", 101),
];

/// What a merchant sells.
#[derive(Debug, PartialEq)]
pub struct Category {
    /// As in merchants.csv.
    pub name: &'static str,
    /// The card networks' number for it.
    pub code: &'static str,
    /// Hundredths: half of the amounts are below.
    median_cents: f64,
    /// Deviation of the logarithm.
    spread: f64,
    /// Merchants of a hundred.
    share: u64,
    /// Payments of a hundred that an ordinary customer wants back.
    pub returns: f64,
    /// Sold at a counter too.
    pub counter: bool,
    /// Goods are sent.
    pub ships: bool,
    /// What a thief can sell on.
    pub resells: bool,
}

const fn category(
    name: &'static str,
    code: &'static str,
    median_cents: f64,
    spread: f64,
    share: u64,
) -> Category {
    let (counter, ships, resells) = (false, false, false);
    Category { name, code, median_cents, spread, share, returns: 0.5, counter, ships, resells }
}

/// Shares add to 100.
pub const CATEGORIES: &[Category] = &[
    Category { counter: true, ..category("grocery", "5411", 2_500.0, 0.6, 20) },
    Category { counter: true, ..category("restaurant", "5812", 1_800.0, 0.7, 18) },
    Category { counter: true, ..category("fuel", "5541", 4_000.0, 0.4, 8) },
    Category { counter: true, ..category("pharmacy", "5912", 1_500.0, 0.6, 7) },
    category("digital", "5815", 1_000.0, 0.5, 12),
    Category { ships: true, returns: 8.0, ..category("fashion", "5651", 6_000.0, 0.7, 12) },
    Category { ships: true, returns: 4.0, ..category("home", "5712", 8_000.0, 0.8, 9) },
    Category {
        ships: true,
        resells: true,
        returns: 4.0,
        ..category("electronics", "5732", 18_000.0, 0.9, 7)
    },
    Category { resells: true, returns: 2.0, ..category("travel", "4722", 35_000.0, 0.8, 4) },
    Category { resells: true, ..category("gift_cards", "5947", 5_000.0, 0.5, 3) },
];

/// A gateway of old: it reports whole seconds, so its events tie.
pub const WHOLE_SECONDS: &str = "ledger";
const GATEWAYS: &[&str] = &["aurora", "birch", "cobalt", "delta", WHOLE_SECONDS];

/// A shop.
#[derive(Debug)]
pub struct Merchant {
    /// What it sells.
    pub category: &'static Category,
    /// Where it is.
    pub country: &'static Country,
    /// Who connects it.
    pub gateway: &'static str,
    /// Whether it sends the few columns that it must, and no more.
    pub thin: bool,
    /// Days that it had been with the gateway at the end of 2025.
    days: i64,
}

/// A shop that came in the last so many days is new.
const NEW_DAYS: i64 = 200;

/// A person's account and what belongs to it.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// Number.
    pub number: u64,
    /// When the account was opened.
    pub since: Micros,
    hash: u64,
    household: u64,
}

/// A card.
#[derive(Clone, Copy, Debug)]
pub struct Card {
    /// Number.
    pub number: u64,
    /// Where its bank is.
    pub issuer: &'static Country,
    /// When the account first used it.
    pub since: Micros,
}

/// Everything that is derived from numbers.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    start: Micros,
    /// How many customers.
    pub customers: u64,
    /// How many merchants.
    pub merchants: u64,
    resellable: Vec<u64>,
    cheap: Vec<u64>,
    shipping: Vec<u64>,
    crooked: Vec<u64>,
}

/// Accounts that open on the way have numbers from here on.
const NEWCOMERS: u64 = 1 << 40;

impl World {
    /// The world of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut world = Self {
            seed: spread(config.seed),
            start: config.start,
            customers: config.customers.max(1),
            merchants: config.merchants.max(1),
            resellable: Vec::new(),
            cheap: Vec::new(),
            shipping: Vec::new(),
            crooked: Vec::new(),
        };
        let such = |wanted: &dyn Fn(u64, Merchant) -> bool| -> Vec<u64> {
            (0..world.merchants).filter(|number| wanted(*number, world.merchant(*number))).collect()
        };
        let resellable = such(&|_, merchant| merchant.category.resells);
        let cheap = such(&|_, merchant| merchant.category.name == "digital");
        let shipping = such(&|_, merchant| merchant.category.ships);
        // Half of the new and small ones, so that new is not the same as crooked.
        let small = world.merchants / 3;
        let crooked = such(&|number, merchant| {
            number >= small && merchant.days < NEW_DAYS && hash(0, 5, number).is_multiple_of(2)
        });
        (world.resellable, world.cheap, world.shipping, world.crooked) =
            (resellable, cheap, shipping, crooked);
        world
    }

    fn hash(&self, kind: u64, number: u64) -> u64 {
        hash(self.seed, kind, number)
    }

    /// The merchant with this number, the same for every seed, so that one reference table fits all streams.
    pub fn merchant(&self, number: u64) -> Merchant {
        let hash = hash(0, 1, number);
        let mut ticket = hash % 100;
        let category = CATEGORIES.iter().find(|category| {
            let found = ticket < category.share;
            ticket = ticket.wrapping_sub(category.share);
            found
        });
        Merchant {
            category: category.expect("the shares add to a hundred"),
            country: of(COUNTRIES, hash >> 8),
            gateway: of::<&str>(GATEWAYS, hash >> 16),
            thin: (hash >> 24).is_multiple_of(33),
            days: (self::hash(0, 4, number) % 3_000) as i64,
        }
    }

    /// The customer with this number.
    pub fn customer(&self, number: u64) -> Customer {
        let hash = self.hash(2, number);
        let since = self.start - (hash >> 14) as Micros % (2_200 * DAY) - HOUR;
        // In a third of the homes two customers live together.
        let pair = self.hash(6, number / 2);
        Customer { number, since, hash, household: if pair.is_multiple_of(3) { pair } else { hash } }
    }

    /// Somebody who has just opened an account.
    pub fn newcomer(&self, at: Micros, random: &mut Random) -> Customer {
        let number = NEWCOMERS + (random.bits() >> 24);
        let since = at - random.between(20 * SECOND, 30 * MINUTE);
        let hash = self.hash(2, number);
        Customer { number, since, hash, household: hash }
    }

    /// A customer of those who do again and again what one in `in_all` does.
    pub fn one_of_few(&self, in_all: u64, random: &mut Random) -> Customer {
        let few = (self.customers / in_all).max(1);
        self.customer(random.below(few) * (self.customers / few))
    }

    /// Any customer; some pay more often than others.
    pub fn any_customer(&self, random: &mut Random) -> Customer {
        let skewed = libm::pow(random.unit(), 1.3);
        self.customer(((self.customers as f64 * skewed) as u64).min(self.customers - 1))
    }

    /// Any merchant; few have most of the trade.
    pub fn any_merchant(&self, random: &mut Random) -> u64 {
        let unit = random.unit();
        ((self.merchants as f64 * unit * unit * unit) as u64).min(self.merchants - 1)
    }

    /// Any country, as far away as it may be.
    pub fn any_country(&self, random: &mut Random) -> &'static Country {
        of(COUNTRIES, random.bits())
    }

    /// A merchant whose goods a thief can sell on.
    pub fn resellable_merchant(&self, random: &mut Random) -> u64 {
        choose_or(&self.resellable, random, self.merchants)
    }

    /// A merchant that sends goods.
    pub fn shipping_merchant(&self, random: &mut Random) -> u64 {
        choose_or(&self.shipping, random, self.merchants)
    }

    /// A merchant that will be found to be a fraud itself.
    pub fn crooked_merchant(&self, random: &mut Random) -> u64 {
        choose_or(&self.crooked, random, self.merchants)
    }

    /// A merchant with small amounts and no questions.
    pub fn cheap_merchant(&self, random: &mut Random) -> u64 {
        choose_or(&self.cheap, random, self.merchants)
    }

    /// One of the shops where `customer` buys again and again, near home.
    pub fn favourite(&self, customer: Customer, random: &mut Random) -> u64 {
        let which = random.below(5).min(random.below(5));
        let mut favourite = 0;
        for attempt in 0..8 {
            let unit =
                (self.hash(3, customer.hash ^ (which * 8 + attempt)) >> 11) as f64 / (1_u64 << 53) as f64;
            favourite = ((self.merchants as f64 * unit * unit) as u64).min(self.merchants - 1);
            if self.merchant(favourite).country.code == customer.country().code {
                break;
            }
        }
        favourite
    }

    /// An amount that `customer` would spend in one go on `category`.
    pub fn cents(category: &Category, level: f64, random: &mut Random) -> i64 {
        let cents = category.median_cents * libm::exp(category.spread * random.normal()) * level;
        let cents = (cents as i64).clamp(50, 5_000_000);
        // Cards to give away are sold in tens.
        if category.name == "gift_cards" { (cents / 1_000 + 1) * 1_000 } else { cents }
    }
}

fn hash(seed: u64, kind: u64, number: u64) -> u64 {
    spread(spread(seed ^ kind.wrapping_mul(0xd6e8_feb8_6659_fd93)) ^ number)
}

/// The choice that `hash` decides.
fn of<T>(choices: &'static [T], hash: u64) -> &'static T {
    &choices[(hash % choices.len() as u64) as usize]
}

fn choose_or(choices: &[u64], random: &mut Random, count: u64) -> u64 {
    if choices.is_empty() { random.below(count) } else { random.choose(choices) }
}

impl Customer {
    /// Where the customer lives.
    pub fn country(&self) -> &'static Country {
        of(COUNTRIES, self.hash)
    }

    /// How much of the usual amount the customer spends: 0.4 to 2.5.
    pub fn level(&self) -> f64 {
        libm::exp(((self.hash >> 8) % 1_000) as f64 / 1_000.0 * 1.8 - 0.9)
    }

    /// One card, and for a third of the customers a second one; each is replaced every two years. One bank in forty is
    /// abroad.
    pub fn card(&self, at: Micros, random: &mut Random) -> Card {
        const LIFE: Micros = 730 * DAY;
        let second = u64::from((self.hash >> 20).is_multiple_of(3) && random.chance(0.3));
        let offset = (spread(self.hash ^ second) >> 20) as Micros % LIFE;
        let generation = (at + offset).div_euclid(LIFE);
        let number = spread(self.hash ^ second ^ ((generation as u64) << 32));
        let issuer = if number.is_multiple_of(40) { of(COUNTRIES, number >> 8) } else { self.country() };
        Card { number, issuer, since: (generation * LIFE - offset).max(self.since + 10 * SECOND) }
    }

    /// Whether the customer sends back half of what can be sent back.
    pub fn returns_much(&self) -> bool {
        (self.hash >> 26).is_multiple_of(25)
    }

    /// Mostly the phone, at times another, now and then a new one.
    pub fn device(&self, at: Micros, random: &mut Random) -> u64 {
        let which = match random.below(100) {
            0 => 2 + (at / (30 * DAY)) as u64,
            1..8 => 1,
            _ => 0,
        };
        spread(self.hash.rotate_left(17) ^ which)
    }

    /// The address at home, or one that a mobile carrier shares among many, and where it is: one customer in fifty is
    /// abroad for a week.
    pub fn address(&self, at: Micros, random: &mut Random) -> (u32, &'static Country) {
        let week = spread(self.hash ^ (at / (7 * DAY)) as u64);
        let country = if week.is_multiple_of(50) { of(COUNTRIES, week >> 8) } else { self.country() };
        let shared = (self.hash >> 30).is_multiple_of(4) && random.chance(0.5);
        let host = if shared { spread((at / HOUR) as u64 ^ (self.hash % 64)) % 64 } else { self.hash >> 40 };
        (address_in(country, host), country)
    }

    /// Where goods go.
    pub fn place(&self) -> u64 {
        spread(self.household ^ 0x5eed)
    }
}

/// The address number `host` of `country`.
pub fn address_in(country: &Country, host: u64) -> u32 {
    (country.network << 24) | (spread(host) as u32 & 0x00ff_ffff)
}

/// 2025-12-31, in days since 1970-01-01.
const LAST_ONBOARDED: i64 = 20_453;

/// The reference table of `config.merchants` merchants, the same for every seed:
/// `id,name,category,country,onboarded_on,risk`, with a header line.
pub fn merchants_csv(config: &Config) -> String {
    const FIRST: &[&str] = &["Amber", "Bright", "Corner", "Daily", "Evergreen", "Fair", "Golden", "Harbour"];
    let world = World::new(config);
    let mut csv = "id,name,category,country,onboarded_on,risk\n".to_owned();
    let mut date = Vec::new();
    for number in 0..world.merchants {
        let merchant = world.merchant(number);
        let hash = hash(0, 4, number);
        date.clear();
        push_date(&mut date, LAST_ONBOARDED - merchant.days);
        let onboarded_on = str::from_utf8(&date).expect("digits and dashes");
        let Category { name, resells, .. } = merchant.category;
        let (first, country) = (of(FIRST, hash >> 16), merchant.country.code);
        let points = u8::from(*resells)
            + u8::from(merchant.days < NEW_DAYS)
            + u8::from((hash >> 24).is_multiple_of(20));
        let risk = ["low", "medium", "high", "high"][usize::from(points)];
        writeln!(csv, "m_{number},{first} {name} {number},{name},{country},{onboarded_on},{risk}")
            .expect("a string takes all");
    }
    csv
}
