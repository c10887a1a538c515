//! What an objective does to the base score and to the margin.

use crate::{Error, single};

/// The objectives that are scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Objective {
    /// `binary:logistic`: a probability.
    BinaryLogistic,
    /// `binary:logitraw`: the margin itself.
    BinaryLogitRaw,
    /// `reg:squarederror`.
    SquaredError,
    /// `reg:logistic`: a probability.
    Logistic,
    /// `reg:absoluteerror`.
    AbsoluteError,
    /// `reg:pseudohubererror`.
    PseudoHuberError,
    /// `count:poisson`: a mean, the exponential of the margin.
    Poisson,
    /// `reg:gamma`: a mean, the exponential of the margin.
    Gamma,
    /// `reg:tweedie`: a mean, the exponential of the margin.
    Tweedie,
}

/// How margins become predictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Identity,
    Logistic,
    Exponential,
}

impl Objective {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::BinaryLogistic,
        Self::BinaryLogitRaw,
        Self::SquaredError,
        Self::Logistic,
        Self::AbsoluteError,
        Self::PseudoHuberError,
        Self::Poisson,
        Self::Gamma,
        Self::Tweedie,
    ];

    /// XGBoost's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BinaryLogistic => "binary:logistic",
            Self::BinaryLogitRaw => "binary:logitraw",
            Self::SquaredError => "reg:squarederror",
            Self::Logistic => "reg:logistic",
            Self::AbsoluteError => "reg:absoluteerror",
            Self::PseudoHuberError => "reg:pseudohubererror",
            Self::Poisson => "count:poisson",
            Self::Gamma => "reg:gamma",
            Self::Tweedie => "reg:tweedie",
        }
    }

    /// The objective of a model that names it so.
    pub(crate) fn from_name(name: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|objective| objective.name() == name).ok_or_else(|| Error::Unsupported {
            what: format!("objective {name}"),
            remedy: if name.starts_with("multi:") {
                "train one binary:logistic model for each class"
            } else {
                "train with binary:logistic, binary:logitraw, reg:squarederror, reg:logistic, reg:absoluteerror, \
                 reg:pseudohubererror, count:poisson, reg:gamma or reg:tweedie"
            },
        })
    }

    const fn link(self) -> Link {
        match self {
            Self::BinaryLogistic | Self::Logistic => Link::Logistic,
            Self::Poisson | Self::Gamma | Self::Tweedie => Link::Exponential,
            Self::BinaryLogitRaw | Self::SquaredError | Self::AbsoluteError | Self::PseudoHuberError => {
                Link::Identity
            }
        }
    }

    /// The margin of a base score, or why there is none. XGBoost 3.2 and later keep a logistic one a
    /// millionth away from 0 and 1; before, those two are refused.
    pub(crate) fn base_margin(self, base_score: f32, bounded: bool) -> Result<f32, &'static str> {
        match self.link() {
            Link::Identity if base_score.is_finite() => Ok(base_score),
            Link::Identity => Err("is not finite"),
            Link::Exponential if base_score > 0.0 && base_score.is_finite() => Ok(single::log(base_score)),
            Link::Exponential => Err("is not positive and finite"),
            Link::Logistic if bounded && (0.0..=1.0).contains(&base_score) => {
                Ok(logit(base_score.clamp(1e-6, 1.0 - 1e-6)))
            }
            Link::Logistic if base_score > 0.0 && base_score < 1.0 => Ok(logit(base_score)),
            Link::Logistic => Err("is not between 0 and 1"),
        }
    }

    /// Turns margins into predictions in place.
    pub(crate) fn transform(self, values: &mut [f32]) {
        match self.link() {
            Link::Identity => {}
            Link::Logistic => values.iter_mut().for_each(|value| *value = sigmoid(*value)),
            Link::Exponential => values.iter_mut().for_each(|value| *value = single::exp(*value)),
        }
    }
}

fn logit(probability: f32) -> f32 {
    -single::log(1.0 / probability - 1.0)
}

/// XGBoost's own formula, which bounds the exponent where `exp` would overflow.
fn sigmoid(margin: f32) -> f32 {
    let exponent = -margin;
    let exponent = if exponent > 88.7 { 88.7 } else { exponent };
    1.0 / (single::exp(exponent) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_refused_with_a_remedy() {
        for objective in Objective::ALL {
            assert_eq!(Objective::from_name(objective.name()), Ok(objective));
        }
        let text = Objective::from_name("multi:softprob").unwrap_err().to_string();
        assert_eq!(
            text,
            "objective multi:softprob is not supported; train one binary:logistic model for each class"
        );
        let text = Objective::from_name("rank:ndcg").unwrap_err().to_string();
        assert!(
            text.starts_with("objective rank:ndcg is not supported; train with binary:logistic"),
            "{text}"
        );
    }

    #[test]
    fn base_scores_have_the_domain_of_their_objective() {
        assert_eq!(Objective::BinaryLogistic.base_margin(0.5, true), Ok(0.0));
        assert_eq!(Objective::BinaryLogistic.base_margin(0.0, true), Ok(-13.815_51));
        assert_eq!(Objective::BinaryLogistic.base_margin(0.0, false), Err("is not between 0 and 1"));
        assert_eq!(Objective::BinaryLogistic.base_margin(f32::NAN, true), Err("is not between 0 and 1"));
        assert_eq!(Objective::Gamma.base_margin(1.0, true), Ok(0.0));
        assert_eq!(Objective::Gamma.base_margin(0.0, true), Err("is not positive and finite"));
        assert_eq!(Objective::BinaryLogitRaw.base_margin(-3.5, false), Ok(-3.5));
        assert_eq!(Objective::SquaredError.base_margin(f32::INFINITY, false), Err("is not finite"));
    }

    #[test]
    fn the_sigmoid_stays_finite_at_both_ends() {
        let mut values = [-1e30, -88.7, 0.0, 200.0];
        Objective::Logistic.transform(&mut values);
        assert_eq!(values[0], values[1]);
        assert!(values[0] > 0.0 && values[0] < 1e-38);
        assert_eq!(values[2..], [0.5, 1.0]);
    }
}
