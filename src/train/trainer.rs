//! The loop's body: a batch in, parameters moved, losses out.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use candle_core::{DType, Device, Tensor, Var};
use serde::{Deserialize, Serialize};

use super::checkpoint::{NumberFormat, STATE, Tensors, write_tensors, write_text, write_weights};
use super::objective::{Batch, Objective, batch};
use super::optimizer::{Gradients, Optimizer};
use super::parameters::Parameters;
use super::shard::Shard;
use super::state_file;
use super::text::TrainingText;
use crate::model::ModelConfig;
use crate::model::ops::Precision;
use crate::model::tensors;
use crate::model::transformer::{Dropout, Transformer};
use crate::rng::{Purpose, Stream};
use crate::runtime::Workers;
use crate::{Error, Result};

/// Of the moving average that is kept as the model.
const EMA: f64 = 0.995;
/// Steps until the full rate is reached.
const WARM_UP: usize = 50;
/// Share of the budget after which the rate falls, in a straight line to nothing.
const DECAY_FROM: f64 = 0.3;

/// When a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Budget {
    /// After this many seconds of training.
    Seconds(f64),
    /// After this many tokens; such a run is the same however fast the machine is.
    Tokens(usize),
}

/// What stays the same over a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where all chance comes from.
    pub seed: u64,
    /// Rows a step, about: tokens of documents, and of the noise behind them.
    pub batch_tokens: usize,
    /// Scales both optimizers' rates.
    pub rate: f64,
    /// Share of the activations that a step leaves out at the end; it rises from nothing with what is spent of
    /// the budget, since text that is new needs no regularising.
    pub dropout: f64,
    /// Share of itself that a matrix loses in a step, in proportion to the rate.
    pub weight_decay: f64,
    /// What products are made in.
    pub precision: Precision,
    /// When it is over.
    pub budget: Budget,
    /// [`TrainingText::fingerprint`] of what it learns from.
    pub text: u64,
}

/// What a run that is gone on with does otherwise from now on.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanChanges {
    /// Another budget; the rate then falls towards its end.
    pub budget: Option<Budget>,
    /// Another rate.
    pub rate: Option<f64>,
    /// Another precision.
    pub precision: Option<Precision>,
}

impl Plan {
    fn change(&mut self, changes: &PlanChanges) {
        self.budget = changes.budget.unwrap_or(self.budget);
        self.rate = changes.rate.unwrap_or(self.rate);
        self.precision = changes.precision.unwrap_or(self.precision);
    }
}

/// The losses of a step, in weighted nats a token; nothing where a batch did not ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Losses {
    /// Next token.
    pub next_token: Option<f32>,
    /// Text from noise.
    pub noised: Option<f32>,
    /// Drafts.
    pub drafts: Option<f32>,
}

/// A model in training.
pub struct Trainer {
    config: ModelConfig,
    plan: Plan,
    parameters: Parameters,
    optimizer: Optimizer,
    averages: BTreeMap<String, Tensor>,
    step: usize,
    tokens: usize,
    /// Tokens that the weights had seen at the beginning.
    tokens_before: u64,
    /// Spent in [`Trainer::step`].
    seconds: f64,
}

