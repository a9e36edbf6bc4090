//! The text, or the command that writes it again, for the clipboard of whoever sits at the terminal (OSC 52: it reaches that
//! machine over ssh, too, and through tmux where `set-clipboard` is on).

use std::path::{Path, PathBuf};

use super::app::{App, Notice, Request};
use super::lane::LaneView;
use crate::diffusion::knobs;
use crate::diffusion::sampler::SAMPLER;
use crate::model::{Checkpoint, bundled};
use crate::prompt::PromptKind;
use crate::visible;

impl App {
    /// The text of the moment that is shown, up to its end.
    pub(super) fn copy_text(&mut self) -> Option<Request> {
        let lane = self.lane();
        let Some((frame, model)) = self.frame().zip(self.model(lane)) else {
            self.notice = Some(Notice::bad("there is no text yet that could be copied"));
            return None;
        };
        if frame.open() > 0 {
            self.notice = Some(Notice::bad(format!(
                "{} tokens are noise still; go to a step without any, or wait",
                frame.open()
            )));
            return None;
        }
        let (vocabulary, tokenizer) = (&model.about.vocabulary, &model.about.tokenizer);
        let ids: Vec<u32> = frame.cells.iter().map(|cell| cell.id).collect();
        let text = tokenizer.decode(&ids[self.hidden_tokens(lane)..frame.text_end(vocabulary)]);
        let text = visible::text(text.trim_end()).into_owned();
        self.notice = Some(Notice::good(format!(
            "{} words are sent to the clipboard of this terminal",
            text.split_whitespace().count()
        )));
        Some(Request::Copy(text))
    }

    /// The command that writes the text of the lane under the cursor again.
    pub(super) fn copy_command(&mut self) -> Option<Request> {
        let lane = self.lane();
        let Some(model) = self.model(lane) else {
            self.notice = Some(Notice::bad("there is no run yet that could be made again"));
            return None;
        };
        let mut command = "remask generate".to_owned();
        let prompt = quoted(&self.prompt);
        let looks_like_a_flag = prompt.starts_with('-');
        if !looks_like_a_flag {
            command.push_str(&format!(" {prompt}"));
        }
        if self.prompt_kind == PromptKind::Draft {
            command.push_str(" --repair");
        }
        let stands_for_itself = model.about.name == bundled::ALL[0].title;
        if let Some(place) = (!stands_for_itself).then(|| self.model_place(&model.about.name)) {
            command.push_str(&format!(" --model {}", quoted(&place.display().to_string())));
        }
        command.push_str(&flags(lane));
        if looks_like_a_flag {
            command.push_str(&format!(" -- {prompt}"));
        }
        self.notice =
            Some(Notice::good(format!("sent to the clipboard of this terminal: {command}")));
        Some(Request::Copy(command))
    }

    /// Where the model called `name` is opened from, as far as that is known.
    fn model_place(&self, name: &str) -> PathBuf {
        if let Some(bundled) = bundled::ALL.iter().find(|model| model.title == name) {
            return bundled.name.into();
        }
        let is_it =
            |path: &PathBuf| Checkpoint::summary(path).is_ok_and(|about| about.name == name);
        let found = self.recent_models.list().into_iter().find(is_it);
        found.unwrap_or_else(|| Path::new(name).to_owned())
    }
}

/// The knobs that `lane` was begun with, as far as they are not as they are by themselves.
fn flags(lane: &LaneView) -> String {
    let values = knobs().values(&lane.begun_with);
    let set = values.filter(|(knob, value)| SAMPLER.is(knob) || *value != knob.default());
    set.map(|(knob, value)| format!(" --{} {}", knob.name, quoted(&knob.show(value)))).collect()
}

/// `text` as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in ["plain-0.7", "", "Once upon a time", "it's \"so\"\n$HOME `x` \\", "[[8]]"] {
            let script = format!("printf %s {}", quoted(text));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
