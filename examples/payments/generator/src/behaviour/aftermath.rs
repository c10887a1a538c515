//! What comes back of a payment, days and weeks later: money, a dispute, and what an analyst made of it.

use super::{Aftermath, Scene};
use crate::{
    event::{Behaviour, Chargeback, Label, Micros, Payment, Refund, Status},
    world::{DAY, HOUR},
};

/// How a kind of payment comes back.
struct Habit {
    /// Probability of a dispute and what the cardholder says.
    dispute: (f64, &'static str),
    /// Probability that an analyst finds it without a dispute.
    audit: f64,
    /// Probability of a refund of all of it, because nothing came.
    refund: f64,
}

impl Scene<'_> {
    /// What follows from `payment`. The last of it comes 35 days later at most, besides what is late on the way.
    pub fn aftermath(&mut self, payment: &Payment) -> Aftermath {
        if payment.status == Status::Failed {
            return Aftermath::default();
        }
        if payment.behaviour == Behaviour::Ordinary {
            return self.ordinary_aftermath(payment);
        }
        let Habit { dispute, audit, refund } = habit(payment.behaviour);
        let mut aftermath = Aftermath::default();
        if self.random.chance(refund) {
            let at = payment.occurred_at + self.random.between(2 * DAY, 10 * DAY);
            aftermath.refund = Some(refund_of(payment, at, payment.cents, "not_received"));
        }
        let (probability, reason) = dispute;
        if self.random.chance(probability) {
            let at = payment.occurred_at + self.random.between(5 * DAY, 30 * DAY);
            aftermath.chargeback = Some(chargeback_of(payment, at, reason));
            let closed = at + self.random.between(DAY, 5 * DAY);
            aftermath.label = Some(label_of(payment, closed, "chargeback"));
        } else if self.random.chance(audit) {
            let closed = payment.occurred_at + self.random.between(10 * DAY, 35 * DAY);
            aftermath.label = Some(label_of(payment, closed, "audit"));
        }
        aftermath
    }

    /// Some goods go back, in part or all; and one payment in a thousand is disputed, for a reason that an analyst
    /// does not call fraud.
    fn ordinary_aftermath(&mut self, payment: &Payment) -> Aftermath {
        let mut aftermath = Aftermath::default();
        let much = payment.category.ships && self.world.customer(payment.customer).returns_much();
        let returned = if much { 0.5 } else { payment.category.returns / 100.0 };
        if self.random.chance(returned) {
            let at = payment.occurred_at + self.random.between(HOUR, 20 * DAY);
            let cents = if self.random.chance(0.6) { payment.cents } else { payment.cents * 2 / 5 };
            let reason = self.random.choose(&["returned", "returned", "returned", "damaged", "not_received"]);
            aftermath.refund = Some(refund_of(payment, at, cents, reason));
        } else if self.random.chance(0.001) {
            let at = payment.occurred_at + self.random.between(5 * DAY, 30 * DAY);
            let reason = self.random.choose(&["service", "not_received", "fraud"]);
            aftermath.chargeback = Some(chargeback_of(payment, at, reason));
            let closed = at + self.random.between(DAY, 5 * DAY);
            aftermath.label = Some(label_of(payment, closed, "chargeback"));
        }
        aftermath
    }
}

fn habit(behaviour: Behaviour) -> Habit {
    let (probability, reason, audit, refund) = match behaviour {
        Behaviour::MerchantBustOut => (0.75, "not_received", 0.6, 0.0),
        Behaviour::RefundAbuse => (0.0, "", 0.85, 0.95),
        Behaviour::FriendlyFraud => (1.0, "fraud", 0.0, 0.0),
        Behaviour::CollusionRing => (0.2, "fraud", 0.85, 0.0),
        Behaviour::DeviceFarm => (0.0, "", 0.85, 0.0),
        _ => (0.9, "fraud", 0.2, 0.0),
    };
    Habit { dispute: (probability, reason), audit, refund }
}

fn refund_of(payment: &Payment, at: Micros, cents: i64, reason: &'static str) -> Refund {
    Refund {
        event: 0,
        occurred_at: at,
        received_at: at,
        payment: payment.payment,
        merchant: payment.merchant,
        card: payment.card,
        customer: payment.customer,
        cents,
        reason,
    }
}

fn chargeback_of(payment: &Payment, at: Micros, reason: &'static str) -> Chargeback {
    Chargeback {
        event: 0,
        occurred_at: at,
        received_at: at,
        payment: payment.payment,
        merchant: payment.merchant,
        card: payment.card,
        customer: payment.customer,
        cents: payment.cents,
        reason,
    }
}

fn label_of(payment: &Payment, at: Micros, source: &'static str) -> Label {
    Label {
        event: 0,
        occurred_at: at,
        received_at: at,
        payment: payment.payment,
        customer: payment.customer,
        kind: payment.behaviour,
        source,
    }
}
