//! Where the entries of the palette come from. Another source is a function, and its place in [`SOURCES`].

use super::PaletteEntry;
use crate::beginnings;
use crate::diffusion::sampler::SAMPLER;
use crate::knobs::{Kind, Knob, Value};
use crate::model::bundled;
use crate::presets;
use crate::tui::action::Action;
use crate::tui::app::{App, Notice, Phase};
use crate::tui::display::{COLOR_MODE, LAYOUT};
use crate::tui::overlays::Then;
use crate::tui::overlays::model_picker::name_of;
use crate::visible;

/// Lists what can be chosen now.
type EntrySource = fn(&App) -> Vec<PaletteEntry>;

/// All of them, in the order in which an empty query lists them. Of entries that match alike the first one is found
/// first: a knob before the sampler that is called as it is.
pub(super) const SOURCES: [EntrySource; 9] =
    [actions, named_settings, knobs, samplers, colour_modes, layouts, themes, models, texts];

/// Those of a run that was recorded: what needs no model.
pub(super) const RECORDED_SOURCES: [EntrySource; 4] = [actions, colour_modes, layouts, themes];

/// An entry that no key does on its own.
fn entry(
    kind: &'static str,
    name: &str,
    help: &str,
    then: impl FnOnce(&mut App) + 'static,
) -> PaletteEntry {
    let then: Then = Box::new(|app| {
        then(app);
        None
    });
    let (name, help) = (visible::line(name).into_owned(), visible::line(help).into_owned());
    PaletteEntry { kind, name, help, key: String::new(), is_text: false, then }
}

fn actions(app: &App) -> Vec<PaletteEntry> {
    let all = Action::ALL.iter().copied();
    let all = all.filter(|action| !(app.recorded && action.needs_model()));
    all.map(|action| PaletteEntry {
        kind: "do",
        name: action.name().to_owned(),
        help: action.help().to_owned(),
        key: app.keymap.key(action),
        is_text: false,
        then: Box::new(move |app| app.act(action)),
    })
    .collect()
}

fn named_settings(_: &App) -> Vec<PaletteEntry> {
    let all = presets::all().0.into_iter();
    all.map(|preset| {
        let (name, help) = (preset.name.clone(), preset.help.clone());
        entry("preset", &name, &help, move |app| app.apply_preset(&preset))
    })
    .collect()
}

fn samplers(_: &App) -> Vec<PaletteEntry> {
    words("sampler", &SAMPLER, |app, value| {
        app.turn(&SAMPLER, value);
        if app.notice.is_none() && !matches!(app.phase, Phase::Running | Phase::Paused) {
            let key = app.keymap.key(Action::Restart);
            let text = format!("the sampler is {value} now; {key} writes with it");
            app.notice = Some(Notice::good(text));
        }
    })
}

fn colour_modes(_: &App) -> Vec<PaletteEntry> {
    words("colours", &COLOR_MODE, |app, value| app.turn(&COLOR_MODE, value))
}

fn layouts(_: &App) -> Vec<PaletteEntry> {
    words("layout", &LAYOUT, |app, value| app.turn(&LAYOUT, value))
}

/// An entry for each word that `knob` may hold.
fn words(kind: &'static str, knob: &Knob, choose: fn(&mut App, Value)) -> Vec<PaletteEntry> {
    let Kind::Choice { options, .. } = &knob.kind else { return Vec::new() };
    let words = options().iter();
    words
        .map(|word| {
            let value = Value::Choice(word.name);
            entry(kind, word.name, word.help, move |app| choose(app, value))
        })
        .collect()
}

fn themes(app: &App) -> Vec<PaletteEntry> {
    let all = app.theme.all().into_iter().filter_map(|found| Some((found.name, found.theme.ok()?)));
    all.map(|(name, theme)| {
        entry("theme", &name, &theme.help.clone(), move |app| app.theme = theme)
    })
    .collect()
}

fn texts(app: &App) -> Vec<PaletteEntry> {
    let all = beginnings::of(app.task()).iter();
    all.map(|beginning| {
        let start = |app: &mut App| app.start_with(beginning.entry());
        let entry = entry(beginning.kind.word(), &beginning.listed(), "a text to try", start);
        PaletteEntry { is_text: true, ..entry }
    })
    .collect()
}

fn models(app: &App) -> Vec<PaletteEntry> {
    let bundled = bundled::names().enumerate().map(|(index, name)| {
        // The first needs no name.
        let path = (index > 0).then(|| name.into());
        entry("model", name, "a bundled model, inside the program", move |app| app.open_model(path))
    });
    let opened = app.recent_models.list().into_iter().map(|path| {
        let (name, place) = (name_of(&path), path.display().to_string());
        entry("model", &name, &place, move |app| app.open_model(Some(path)))
    });
    bundled.chain(opened).collect()
}

fn knobs(app: &App) -> Vec<PaletteEntry> {
    let all = app.all_knobs().into_iter();
    all.map(|knob| {
        entry("knob", knob.name, knob.help, move |app| {
            app.choose_knob(knob);
            let [down, up] =
                [Action::KnobDown, Action::KnobUp].map(|action| app.keymap.key(action));
            app.say(format!("the knob {} is chosen; {down} and {up} turn it", knob.name));
        })
    })
    .collect()
}
