//! The page: what was measured, and the table.

use crate::Measured;
use crate::plan::{BEGINNINGS, CANVAS, TEMPERATURE};

/// One row, for the progress.
pub fn line(measured: &Measured) -> String {
    let quality = &measured.measurement.quality;
    format!(
        "{} {}: {:.1} passes, {:.3} nats/new pair, {:.3} nats/token, distinct {:.2}, repetition {:.2}",
        measured.setting.name,
        varied(measured),
        measured.measurement.passes_per_text(),
        quality.nats_per_new_pair(),
        quality.nats_per_token(),
        quality.distinct(),
        quality.repetition()
    )
}

fn varied(measured: &Measured) -> String {
    match measured.setting.varied {
        Some((knob, value)) => format!("{knob} {value}"),
        None => "as it is".to_owned(),
    }
}

/// `docs/samplers.md`.
pub fn page(results: &[Measured]) -> String {
    let mut page = format!(
        "# Steps against quality\n\n\
         Written by `cargo run --release --example quality`; do not edit. The bundled model, {} beginnings \
         with a seed each, {CANVAS} tokens, temperature {TEMPERATURE} (1 for the samplers whose papers say \
         so). The judge is the next-token half of the same model, so these figures compare samplers with \
         each other and not with other models.\n\n\
         *nats/new pair* is the combined reading, lower is better: what the judge pays for the whole text, \
         for each different pair of neighbouring tokens in it. A text that repeats itself is cheap a token \
         and dear a new pair. *perplexity* is exp of nats/token, to be read beside the *unigram entropy* (nats) \
         of the text; *rep-4* is the share of runs of four tokens that had stood in the text before.\n\n\
         ![nats for each new pair against passes, every sampler](samplers.svg)\n\n\
         | sampler | knob | passes (NFE) | tokens/pass | nats/new pair | nats/token | perplexity | unigram entropy | \
         distinct-2 | rep-4 |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
        BEGINNINGS.len()
    );
    for measured in results {
        let quality = &measured.measurement.quality;
        let name = match measured.setting.is_preset() {
            true => format!("preset **{}**", measured.setting.name),
            false => measured.setting.name.to_owned(),
        };
        page.push_str(&format!(
            "| {name} | {} | {:.1} | {:.1} | {:.3} | {:.3} | {:.1} | {:.2} | {:.2} | {:.2} |\n",
            varied(measured),
            measured.measurement.passes_per_text(),
            quality.tokens as f64
                / BEGINNINGS.len() as f64
                / measured.measurement.passes_per_text().max(1.0),
            quality.nats_per_new_pair(),
            quality.nats_per_token(),
            quality.perplexity(),
            quality.unigram_entropy(),
            quality.distinct(),
            quality.repetition()
        ));
    }
    page
}