impl Trainer {
    /// Begins with `parameters`.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(config: ModelConfig, plan: Plan, parameters: Parameters) -> Result<Self> {
        // Copies: a parameter is moved in its place. Detached: a tensor that knows what it was made of
        // would keep every average before it.
        let averages = parameters
            .iter()
            .map(|(name, v)| Ok((name.to_owned(), v.as_tensor().detach().copy()?)));
        Ok(Self {
            averages: averages.collect::<Result<_>>()?,
            tokens_before: config.tokens_seen.unwrap_or(0),
            config,
            parameters,
            optimizer: Optimizer::new(plan.weight_decay, plan.precision),
            plan,
            step: 0,
            tokens: 0,
            seconds: 0.0,
        })
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.step
    }

    /// Tokens seen.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Seconds spent on them.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// What stays the same.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the network is.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The share of the budget that is used up, 0 to 1.
    pub fn spent(&self) -> f64 {
        let share = match self.plan.budget {
            Budget::Seconds(all) => self.seconds / all,
            Budget::Tokens(all) => self.tokens as f64 / all.max(1) as f64,
        };
        share.min(1.0)
    }

    /// How many numbers are learned.
    pub fn parameters(&self) -> usize {
        self.parameters.count()
    }

    /// Makes one step on `text`, the same whatever the number of `workers`.
    ///
    /// # Errors
    /// When the loss is not finite any more, or what the text or the tensor library says.
    pub fn step(&mut self, text: &dyn TrainingText, workers: &Workers) -> Result<Losses> {
        let began = Instant::now();
        let count = (self.plan.batch_tokens / text.document_rows()).max(1);
        let batch = batch(text, self.config.vocab_size, count, self.plan.seed, self.step)?;
        let (losses, gradients) = self.gradients(&batch, workers)?;
        self.step += 1;
        self.tokens += batch.shards.iter().map(Shard::rows).sum::<usize>();
        let rate = self.plan.rate * self.warmth() * decay(self.spent());
        self.optimizer.step(&self.parameters, &gradients, rate, self.step, workers)?;
        self.average(workers)?;
        self.seconds += began.elapsed().as_secs_f64();
        Ok(losses)
    }

    /// The losses of `batch`, and the gradients of each of its shards.
    fn gradients(&self, batch: &Batch, workers: &Workers) -> Result<(Losses, Vec<Gradients>)> {
        let model = Transformer::load_with(&self.config, &self.parameters, self.plan.precision)?;
        let shards: Vec<(usize, &Shard)> = batch.shards.iter().enumerate().collect();
        let results = workers.map(&shards, |(index, shard)| {
            let mut rng = Stream::new(self.plan.seed, self.step, Purpose::Dropout, *index);
            let seed = (rng.uniform() * (1u64 << 52) as f64) as u64;
            let dropout = Dropout { share: self.plan.dropout * self.spent(), seed };
            let (losses, whole) = losses(&model, shard, batch, Some(dropout))?;
            let Some(whole) = whole else { return Ok((losses, None)) };
            // Those of everything else, masks of dropout among it, would be kept until all shards are done.
            let mut all = whole.backward()?;
            let ours = self.parameters.iter();
            let gradients =
                ours.filter_map(|(name, v)| Some((name.to_owned(), all.remove(v.as_tensor())?)));
            Ok((losses, Some(gradients.collect())))
        })?;
        let mut sums = [0.0; Objective::COUNT];
        let mut gradients = Vec::with_capacity(results.len());
        for (losses, gradient) in results {
            for (sum, loss) in sums.iter_mut().zip(losses) {
                *sum += loss;
            }
            gradients.extend(gradient);
        }
        if gradients.is_empty() {
            return Err(Error::invalid("the documents are too short to learn from"));
        }
        let [next_token, noised, drafts] =
            std::array::from_fn(|i| (batch.tokens[i] > 0.0).then_some(sums[i]));
        Ok((Losses { next_token, noised, drafts }, gradients))
    }

    fn warmth(&self) -> f64 {
        (self.step as f64 / WARM_UP as f64).min(1.0)
    }

    /// Averages faster while there is little to average.
    fn average(&mut self, workers: &Workers) -> Result<()> {
        let keep = EMA.min(self.step as f64 / (self.step as f64 + 9.0));
        let named: Vec<(&str, &Var)> = self.parameters.iter().collect();
        let averages = workers.map(&named, |(name, variable)| {
            let news = variable.as_tensor().detach();
            let average = match self.averages.get(*name) {
                Some(average) => ((average * keep)? + (news * (1.0 - keep))?)?,
                None => news,
            };
            debug_assert!(!average.track_op(), "the averages of all steps would be kept");
            Ok(((*name).to_owned(), average))
        })?;
        self.averages.extend(averages);
        Ok(())
    }

    /// The averaged model.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn averaged(&self) -> Result<Transformer> {
        Transformer::load(&self.config, &Named(&self.averages))
    }

    /// Writes the folder that `--model` opens, its weights in `format`, and the state to go on from.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, folder: &Path, tokenizer: &str, format: NumberFormat) -> Result<()> {
        write_text(&folder.join("tokenizer.json"), tokenizer)?;
        let tokens_seen = Some(self.tokens_before.saturating_add(self.tokens as u64));
        let config = ModelConfig { tokens_seen, ..self.config.clone() };
        write_text(&folder.join("config.json"), &config.to_json())?;
        write_weights(folder, &self.averages, self.config.family, format)?;
        let averages = self.averages.iter();
        let mut state: Tensors =
            averages.map(|(name, t)| (format!("average.{name}"), t.clone())).collect();
        for (name, variable) in self.parameters.iter() {
            state.insert(format!("parameter.{name}"), variable.as_tensor().detach());
        }
        for (name, moment) in self.optimizer.moments() {
            state.insert(format!("moment.{name}"), moment.clone());
        }
        let record = Record {
            plan: self.plan.clone(),
            step: self.step,
            tokens: self.tokens,
            tokens_before: self.tokens_before,
            seconds: self.seconds,
        };
        let record = serde_json::to_vec(&record)?;
        state.insert(RECORD.into(), Tensor::new(record, &Device::Cpu)?);
        write_tensors(&folder.join(STATE), &state)
    }

    /// Goes on from what [`Trainer::save`] wrote, with `changes`.
    ///
    /// # Errors
    /// When there is no state in `folder`, it is of another model, or this machine cannot multiply as it
    /// was begun.
    pub fn resume(config: ModelConfig, folder: &Path, changes: &PlanChanges) -> Result<Self> {
        let path = folder.join(STATE);
        let expected: BTreeMap<String, Vec<usize>> =
            tensors::expected(&config).into_iter().collect();
        let state = state_file::read(&path, |name, dtype, shape| match name {
            RECORD => dtype == "U8" && matches!(shape, [bytes] if *bytes < LONGEST_RECORD),
            _ => {
                let parameter = KINDS.iter().find_map(|kind| name.strip_prefix(kind));
                let known = parameter.and_then(|name| expected.get(name));
                dtype == "F32" && known.is_some_and(|known| known == shape)
            }
        })?;
        let part = |prefix: &str| -> BTreeMap<String, Tensor> {
            let named = state.iter();
            named
                .filter_map(|(name, t)| Some((name.strip_prefix(prefix)?.to_owned(), t.clone())))
                .collect()
        };
        let broken = || {
            Error::invalid(format!(
                "{}: not a training state (it does not say how it was begun); begin anew with --from its \
                 folder and another --out",
                path.display()
            ))
        };
        let record = state.get(RECORD).ok_or_else(broken)?.to_vec1::<u8>().map_err(|_| broken())?;
        let mut record: Record = serde_json::from_slice(&record).map_err(|_| broken())?;
        record.plan.change(changes);
        if record.plan.precision == Precision::Bf16 && Precision::fastest() != Precision::Bf16 {
            return Err(Error::invalid(format!(
                "the run in {} multiplies in bf16, which this machine does not; add --precision f32",
                folder.display()
            )));
        }
        Ok(Self {
            parameters: Parameters::from_weights(&config, &Named(&part("parameter.")))?,
            optimizer: Optimizer::new(record.plan.weight_decay, record.plan.precision)
                .with_moments(part("moment.")),
            averages: part("average."),
            config,
            plan: record.plan,
            step: record.step,
            tokens: record.tokens,
            tokens_before: record.tokens_before,
            seconds: record.seconds,
        })
    }
}

