//! The loop's body: a batch in, parameters moved, losses out.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Tensor;

use super::checkpoint::{STATE, Tensors, prepare, read_tensors, write_tensors, write_text};
use super::objective::batch;
use super::optimizer::Optimizer;
use super::parameters::Parameters;
use crate::model::transformer::Transformer;
use crate::model::{Attention, ModelConfig};
use crate::{Error, Result};

/// Lengths of the rows of a batch, one after the other.
const LENGTHS: [usize; 4] = [64, 256, 128, 192];
/// Of the moving average that is kept as the model.
const EMA: f64 = 0.995;
/// Steps until the full rate is reached.
const WARM_UP: usize = 50;
/// Share of the budget after which the rate falls, in a straight line to nothing.
const DECAY_FROM: f64 = 0.3;

/// What stays the same over a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Where all chance comes from.
    pub seed: u64,
    /// Tokens a step.
    pub batch_tokens: usize,
    /// Scales both optimizers' rates.
    pub rate: f64,
}

/// The two losses of a step, in weighted nats a token.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Losses {
    /// Next token.
    pub next_token: f32,
    /// Text from noise.
    pub noised: f32,
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
}

impl Trainer {
    /// Begins with `parameters`.
    pub fn new(config: ModelConfig, plan: Plan, parameters: Parameters) -> Self {
        let averages = parameters.iter().map(|(name, v)| (name.to_owned(), v.as_tensor().detach()));
        Self {
            averages: averages.collect(),
            config,
            plan,
            parameters,
            optimizer: Optimizer::default(),
            step: 0,
            tokens: 0,
        }
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.step
    }

    /// Tokens seen.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// How many numbers are learned.
    pub fn parameters(&self) -> usize {
        self.parameters.count()
    }

    /// Makes one step on `documents`; `spent` is the share of the budget that is used up, 0 to 1.
    ///
    /// # Errors
    /// When the loss is not finite any more, or what the tensor library says.
    pub fn step(&mut self, documents: &[Vec<u32>], spent: f64) -> Result<Losses> {
        let length = LENGTHS[self.step % LENGTHS.len()].min(self.config.max_positions);
        let rows = (self.plan.batch_tokens / length).max(2);
        let batch =
            batch(documents, self.config.vocab_size, (rows, length), self.plan.seed, self.step);
        let model = Transformer::load(&self.config, &self.parameters)?;
        let causal = batch.causal.loss(&model, Attention::Causal)?;
        let noised = batch.noised.loss(&model, Attention::Bidirectional)?;
        let (Some(causal), Some(noised)) = (causal, noised) else {
            return Err(Error::invalid("the documents are too short to learn from"));
        };
        let losses = Losses {
            next_token: causal.detach().to_scalar()?,
            noised: noised.detach().to_scalar()?,
        };
        let gradients = (causal + noised)?.backward()?;
        self.step += 1;
        self.tokens += rows * length;
        let rate = self.plan.rate * self.warmth() * decay(spent);
        self.optimizer.step(&self.parameters, &gradients, rate, self.step)?;
        self.average()?;
        Ok(losses)
    }

    fn warmth(&self) -> f64 {
        (self.step as f64 / WARM_UP as f64).min(1.0)
    }

    /// Averages faster while there is little to average.
    fn average(&mut self) -> Result<()> {
        let keep = EMA.min(self.step as f64 / (self.step as f64 + 9.0));
        for (name, variable) in self.parameters.iter() {
            if let Some(average) = self.averages.get_mut(name) {
                let news = (variable.as_tensor().detach() * (1.0 - keep))?;
                *average = ((&*average * keep)? + news)?;
            }
        }
        Ok(())
    }

    /// The averaged model.
    ///
    /// # Errors
    /// What the tensor library says.
    pub fn averaged(&self) -> Result<Transformer> {
        let config = &self.config;
        Transformer::load(config, &Parameters::from_weights(config, &Averages(&self.averages))?)
    }

    /// Writes the folder that `--model` opens, and the state to go on from.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, folder: &Path, tokenizer: &str) -> Result<()> {
        prepare(folder)?;
        write_text(&folder.join("tokenizer.json"), tokenizer)?;
        write_text(&folder.join("config.json"), &self.config.to_json())?;
        let averages = self.averages.iter().map(|(name, t)| (name.clone(), t.clone()));
        write_tensors(&folder.join("model.safetensors"), &averages.clone().collect())?;
        let mut state: Tensors = averages.map(|(name, t)| (format!("average.{name}"), t)).collect();
        for (name, variable) in self.parameters.iter() {
            state.insert(format!("parameter.{name}"), variable.as_tensor().detach());
        }
        for (name, moment) in self.optimizer.moments() {
            state.insert(format!("moment.{name}"), moment.clone());
        }
        let counts = [self.step as u32, self.tokens as u32, (self.tokens >> 32) as u32];
        state.insert("counts".into(), Tensor::new(&counts, &candle_core::Device::Cpu)?);
        write_tensors(&folder.join(STATE), &state)
    }

    /// Goes on from what [`Trainer::save`] wrote.
    ///
    /// # Errors
    /// When there is no state in `folder`, or it is of another model.
    pub fn resume(config: ModelConfig, plan: Plan, folder: &Path) -> Result<Self> {
        let state = read_tensors(&folder.join(STATE))?;
        let part = |prefix: &str| -> BTreeMap<String, Tensor> {
            let named = state.iter();
            named
                .filter_map(|(name, t)| Some((name.strip_prefix(prefix)?.to_owned(), t.clone())))
                .collect()
        };
        let counts: Vec<u32> = match state.get("counts") {
            Some(counts) => counts.to_vec1()?,
            None => return Err(Error::invalid(format!("{}: no training state", folder.display()))),
        };
        let [step, low, high] = counts[..] else {
            return Err(Error::invalid(format!("{}: a broken training state", folder.display())));
        };
        Ok(Self {
            parameters: Parameters::from_weights(&config, &Averages(&part("parameter.")))?,
            optimizer: Optimizer::with_moments(part("moment.")),
            averages: part("average."),
            config,
            plan,
            step: step as usize,
            tokens: low as usize | ((high as usize) << 32),
        })
    }
}

/// The rate, as a share of its height: full at first, then down in a straight line.
fn decay(spent: f64) -> f64 {
    ((1.0 - spent) / (1.0 - DECAY_FROM)).clamp(0.0, 1.0)
}

/// Tensors by name, as weights.
struct Averages<'a>(&'a BTreeMap<String, Tensor>);

impl crate::model::weights::Weights for Averages<'_> {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        match self.0.get(name) {
            Some(tensor) if tensor.dims() == shape => Ok(tensor.clone()),
            _ => Err(Error::invalid(format!("the training state has no {name} of {shape:?}"))),
        }
    }
}
