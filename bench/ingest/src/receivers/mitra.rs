//! Mitra, alone or with a decision on every event.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use bench_load::mitra;
use eventlog::{Address, Frame, Frames as _, Reader};
use records::{KIND_INPUT, KIND_OUTPUT, input::InputBatch, output::OutputBatch};
use storage::Disk;

use super::{Receiver, Running, Target};
use crate::{
    events::{Layout, SCHEMA},
    ids::Ids,
    shapes::Shape,
};

/// Features over three windows and two rules: what makes it more than a log.
const DECISION: &str = "CREATE VIEW payment_features AS
SELECT p.event_id, p.occurred_at, p.amount, p.country, p.is_proxy,
    count(*) OVER card_1h AS card_payments_1h,
    sum(p.amount) OVER card_1h AS card_amount_1h,
    count(DISTINCT p.card_id) OVER device_1d AS device_cards_1d,
    avg(p.amount) OVER merchant_1d AS merchant_average_1d
FROM payments p
WINDOW
    card_1h AS (PARTITION BY p.card_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    device_1d AS (PARTITION BY p.device_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW),
    merchant_1d AS (PARTITION BY p.merchant_id ORDER BY p.occurred_at
        RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW);

CREATE DECISION payment_risk ON payment_features OUTCOMES (approve, review, decline);
CREATE RULE velocity ON payment_risk WHEN card_payments_1h > 10 THEN decline REASON 'card velocity';
CREATE RULE outlier ON payment_risk WHEN amount > 50 * merchant_average_1d THEN review REASON 'unusual amount';
";

/// Mitra.
#[derive(Debug)]
pub struct Mitra {
    /// The program.
    pub program: PathBuf,
    /// Whether each event is decided on as well.
    pub decides: bool,
}

impl Receiver for Mitra {
    fn name(&self) -> &'static str {
        if self.decides { "Mitra, deciding" } else { "Mitra" }
    }

    fn promise(&self) -> &'static str {
        if self.decides {
            "the event, its four features and its decision are in the log, which was synced (fdatasync, shared by the \
             requests that wait)"
        } else {
            "the event is typed, no repeat of an earlier one, and in the log, which was synced (fdatasync, shared by the \
             requests that wait)"
        }
    }

    fn target(&self, shape: &Shape) -> Target {
        let (layout, content_type) = match shape.layout {
            Layout::Lines => (Layout::Lines, "application/x-ndjson"),
            layout => (layout, "application/json"),
        };
        let accepted = format!(r#"{{"accepted":{},"duplicates":0,"conflicts":0,"rejected":0"#, shape.events);
        Target { path: "/v1/streams/payments", content_type, layout, answer: accepted }
    }

    fn start(&self, folder: &Path) -> Result<Running> {
        let project = folder.join("project");
        fs::create_dir_all(&project).with_context(|| format!("cannot make {}", project.display()))?;
        fs::write(project.join("mitra.toml"), "[project]\nname = \"bench-ingest\"\n")?;
        fs::write(project.join("schema.sql"), SCHEMA)?;
        if self.decides {
            fs::write(project.join("decision.sql"), DECISION)?;
        }
        let (server, address) = mitra::run(&self.program, &project, &folder.join("data"))?;
        Ok(Running { server, address })
    }

    fn read(&self, folder: &Path, ids: &mut Ids) -> Result<()> {
        let data = folder.join("data");
        let archive = data.join("archive");
        let mut reader = Reader::open(Arc::new(Disk), &data, Some(&archive), Address(0))?;
        let (mut frame, mut input) = (Frame::default(), InputBatch::default());
        let (mut output, mut decided) = (OutputBatch::default(), 0);
        while reader.read(&mut frame)? {
            if frame.header.kind == KIND_OUTPUT {
                output.decode_into(&frame.payload)?;
                let in_time = output.decisions.iter().flat_map(|rows| &rows.late).filter(|late| !**late);
                decided += in_time.count() as u64;
            }
            if frame.header.kind != KIND_INPUT {
                continue;
            }
            input.decode_into(&frame.payload)?;
            for rows in &input.streams {
                let found =
                    rows.columns[0].as_text().context("the first column is the primary key, a text")?;
                (0..found.len()).try_for_each(|row| ids.found(found.get(row)))?;
            }
        }
        if self.decides && decided != ids.count() {
            bail!("{decided} of {} events have a decision of their time in the log", ids.count());
        }
        Ok(())
    }
}
