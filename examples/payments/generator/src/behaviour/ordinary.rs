//! What honest people do, and what they do that looks like fraud at first sight.

use super::{Holds, Payer, Plan, Sale, Scene, Story, whole_seconds};
use crate::{
    event::{Micros, Payment, Status},
    world::{Customer, DAY, HOUR, MINUTE, SECOND},
};

impl Scene<'_> {
    pub(super) fn ordinary(&mut self, story: Story, at: Micros, plan: &mut Plan) {
        match story {
            Story::Kiosk => self.kiosk(at, plan),
            Story::Gift => self.gift(at, plan),
            Story::Forgetful => self.forgetful(at, plan),
            Story::NewPhone => self.new_phone(at, plan),
            Story::Splurge => self.splurge(at, plan),
            Story::FlashSale => self.flash_sale(at, plan),
            Story::Sizes => self.sizes(at, plan),
            Story::Club => self.club(at, plan),
            Story::SharedTablet => self.shared_tablet(at, plan),
            Story::Traveller => self.traveller(at, plan),
            Story::Visit | Story::Fraud(_) => self.visit(at, plan),
        }
    }

    /// A customer buys something, mostly where they always do. One attempt in twenty fails, and most of those are
    /// tried again; now and then a bill is split in two at the same instant. One in thirty has just opened an account,
    /// with a welcome coupon or without.
    fn visit(&mut self, at: Micros, plan: &mut Plan) {
        let new = self.random.chance(0.03);
        let customer =
            if new { self.world.newcomer(at, self.random) } else { self.world.any_customer(self.random) };
        let mut payer = self.customer(customer, at);
        let merchant = if self.random.chance(0.85) {
            self.world.favourite(customer, self.random)
        } else {
            self.world.any_merchant(self.random)
        };
        let mut at = at;
        if !new && self.world.merchant(merchant).category.counter && self.random.chance(0.6) {
            payer = counter(payer);
        } else if self.random.chance(0.25) {
            at = self.enter(at, &payer, plan);
        }
        let mut sale = self.sale(merchant, customer.level(), 0.05);
        let coupon = self.random.chance(if new { 0.35 } else { 0.05 });
        if coupon {
            sale = sale.with_coupon(self.random.between(1, 6) * 5);
        }
        let first = self.pay(at, &payer, sale, plan);
        if sale.status == Status::Failed && self.random.chance(0.7) {
            let again = at + self.random.between(5 * SECOND, MINUTE);
            let retry = Payment { occurred_at: again, attempt: 2, status: Status::Captured, ..first };
            plan.payments.push(whole_seconds(retry));
        } else if self.random.chance(0.01) {
            self.pay(at, &payer, sale, plan);
        }
    }

    /// A login before a payment, with a slip in one of fifteen; gives the time of the payment.
    fn enter(&mut self, at: Micros, payer: &Payer, plan: &mut Plan) -> Micros {
        let mut at = at;
        if self.random.chance(0.066) {
            self.log_in(at, payer, "login", false, plan);
            at += self.random.between(5 * SECOND, 30 * SECOND);
        }
        self.log_in(at, payer, "login", true, plan);
        at + self.random.between(10 * SECOND, 2 * MINUTE)
    }

    /// One device of a small shop takes many people's cards for small amounts, and some fail.
    fn kiosk(&mut self, start: Micros, plan: &mut Plan) {
        let merchant = self.world.cheap_merchant(self.random);
        let (device, mut at) = (self.random.bits(), start);
        let owner = self.world.any_customer(self.random);
        let host = self.customer(owner, at);
        for _ in 0..self.random.between(8, 24) {
            let customer = self.world.any_customer(self.random);
            let payer = Payer {
                device: Some(device),
                ip: host.ip,
                country: host.country,
                ..self.customer(customer, at)
            };
            let cents = self.random.between(100, 1_500);
            let status = self.status(0.12);
            self.pay(at, &payer, Sale::of(merchant, cents, status), plan);
            at = self.later(at, 2 * MINUTE);
        }
    }

    /// Something dear for somebody else, from whatever device is at hand; one giver in three is new to the shop.
    fn gift(&mut self, at: Micros, plan: &mut Plan) {
        let new = self.random.chance(0.33);
        let customer =
            if new { self.world.newcomer(at, self.random) } else { self.world.any_customer(self.random) };
        let mut payer = self.customer(customer, at);
        if self.random.chance(0.5) {
            payer = self.elsewhere(payer, payer.country);
        }
        payer.place = self.world.any_customer(self.random).place();
        let merchant = self.world.resellable_merchant(self.random);
        let level = customer.level() * (1.0 + self.random.unit());
        let sale = self.sale(merchant, level, 0.08);
        self.pay(at, &payer, sale, plan);
    }

    /// Wrong passwords, a new password, then what was wanted all along, on the own device.
    fn forgetful(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let payer = self.customer(customer, start);
        let mut at = start;
        for _ in 0..self.random.between(3, 7) {
            self.log_in(at, &payer, "login", false, plan);
            at += self.random.between(4 * SECOND, MINUTE);
        }
        if self.random.chance(0.6) {
            self.log_in(at, &payer, "password_reset", true, plan);
            at += self.random.between(20 * SECOND, 3 * MINUTE);
        }
        self.log_in(at, &payer, "login", true, plan);
        at += self.random.between(20 * SECOND, 5 * MINUTE);
        let merchant = if self.random.chance(0.3) {
            self.world.resellable_merchant(self.random)
        } else {
            self.world.favourite(customer, self.random)
        };
        let sale = self.sale(merchant, customer.level(), 0.05);
        self.pay(at, &payer, sale, plan);
    }

    /// A new phone, a password that it does not know, a new flat, and things for it.
    fn new_phone(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let usual = self.customer(customer, start);
        let device = Some(self.random.bits());
        let mut payer = Payer { device, ..usual };
        let mut at = start;
        for _ in 0..self.random.between(0, 3) {
            self.log_in(at, &payer, "login", false, plan);
            at += self.random.between(5 * SECOND, MINUTE);
        }
        self.log_in(at, &payer, "login", true, plan);
        at += self.random.between(30 * SECOND, 10 * MINUTE);
        if self.random.chance(0.5) {
            self.log_in(at, &payer, "address_change", true, plan);
            let place = self.random.bits();
            (payer.place, payer.home.0) = (place, place);
        }
        for _ in 0..self.random.between(1, 3) {
            at = self.later(at, HOUR);
            let merchant = self.world.shipping_merchant(self.random);
            let sale = self.sale(merchant, 1.3 * customer.level(), 0.06);
            self.pay(at, &payer, sale, plan);
        }
    }

    /// A week in which a customer spends far more than ever.
    fn splurge(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let mut at = start;
        for _ in 0..self.random.between(6, 14) {
            let payer = self.customer(customer, at);
            let merchant = self.world.shipping_merchant(self.random);
            let sale = self.sale(merchant, 2.5 * customer.level(), 0.05);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 8 * HOUR);
        }
    }

    /// One merchant, an hour or two, many customers, each with a discount.
    fn flash_sale(&mut self, start: Micros, plan: &mut Plan) {
        let merchant = self.world.shipping_merchant(self.random);
        let (percent, mut at) = (self.random.between(2, 6) * 5, start);
        for _ in 0..self.random.between(40, 90) {
            let customer = self.world.any_customer(self.random);
            let payer = self.customer(customer, at);
            let sale = self.sale(merchant, 1.3 * customer.level(), 0.06).with_coupon(percent);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 2 * MINUTE);
        }
    }

    /// Somebody who sends half of it back orders again.
    fn sizes(&mut self, start: Micros, plan: &mut Plan) {
        let mut customer = self.world.any_customer(self.random);
        for _ in 0..100 {
            if customer.returns_much() {
                break;
            }
            customer = self.world.any_customer(self.random);
        }
        let mut at = start;
        for _ in 0..self.random.between(2, 4) {
            let payer = self.customer(customer, at);
            let merchant = self.world.shipping_merchant(self.random);
            let sale = self.sale(merchant, 1.2 * customer.level(), 0.05);
            self.pay(at, &payer, sale, plan);
            at = self.later(at, DAY);
        }
    }

    /// Members pay the same round fee, one after the other, on the treasurer's tablet.
    fn club(&mut self, start: Micros, plan: &mut Plan) {
        let treasurer = self.world.any_customer(self.random);
        let host = self.customer(treasurer, start);
        let merchant = self.world.favourite(treasurer, self.random);
        let cents = self.random.between(4, 60) * 500;
        let (device, mut at) = (self.random.bits(), start);
        for member in 0..self.random.between(10, 25) as u64 {
            let customer = self.member(treasurer, member);
            let payer = Payer {
                device: Some(device),
                ip: host.ip,
                country: host.country,
                ..self.customer(customer, at)
            };
            let status = self.status(0.04);
            self.pay(at, &payer, Sale::of(merchant, cents, status), plan);
            at = self.later(at, 4 * MINUTE);
        }
    }

    /// The customer so many numbers after `first`.
    pub(super) fn member(&self, first: Customer, which: u64) -> Customer {
        self.world.customer((first.number + 7 * which) % self.world.customers)
    }

    /// Readers of a library and children of a family buy on one device; some open an account for a coupon.
    fn shared_tablet(&mut self, start: Micros, plan: &mut Plan) {
        let owner = self.world.any_customer(self.random);
        let host = self.customer(owner, start);
        let (device, mut at) = (self.random.bits(), start);
        for _ in 0..self.random.between(4, 10) {
            let new = self.random.chance(0.6);
            let customer =
                if new { self.world.newcomer(at, self.random) } else { self.world.any_customer(self.random) };
            let payer = Payer {
                device: Some(device),
                ip: host.ip,
                country: host.country,
                ..self.customer(customer, at)
            };
            let merchant = self.world.any_merchant(self.random);
            let mut sale = self.sale(merchant, customer.level(), 0.05);
            if new && self.random.chance(0.5) {
                sale = sale.with_coupon(20);
            }
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 40 * MINUTE);
        }
    }

    /// At counters abroad with the card, while the family uses its number at home.
    fn traveller(&mut self, start: Micros, plan: &mut Plan) {
        let customer = self.world.any_customer(self.random);
        let abroad = self.world.any_country(self.random);
        let mut at = start;
        for _ in 0..self.random.between(4, 8) {
            let mut payer = self.customer(customer, at);
            let sale = if self.random.chance(0.6) {
                payer = Payer { country: abroad, ..counter(payer) };
                let merchant = self.world.any_merchant(self.random);
                self.sale(merchant, 1.2 * customer.level(), 0.06)
            } else {
                let merchant = self.world.favourite(customer, self.random);
                self.sale(merchant, customer.level(), 0.05)
            };
            self.pay(at, &payer, sale, plan);
            at = self.later(at, 3 * HOUR);
        }
    }
}

/// The same person at a counter, which has neither device nor address of theirs.
pub(super) fn counter(payer: Payer) -> Payer {
    Payer { device: None, ip: None, country: payer.home.1, holds: Holds::Counter, ..payer }
}
