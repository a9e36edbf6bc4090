//! `remask models`: which ones were opened before, what a folder holds, and what its network says, to be checked against others.

use std::io::Write;
use std::path::{Path, PathBuf};

use remask_hub::ModelName;
use serde::Serialize;

use super::{ConfigFlags, pull};
use crate::hub_models::located;
use crate::model::checkpoint::{parameters, shown_count};
use crate::model::{
    Attention, Checkpoint, Compute, LanguageModel, ModelConfig, PassLayout, Threads, bundled,
    memory_needs,
};
use crate::recent_models::{KnownModel, RecentModels};
use crate::{Error, Result, files, memory, visible};

/// Arguments of `remask models`.
#[derive(clap::Args)]
pub struct Models {
    #[command(subcommand)]
    command: ModelsCommand,
}

#[derive(clap::Subcommand)]
enum ModelsCommand {
    /// List the bundled models, those that were opened before and those of the hub's cache: path, family, parameters, size
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Bring a model from the Hugging Face hub into its cache on this machine
    ///
    /// What is there already is not brought again, what broke off is gone on with, and everything is checked by the hashes that the hub names. The last line says where the model is; from then on it goes by its name, too. It uses HF_TOKEN (for models whose terms you have accepted), HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_HUB_OFFLINE and the proxies of the environment.
    Pull {
        /// OWNER/NAME, with @REVISION where it is not the main one, and :FILE where one of several GGUF files is meant
        #[arg(value_name = "NAME")]
        name: ModelName,
    },
    /// Say what a Hugging Face folder holds, and whether remask can run it
    Inspect {
        /// The folder, or a file of weights in it
        path: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the raw logits of some token ids: positions x vocabulary, f32
    ///
    /// Row i is what the network says at position i, shifted or not.
    Logits {
        /// The folder, or a file of weights in it
        path: PathBuf,
        /// Token ids, separated by commas
        #[arg(long, value_name = "IDS", value_delimiter = ',', required = true)]
        ids: Vec<u32>,
        /// A position sees only what stands before it; without this, every position sees every other
        #[arg(long)]
        causal: bool,
        /// Where they go, in NumPy's format
        #[arg(long, value_name = "FILE.npy")]
        out: PathBuf,
        #[command(flatten)]
        config: ConfigFlags,
    },
}

/// Runs the subcommand.
pub(super) fn run(args: Models) -> Result<()> {
    match args.command {
        ModelsCommand::List { json } => list(json),
        ModelsCommand::Pull { name } => pull::run(&name),
        ModelsCommand::Inspect { path, json } => inspect(&located(path), json),
        ModelsCommand::Logits { path, ids, causal, out, config } => {
            let threads = Threads::new(config.resolve()?.threads)?;
            let model = LanguageModel::open(&located(path), threads)?;
            let rows = ids.len();
            let layout =
                if causal { PassLayout::causal(0, rows) } else { model.whole_layout(rows) };
            let logits = model.raw_logits(&ids, layout)?.into_data();
            write_npy(&out, [ids.len(), model.config().vocab_size], &logits)
        }
    }
}

/// The models that the playground's list offers.
fn list(json: bool) -> Result<()> {
    let known = RecentModels::usual().known();
    let lines = known.iter().map(|model| if json { json_line(model) } else { text_line(model) });
    let mut out = std::io::stdout().lock();
    lines
        .into_iter()
        .try_for_each(|line| writeln!(out, "{line}").map_err(Error::file("standard output")))
}

fn text_line(model: &KnownModel) -> String {
    let name = model.path.as_ref().map(|path| path.display().to_string());
    let path = match name {
        None => "bundled".to_owned(),
        Some(name) if bundled::names().any(|bundled| bundled == name) => format!("bundled: {name}"),
        Some(path) => path,
    };
    let facts = match &model.found {
        Ok(about) => {
            let size = memory::shown(about.bytes);
            let name = visible::line(&about.name);
            format!("{name:<24} {:<8} {:>9} {size:>8}", about.family, about.shown_parameters())
        }
        Err(_) if model.is_gone() => format!("{:<52}", "gone"),
        Err(_) => format!("{:<52}", "cannot be opened"),
    };
    format!("{facts}  {}", visible::line(&path))
}

fn json_line(model: &KnownModel) -> String {
    let mut line = serde_json::json!({ "path": model.path });
    match &model.found {
        Ok(about) => {
            line["name"] = about.name.clone().into();
            line["family"] = about.family.into();
            line["parameters"] = about.parameters.into();
            line["bytes"] = about.bytes.into();
        }
        Err(error) => line["error"] = error.to_string().into(),
    }
    visible::json(&line.to_string()).into_owned()
}

fn inspect(path: &Path, json: bool) -> Result<()> {
    let checkpoint = Checkpoint::open(path)?;
    let report = Report::new(&checkpoint)?;
    let mut out = std::io::stdout().lock();
    let text =
        if json { serde_json::to_string_pretty(&report)? } else { report.table(&checkpoint) };
    writeln!(out, "{text}").map_err(Error::file("standard output"))?;
    // What it is is said in any case; whether it runs, by the exit code, too.
    checkpoint.check()
}

#[derive(Serialize)]
struct Report {
    family: &'static str,
    parameters: usize,
    files: Vec<String>,
    bytes: u64,
    dtypes: Vec<String>,
    layers: usize,
    hidden_size: usize,
    intermediate_size: usize,
    experts: Option<usize>,
    experts_a_position: Option<usize>,
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    vocab_size: usize,
    tokenizer_size: usize,
    max_positions: usize,
    rope_theta: f64,
    norm_eps: f64,
    qk_norm: bool,
    qkv_bias: bool,
    tied_head: bool,
    shift_logits: bool,
    /// `both ways`, `causal prefix`, or `blocks of 4`.
    sees: String,
    mask_id: Option<u32>,
    eos_ids: Vec<u32>,
    bos_id: Option<u32>,
    next_token: bool,
    chat_template: bool,
    memory: MemoryNeeds,
}

/// Bytes that it takes in memory.
#[derive(Serialize)]
struct MemoryNeeds {
    /// As passes in f32 need them; of experts, which stay as they are stored, the bytes of their file.
    weights: u64,
    /// The same with `--compute q8_0`, where that changes something.
    weights_q8_0: Option<u64>,
    /// Of a pass over so many positions, beside the weights.
    passes: Vec<(usize, u64)>,
    /// What this machine has left.
    available: Option<u64>,
}

impl MemoryNeeds {
    fn of(config: &ModelConfig, stored: u64) -> Self {
        let pass = |positions| (positions, memory_needs::pass(config, positions, positions));
        let mut passes: Vec<(usize, u64)> =
            [128, 1024].map(|most| pass(config.max_positions.min(most))).to_vec();
        passes.dedup();
        let packs = config.routing.is_none();
        let packed = |compute| memory_needs::packed_weights(config, compute);
        Self {
            weights: if packs { packed(Compute::F32) } else { stored },
            weights_q8_0: packs.then(|| packed(Compute::Q8_0)),
            passes,
            available: memory::available(),
        }
    }

