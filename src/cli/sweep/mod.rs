//! `remask sweep`: every combination of some knobs' values, measured, without a screen.

mod progress;
mod screen;
mod table;

use std::io::{IsTerminal, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::flag_values::whole_number;
use super::knob_flags::KnobLists;
use super::show_flags::locale_is_utf8;
use super::{ModelFlags, ModelSource};
use crate::config::knobs_of;
use crate::knobs::Settings;
use crate::model::LanguageModel;
use crate::presets::Preset;
use crate::quality::Judge;
use crate::race::BEGINNINGS;
use crate::sweep;
use crate::sweep::axis::Axis;
use crate::sweep::evaluator::{Evaluator, model_id};
use crate::sweep::folder::Folder;
use crate::sweep::plan::{MOST_SEEDS, ModelId, SweepExam, SweepPlan};
use crate::sweep::record::Row;
use crate::sweep::report::SweepReport;
use crate::sweep::request::SweepRequest;
use crate::sweep::run::Stage;
use crate::tasks;
use crate::tui::theme::ColorDepth;
use crate::{Error, Result, visible};
use progress::ProgressLine;

/// Arguments of `remask sweep`.
#[derive(clap::Args)]
#[command(
    after_help = "A knob takes one value, or a list with commas between: --steps 8,16,32; all stands for every \
                  name that there is."
)]
pub struct Sweep {
    /// A plan as TOML: [axes] steps = [8, 16], [knobs] canvas = 96, seeds = 5, prompts = ["One day"];
    /// flags win over it
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Where results, plots and presets go; a sweep that was interrupted goes on there
    #[arg(long, value_name = "DIR", default_value = "sweep")]
    out: PathBuf,
    /// Texts for each combination and prompt, counted up from --seed [default: 2, or 1 of problems]
    #[arg(long, value_name = "N", value_parser = whole_number::<NonZeroU64>("--seeds", 1..=MOST_SEEDS))]
    seeds: Option<NonZeroU64>,
    /// What the texts begin with, once for each; four of our own if absent, or held-out problems where the model was
    /// trained for a task
    #[arg(long = "prompt", value_name = "TEXT")]
    prompts: Vec<String>,
    /// How many problems of the task, where the model was trained for one: its scores are then the quality
    /// [default: 50]
    #[arg(long, value_name = "N", conflicts_with = "prompts", value_parser = whole_number::<u64>("--problems", 1..=1_000_000))]
    problems: Option<u64>,
    /// The folder of an autoregressive model that judges the texts; the bundled model if absent
    #[arg(long, value_name = "DIR")]
    judge: Option<PathBuf>,
    /// Keep no times: then the same sweep gives the same files, byte for byte, which times never do
    #[arg(long)]
    no_timings: bool,
    /// Print the rows as JSON lines in place of the table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    model: ModelFlags,
    /// Settings by name, or the path of their file; single flags still win
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    #[command(flatten)]
    lists: KnobLists,
}

/// Runs the subcommand.
pub(super) fn run(args: Sweep) -> Result<()> {
    let (out, json) = (args.out.clone(), args.json);
    let Prepared { plan, mut evaluator, ascii } = prepare(args)?;
    let grid = plan.grid(|settings| evaluator.fits(settings, &plan))?;
    let mut folder = Folder::open(&out, &plan, &grid)?;
    for (reason, count) in &grid.left_out {
        let _ = writeln!(std::io::stderr(), "left out {count} of the combinations: {reason}");
    }
    let stop = super::signals::stop_flag()?;
    let mut progress = ProgressLine::new(&plan, &grid, &folder, !json);
    let row =
        |row: &Row| if json { print(&visible::json(&row.to_json(&plan, &grid))) } else { Ok(()) };
    folder.rows().iter().try_for_each(row)?;
    let result = sweep::run::run(&plan, &grid, &mut evaluator, &mut folder, |stage| match stage {
        Stage::Began(job) => {
            progress.began(job);
            if stop.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
        }
        Stage::Done(done) => {
            progress.done(&done);
            row(&done)
        }
    });
    progress.wipe();
    if let Err(Error::Cancelled) = result {
        let (kept, all) = (folder.rows().len(), plan.jobs(&grid).count());
        return Err(Error::Interrupted(format!(
            "{kept} of {all} texts are kept in {}; the same command goes on",
            folder.path().display()
        )));
    }
    result?;
    let report = SweepReport::new(&plan, &grid, folder.rows());
    let written = report.save(folder.path())?;
    if json {
        return Ok(());
    }
    let note = match &plan.exam {
        Some(exam) => format!("scored by the task {}", exam.task),
        None => evaluator.note(),
    };
    print(&format!("{}: {}; {note}", plan.model.name, plan.texts_in_words()))?;
    print(&table::summary(&plan, &report))?;
    print_plots(&report, ascii)?;
    print(&places(&folder, &written))
}

