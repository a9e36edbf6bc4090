//! What is measured: every sampler over a range of its own knob for fast against good.

use remask::knobs::Settings;
use remask::presets::Preset;

/// Tokens of every text.
pub const CANVAS: usize = 96;

/// How the texts begin; the seed is the place in this list.
pub const BEGINNINGS: [&str; 16] = [
    "Once upon a time",
    "One day, a boy named Sam",
    "The little bird was sad because",
    "Mia and her mom went to the",
    "There was a big red truck",
    "In the garden, a frog",
    "Tom found a shiny",
    "It was raining and Anna",
    "The old cat liked to",
    "Ben wanted to bake a cake",
    "On the beach, two friends",
    "A bunny lived in",
    "Lucy lost her favorite",
    "The farmer had a cow",
    "At night, the moon",
    "Dad took the kids to the",
];

/// One setting to be measured.
#[derive(Clone)]
pub struct Setting {
    /// The sampler, or the preset.
    pub name: &'static str,
    /// The knob that is varied, and what it holds; nothing for a preset as it is.
    pub varied: Option<(&'static str, &'static str)>,
    /// What else is turned.
    more: &'static [(&'static str, &'static str)],
    preset: bool,
}

impl Setting {
    /// The knobs, but for the seed.
    pub fn knobs(&self) -> remask::Result<Settings> {
        let length = CANVAS.to_string();
        let start = Settings::default();
        if self.preset {
            return Preset::find(self.name)?.applied_to(&start).with("canvas", &length);
        }
        let settings = start
            .with("sampler", self.name)?
            .with("canvas", &length)?
            .with("temperature", TEMPERATURE)?;
        let knobs = self.more.iter().chain(&self.varied);
        knobs.copied().try_fold(settings, |settings, (name, text)| settings.with(name, text))
    }

    /// Whether it is a preset.
    pub fn is_preset(&self) -> bool {
        self.preset
    }
}

/// Of every sampler that draws, but for those whose paper says 1.
pub const TEMPERATURE: &str = "0.6";

const STEPS: [&str; 5] = ["96", "48", "24", "12", "6"];
const OWN: &[(&str, &str)] = &[("temperature", "1")];

/// Every setting, grouped by sampler.
pub fn settings() -> Vec<Setting> {
    let mut all = Vec::new();
    let mut vary = |name, knob, values: &[&'static str], more| {
        all.extend(values.iter().map(|value| Setting {
            name,
            varied: Some((knob, value)),
            more,
            preset: false,
        }));
    };
    let steps = "steps";
    for name in
        ["low-confidence", "maskgit-plus", "topk-margin", "entropy", "maskgit", "random", "p2"]
    {
        vary(name, steps, &STEPS, &[]);
    }
    for name in ["origin", "ancestral", "remdm-cap", "remdm-rescale", "remdm-conf", "remdm-loop"] {
        vary(name, steps, &STEPS, OWN);
    }
    vary("forward-backward", steps, &STEPS, OWN);
    vary("left-to-right", steps, &STEPS, &[]);
    vary("diffusion-gemma", steps, &STEPS[1..], &[("noise", "uniform")]);
    let thresholds = ["0.95", "0.8", "0.6", "0.4", "0.2"];
    for name in ["threshold", "local-leap", "credit", "klass", "token-editing"] {
        vary(name, "threshold", &thresholds, if name == "klass" { FULL_BUDGET } else { &[] });
    }
    vary("wino", "threshold", &["0.8", "0.6", "0.4", "0.2"], &[]);
    vary("factor", "factor", &["0.3", "1", "2", "3"], &[]);
    vary("entropy-bound", "entropy-bound", &["0.1", "0.5", "1.5", "4"], &[]);
    vary("entropy-exit", "entropy-exit", &["0.3", "0.8", "1.5", "2.5"], FULL_BUDGET);
    vary("dilated", "block-length", &["8", "16", "32", "96"], &[]);
    all.push(Setting { name: "autoregressive", varied: None, more: &[], preset: false });
    for name in ["fast", "balanced", "best"] {
        all.push(Setting { name, varied: None, more: &[], preset: true });
    }
    all
}

const FULL_BUDGET: &[(&str, &str)] = &[("steps", "96")];