    fn words(&self) -> String {
        let shown = memory::shown;
        let passes = self
            .passes
            .iter()
            .map(|(positions, bytes)| format!("{} over {positions}", shown(*bytes)));
        let available =
            self.available.map_or(String::new(), |left| format!("; {} are free", shown(left)));
        let packed = self
            .weights_q8_0
            .map_or(String::new(), |bytes| format!(" ({} with --compute q8_0)", shown(bytes)));
        format!(
            "{} for the weights{packed}, and for a pass {}{available}",
            shown(self.weights),
            passes.collect::<Vec<_>>().join(", "),
        )
    }
}

impl Report {
    fn new(checkpoint: &Checkpoint) -> Result<Self> {
        let Checkpoint { config, tokenizer, weights, files, .. } = checkpoint;
        let size = |file: &PathBuf| std::fs::metadata(file).map_err(Error::file(file));
        let sizes: Vec<u64> =
            files.iter().map(|file| Ok(size(file)?.len())).collect::<Result<_>>()?;
        let tensors = weights.listing();
        let mut dtypes: Vec<String> = tensors.iter().map(|entry| entry.dtype.clone()).collect();
        dtypes.sort();
        dtypes.dedup();
        let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into();
        Ok(Self {
            family: config.family.name(),
            parameters: parameters(&**weights),
            files: files.iter().map(name).collect(),
            bytes: sizes.iter().sum(),
            dtypes,
            layers: config.layers,
            hidden_size: config.hidden_size,
            intermediate_size: config.intermediate_size,
            experts: config.routing.map(|routing| routing.experts),
            experts_a_position: config.routing.map(|routing| routing.chosen),
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            vocab_size: config.vocab_size,
            tokenizer_size: tokenizer.len(),
            max_positions: config.max_positions,
            rope_theta: config.rope_theta,
            norm_eps: config.norm_eps,
            qk_norm: config.qk_norm,
            qkv_bias: config.qkv_bias,
            tied_head: config.tied_head,
            shift_logits: config.shift_logits,
            sees: match config.attention {
                _ if config.mask_id.is_none() && config.trained_on_next_token => {
                    "from left to right".to_owned()
                }
                Attention::Bidirectional => "both ways".to_owned(),
                Attention::CausalPrefix => "causal prefix".to_owned(),
                Attention::BlockCausal(length) => format!("blocks of {length}"),
            },
            mask_id: config.mask_id,
            eos_ids: config.eos_ids.clone(),
            bos_id: config.bos_id,
            next_token: config.trained_on_next_token,
            chat_template: checkpoint.chat_template.is_some(),
            memory: MemoryNeeds::of(config, sizes.iter().sum()),
        })
    }