/// What `shard` adds to the losses of `batch`, by objective, and the sum of them with its gradient.
///
/// # Errors
/// What the tensor library says.
pub fn losses(
    model: &Transformer,
    shard: &Shard,
    batch: &Batch,
    dropout: Option<Dropout>,
) -> Result<([f32; Objective::COUNT], Option<Tensor>)> {
    let hidden = shard.hidden(model, dropout)?;
    let mut losses = [0.0; Objective::COUNT];
    let mut whole: Option<Tensor> = None;
    for objective in Objective::ALL {
        let Some(loss) = shard.loss(model, &hidden, objective)? else { continue };
        let loss = (loss / f64::from(batch.tokens[objective as usize].max(1.0)))?;
        losses[objective as usize] = loss.detach().to_dtype(DType::F32)?.to_scalar::<f32>()?;
        whole = Some(match whole {
            Some(sum) => (sum + loss)?,
            None => loss,
        });
    }
    Ok((losses, whole))
}

/// The name under which a [`Record`] stands among the tensors of the state, as the bytes of its JSON:
/// in one file with them, so that no save can be half of one moment and half of another.
const RECORD: &str = "record";
/// More bytes than any record has.
const LONGEST_RECORD: usize = 1 << 16;
/// What stands before the names of parameters in the state.
const KINDS: [&str; 4] = ["average.", "parameter.", "moment.first.", "moment.second."];

/// What a state holds beside tensors.
#[derive(Serialize, Deserialize)]
struct Record {
    plan: Plan,
    step: usize,
    tokens: usize,
    #[serde(default)]
    tokens_before: u64,
    seconds: f64,
}

/// The rate, as a share of its height: full at first, then down in a straight line.
fn decay(spent: f64) -> f64 {
    ((1.0 - spent) / (1.0 - DECAY_FROM)).clamp(0.0, 1.0)
}

/// Tensors by name, as weights.
struct Named<'a>(&'a BTreeMap<String, Tensor>);

impl crate::model::weights::Weights for Named<'_> {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        match self.0.get(name) {
            Some(tensor) if tensor.dims() == shape => Ok(tensor.clone()),
            _ => Err(Error::invalid(format!("the training state has no {name} of {shape:?}"))),
        }
    }

    fn device(&self) -> &Device {
        &Device::Cpu
    }
}
