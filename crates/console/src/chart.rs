//! Charts over the last quarter of an hour, drawn as SVG that stretches to its place.

use std::fmt::Write as _;

use maud::{Markup, html};

/// Height of the drawing in its own units; a point is one unit wide.
const HEIGHT: f64 = 40.0;
/// Free space above the highest point, so that its line is not cut.
const MARGIN: f64 = 2.0;

/// Points in a hundred that are no burst.
const USUAL_PERCENT: usize = 90;
/// A burst is above those by more than this factor.
const TOWERING: f64 = 5.0;
/// How far above them the drawing reaches then.
const HEADROOM: f64 = 1.5;

/// The largest value; `None` when there is none above zero.
pub fn peak(series: &[Option<f64>]) -> Option<f64> {
    let peak = series.iter().flatten().copied().fold(0.0, f64::max);
    (peak > 0.0).then_some(peak)
}

/// The value at the top of a series' drawing: the largest one, unless few points tower over all others, as history does that was
/// imported. They go over the edge then, since the others would be a flat line.
pub fn top(series: &[Option<f64>]) -> f64 {
    let Some(peak) = peak(series) else { return 1.0 };
    let mut values: Vec<f64> = series.iter().flatten().copied().collect();
    values.sort_unstable_by(f64::total_cmp);
    let usual = values[(values.len() - 1) * USUAL_PERCENT / 100];
    if usual > 0.0 && peak > TOWERING * usual { HEADROOM * usual } else { peak }
}

/// The series as a filled line from zero to `top`. Where there is no value, nothing is drawn. `label` says in words what is
/// shown, to those who cannot see it.
pub fn area(series: &[Option<f64>], top: f64, label: &str) -> Markup {
    let (line, fill) = paths(series, top);
    html! {
        svg.chart viewBox=(format!("0 0 {} {HEIGHT}", series.len())) preserveAspectRatio="none" role="img" aria-label=(label) {
            path.fill d=(fill) {}
            path.line d=(line) {}
        }
    }
}

/// The line, and the closed shape below it.
fn paths(series: &[Option<f64>], top: f64) -> (String, String) {
    let (mut line, mut fill) = (String::new(), String::new());
    let mut run: Option<usize> = None;
    for (index, value) in series.iter().enumerate() {
        let Some(value) = value else {
            close(&mut fill, run.take(), index);
            continue;
        };
        let part = if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 };
        let height = HEIGHT - part * (HEIGHT - MARGIN);
        if run.is_none() {
            run = Some(index);
            write!(line, "M{index} {height:.1}").expect("a string takes all");
            write!(fill, "M{index} {HEIGHT}V{height:.1}").expect("a string takes all");
        } else {
            write!(line, "V{height:.1}").expect("a string takes all");
            write!(fill, "V{height:.1}").expect("a string takes all");
        }
        write!(line, "H{}", index + 1).expect("a string takes all");
        write!(fill, "H{}", index + 1).expect("a string takes all");
    }
    close(&mut fill, run, series.len());
    (line, fill)
}

fn close(fill: &mut String, run: Option<usize>, end: usize) {
    if run.is_some() {
        write!(fill, "H{end}V{HEIGHT}Z").expect("a string takes all");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_not_drawn_and_the_peak_reaches_the_top() {
        let (line, fill) = paths(&[None, Some(0.0), Some(5.0), None, Some(10.0)], 10.0);
        assert_eq!(line, "M1 40.0H2V21.0H3M4 2.0H5");
        assert_eq!(fill, "M1 40V40.0H2V21.0H3H3V40ZM4 40V2.0H5H5V40Z");
        assert_eq!(peak(&[None, Some(3.0), Some(1.0)]), Some(3.0));
        assert_eq!(peak(&[None, Some(0.0)]), None);
    }

    #[test]
    fn a_burst_does_not_flatten_what_is_usual() {
        let mut series = vec![Some(100.0); 100];
        series[99] = Some(120.0);
        assert_eq!(top(&series), 120.0);
        series[..8].fill(Some(15_000.0));
        assert_eq!(top(&series), 150.0);
        series[..20].fill(Some(15_000.0));
        assert_eq!(top(&series), 15_000.0, "a fifth of the time is no burst");
        let seldom = [vec![Some(0.0); 99], vec![Some(1.0)]].concat();
        assert_eq!(top(&seldom), 1.0, "what is seldom is all there is to see");
        assert_eq!(top(&[None]), 1.0);
    }
}