    fn table(&self, checkpoint: &Checkpoint) -> String {
        let token = |id: u32| {
            let bytes = checkpoint.tokenizer.bytes(id);
            let spelled = String::from_utf8_lossy(bytes).escape_debug().to_string();
            format!("{id} {spelled}")
        };
        let tokens = |ids: &[u32]| match ids {
            [] => "none".to_owned(),
            ids => ids.iter().map(|id| token(*id)).collect::<Vec<_>>().join(", "),
        };
        let yes = |set: bool| if set { "yes" } else { "no" };
        let denoises = self.mask_id.is_some();
        let line = |name: &str, value: String| format!("{name:<14} {value}");
        [
            line("family", self.family.to_owned()),
            line(
                "writes",
                match (denoises, self.next_token) {
                    (true, true) => "by diffusion, and from left to right".to_owned(),
                    (true, false) => "by diffusion".to_owned(),
                    (false, _) => "from left to right only: no mask token is known".to_owned(),
                },
            ),
            line("parameters", shown_count(self.parameters)),
            line(
                "weights",
                format!(
                    "{} in {} ({})",
                    self.dtypes.join(", "),
                    self.files.join(", "),
                    memory::shown(self.bytes)
                ),
            ),
            line(
                "network",
                match (self.experts, self.experts_a_position) {
                    (Some(experts), Some(chosen)) => format!(
                        "{} layers of {}, {experts} experts of inner width {}, {chosen} for a position",
                        self.layers, self.hidden_size, self.intermediate_size
                    ),
                    _ => format!(
                        "{} layers of {}, inner width {}",
                        self.layers, self.hidden_size, self.intermediate_size
                    ),
                },
            ),
            line(
                "attention",
                format!(
                    "{} heads of {}, {} for keys and values; QK-norm {}, QKV bias {}",
                    self.heads,
                    self.head_dim,
                    self.kv_heads,
                    yes(self.qk_norm),
                    yes(self.qkv_bias)
                ),
            ),
            line("sees", self.sees.clone()),
            line("positions", format!("{}, rotary base {}", self.max_positions, self.rope_theta)),
            line("vocabulary", format!("{} rows, {} tokens", self.vocab_size, self.tokenizer_size)),
            line("shifted logits", yes(self.shift_logits).to_owned()),
            line("head", if self.tied_head { "the embedding" } else { "its own" }.to_owned()),
            line("mask token", tokens(self.mask_id.as_slice())),
            line("end tokens", tokens(&self.eos_ids)),
            line("begin token", tokens(self.bos_id.as_slice())),
            line("chat template", yes(self.chat_template).to_owned()),
            line("memory", self.memory.words()),
        ]
        .join("\n")
    }
}

/// Writes a matrix in version 1.0 of NumPy's format: a magic number, a header padded to a multiple of
/// 64 bytes, the numbers in little-endian row order.
fn write_npy(path: &Path, shape: [usize; 2], values: &[f32]) -> Result<()> {
    let [rows, columns] = shape;
    let mut header =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";
    let unpadded = MAGIC.len() + 2 + header.len() + 1;
    header.push_str(&" ".repeat(unpadded.next_multiple_of(64) - unpadded));
    header.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    // Whoever names a pipe would wait for its reader.
    files::check_regular_or_absent(path)?;
    std::fs::write(path, bytes).map_err(Error::file(path))
}