fn print_plots(report: &SweepReport<'_>, ascii: bool) -> Result<()> {
    let colours = std::io::stdout().is_terminal() && ColorDepth::detect() != ColorDepth::None;
    let plots = std::iter::once(report.passes_plot()).chain(report.time_plot());
    for plot in plots {
        // Its colours are escape sequences; what it says was made visible before they came in.
        let text = screen::text(&plot, ascii, colours);
        writeln!(std::io::stdout(), "{text}").map_err(Error::file("standard output"))?;
    }
    Ok(())
}

/// Everything that was asked for, loaded.
struct Prepared {
    plan: SweepPlan,
    evaluator: Evaluator,
    ascii: bool,
}

fn prepare(mut args: Sweep) -> Result<Prepared> {
    let request = args.file.as_deref().map(read).transpose()?.unwrap_or_default();
    args.model.model = args.model.model.or(request.model);
    let (config, source) = args.model.resolve()?;
    // The preset and the flags come on top of the file.
    let mut base = knobs_of(config.settings, &request.knobs)?;
    if let Some(name) = &args.preset {
        base = Preset::find(name)?.applied_to(&base);
    }
    let axes = args.lists.over(request.axes, &mut base);
    let judge_source = source.of(args.judge.or(request.judge));
    let (model, judge) = (source.load()?, judge_source.load()?);
    let given = Some(args.prompts).filter(|given| !given.is_empty());
    // What the flags say goes before what the file says.
    let (given, problems) = match (given, args.problems) {
        (None, None) => (request.prompts, request.problems),
        flags => flags,
    };
    let exam = if given.is_some() { None } else { exam(&model, problems)? };
    let ours = || BEGINNINGS[..4].iter().map(|text| (*text).to_owned()).collect();
    let prompts = given.or_else(|| exam.as_ref().map(SweepExam::prompts));
    // At temperature 0 another seed is another text seldom; another problem always is.
    let seeds = if exam.is_some() { 1 } else { 2 };
    let plan = SweepPlan {
        base,
        axes,
        prompts: prompts.unwrap_or_else(ours),
        exam,
        seeds: args.seeds.map(NonZeroU64::get).or(request.seeds).unwrap_or(seeds),
        timings: !args.no_timings && request.timings.unwrap_or(true),
        model: named(&model, &source)?,
        judge: named(&judge, &judge_source)?,
    };
    let ascii = config.ascii.unwrap_or_else(|| !locale_is_utf8());
    Ok(Prepared {
        plan: plan.checked()?,
        evaluator: Evaluator::new(model, Judge::new(judge)?)?,
        ascii,
    })
}

/// Problems of the task that `model` was trained for, as many as were asked for; nothing where it was trained for none,
/// and none were.
fn exam(model: &LanguageModel, problems: Option<u64>) -> Result<Option<SweepExam>> {
    const PROBLEMS: u64 = 50;
    match (tasks::of(model.config()), problems) {
        (Some(task), count) => Ok(Some(SweepExam::new(task, count.unwrap_or(PROBLEMS)))),
        (None, None) => Ok(None),
        (None, Some(count)) => Err(Error::invalid(format!(
            "{} was trained for no task, so there are no {count} problems; name texts with --prompt, or a model of \
             a task with --model",
            model.name()
        ))),
    }
}

fn read(file: &Path) -> Result<SweepRequest> {
    let text = crate::files::read_text(file, crate::files::SETTINGS)?;
    SweepRequest::from_toml(&file.display().to_string(), &text)
}

impl KnobLists {
    /// These lists, and those of `axes` whose knobs they do not name. Knobs with a single value are set
    /// in `base`, since they are not varied.
    fn over(self, axes: Vec<Axis>, base: &mut Settings) -> Vec<Axis> {
        let given = |name: &str| self.0.iter().any(|list| list.knob.name == name);
        let mut all: Vec<_> = axes.into_iter().filter(|axis| !given(axis.knob.name)).collect();
        all.extend(self.0);
        all.retain(|axis| {
            if let [value] = axis.values[..] {
                base.set(axis.knob, value);
            }
            axis.values.len() > 1
        });
        all
    }
}

fn named(model: &LanguageModel, source: &ModelSource) -> Result<ModelId> {
    let folder = source.folder.as_deref().map(|folder: &Path| {
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        whole.to_string_lossy().into_owned()
    });
    model_id(model, folder)
}

/// Where everything is.
fn places(folder: &Folder, written: &[PathBuf]) -> String {
    let names = written.iter().filter_map(|path| path.file_name());
    let mut text = format!(
        "wrote results.csv, results.jsonl, {} into {}",
        names.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>().join(", "),
        folder.path().display()
    );
    if let Some(best) = written.iter().find(|path| path.ends_with("best.toml")) {
        text.push_str(&format!("\nwrite with the best: remask --preset {}", best.display()));
    }
    text
}

fn print(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{}", visible::text(text)).map_err(Error::file("standard output"))
}
